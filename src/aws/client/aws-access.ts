import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";
import { UserError } from "../../trouble/index.ts";
import type { RecordedCall } from "./recorded-call.ts";

/** Gives credentials when a client signs, and fresh ones when those have run out. */
export type CredentialSource = ReturnType<typeof fromNodeProviderChain>;

/** Which account, where, and how its answers are watched: what every client is made from. */
export interface AwsAccess {
  readonly region: string;
  /** Another address for every service (an emulator, a private endpoint); AWS's own when absent. */
  readonly endpoint?: string;
  readonly credentials: CredentialSource;
  /** Told of each call when it has ended, refused ones too. */
  readonly record?: (call: RecordedCall) => void;
}

/** What a user may say of the account; everything else comes from AWS's own files and variables. */
export interface AccessSpec {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  /** A profile of ~/.aws/config. */
  readonly profile?: string | undefined;
  readonly record?: ((call: RecordedCall) => void) | undefined;
  /** Instead of AWS's own chain of credentials. */
  readonly credentials?: CredentialSource | undefined;
}

/**
 * Finds the region and prepares the credentials; nothing is asked of AWS yet. Without a region in the spec or in
 * the profile it throws a UserError `aws-region-missing`.
 *
 * @example
 * ```ts
 * import { openAccess } from "bisonflow/aws";
 * const access = await openAccess({ region: "us-east-1" });
 * console.log(access.region); // us-east-1
 * ```
 */
export async function openAccess(spec: AccessSpec): Promise<AwsAccess> {
  const region = spec.region ?? (await profileRegion(spec.profile));
  if (region === undefined) {
    throw new UserError({
      code: "aws-region-missing",
      message: "AWS: no region is named, neither by --region nor AWS_REGION nor the profile.",
      hint: "Give --region us-east-1 (where GBIF's bucket is), or set AWS_REGION.",
    });
  }
  return {
    region,
    credentials:
      spec.credentials ??
      fromNodeProviderChain({
        ...(spec.profile === undefined ? {} : { profile: spec.profile }),
        clientConfig: { region },
        // Off AWS nobody answers at the metadata address: give up soon.
        timeout: 1000,
        maxRetries: 1,
      }),
    ...(spec.endpoint === undefined ? {} : { endpoint: spec.endpoint }),
    ...(spec.record === undefined ? {} : { record: spec.record }),
  };
}

async function profileRegion(profile = "default"): Promise<string | undefined> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  return configFile[profile]?.region ?? credentialsFile[profile]?.region;
}
