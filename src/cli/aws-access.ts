import type { AwsAccess } from "../aws/client/index.ts";

/** What a command may say of the account; the rest is in the environment and AWS's own files. */
export interface AwsOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** The account that the command line and the environment name. Loads the SDK: call it only when AWS is meant. */
export async function awsAccessHere(options: AwsOptions = {}): Promise<AwsAccess> {
  // The SDK warns of Node 20 on standard error at each start; package.json says which versions are supported.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  // Not the whole room: a task that only reads from S3 need not load every other client.
  const { openAccess, recordCallsTo } = await import("../aws/client/index.ts");
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, AWS_PROFILE, BISONFLOW_RECORD_CALLS } =
    process.env;
  return openAccess({
    // A variable that is set to nothing is not set, as AWS's own tools have it.
    region: options.region ?? (AWS_REGION || AWS_DEFAULT_REGION || undefined),
    profile: options.profile ?? (AWS_PROFILE || undefined),
    endpoint: AWS_ENDPOINT_URL || undefined,
    record: BISONFLOW_RECORD_CALLS ? recordCallsTo(BISONFLOW_RECORD_CALLS) : undefined,
  });
}
