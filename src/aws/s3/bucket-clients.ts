import { S3Client } from "@aws-sdk/client-s3";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { type AwsAccess, connect } from "../client/index.ts";

/** How the store on S3 behaves where AWS leaves the choice; every field has a default. */
export interface S3Settings {
  /** Buckets to read without credentials, beside GBIF's. */
  readonly anonymousBuckets?: readonly string[];
  /** Requests under way at one time. Default 16. */
  readonly concurrency?: number;
  /** A part of an upload, and the largest object that goes in one piece. At least 5 MiB; default 16 MiB. */
  readonly partBytes?: number;
  /** The longest range that one request asks for. Default 4 MiB. */
  readonly rangeBytes?: number;
  /** An answer from which nothing comes for so long is given up and asked for again. Default 20. */
  readonly stallSeconds?: number;
  /** Tries for an answer that broke off or arrived damaged. Default 5. */
  readonly attempts?: number;
  /** The longest wait before the second try; doubles with each. Default 200. */
  readonly firstDelayMs?: number;
}

/** GBIF's public buckets: one a region, all with the same snapshots. */
const gbifBucket = /^gbif-open-data-([a-z]{2}(?:-[a-z]+)+-\d)$/;

/** Regions where GBIF has a bucket. */
const gbifRegions = ["us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1", "af-south-1"];

/** Whether GBIF has a bucket in a region. */
export function isGbifRegion(region: string): boolean {
  return gbifRegions.includes(region);
}

/** The name of GBIF's bucket in a region. */
export function gbifBucketOf(region: string): string {
  return `gbif-open-data-${region}`;
}

/** Whether a bucket is one of GBIF's. */
export function isGbifBucket(bucket: string): boolean {
  return gbifBucket.test(bucket);
}

/** Whether a bucket is read without credentials. */
export function isAnonymous(bucket: string, settings: S3Settings): boolean {
  return isGbifBucket(bucket) || (settings.anonymousBuckets ?? []).includes(bucket);
}

/**
 * Clients by bucket: the account's own, and for public buckets one that signs nothing (so that somebody without
 * credentials, or whose credentials are refused elsewhere, can read them), in the bucket's region.
 */
export function bucketClients(
  access: AwsAccess,
  settings: S3Settings,
  more: { readonly maxAttempts?: number } = {},
): (bucket: string) => S3Client {
  const clients = new Map<string, S3Client>();
  return (bucket) => {
    const anonymous = isAnonymous(bucket, settings);
    const region = (anonymous ? gbifBucket.exec(bucket)?.[1] : undefined) ?? access.region;
    const name = `${region} ${anonymous}`;
    const known = clients.get(name);
    if (known !== undefined) return known;
    const client = connect(
      S3Client,
      { ...access, region },
      { ...config(access, settings, anonymous), ...more },
    );
    clients.set(name, client);
    return client;
  };
}

function config(access: AwsAccess, settings: S3Settings, anonymous: boolean) {
  const concurrency = settings.concurrency ?? 16;
  return {
    // Emulators and most other servers know no bucket by its host name.
    forcePathStyle: access.endpoint !== undefined,
    // Given and asked for by each call that moves a whole object; a range has no checksum of its own.
    requestChecksumCalculation: "WHEN_REQUIRED" as const,
    responseChecksumValidation: "WHEN_REQUIRED" as const,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 5_000,
      socketTimeout: (settings.stallSeconds ?? 20) * 1000,
      httpAgent: { keepAlive: true, maxSockets: concurrency * 2 },
      httpsAgent: { keepAlive: true, maxSockets: concurrency * 2 },
    }),
    ...(anonymous
      ? {
          // The SDK asks for an identity before it signs, whoever signs.
          credentials: async () => ({ accessKeyId: "", secretAccessKey: "" }),
          signer: { sign: async <R>(request: R): Promise<R> => request },
        }
      : {}),
  };
}
