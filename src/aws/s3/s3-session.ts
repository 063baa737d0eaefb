import type { S3Client } from "@aws-sdk/client-s3";
import type { AwsAccess } from "../client/index.ts";
import { bucketClients, type S3Settings } from "./bucket-clients.ts";
import { lanes } from "./lanes.ts";
import { parseS3Uri } from "./s3-uri.ts";
import { countedBy, type TrafficCounter } from "./traffic.ts";

/** What the operations on S3 share: clients, limits, and the count of what moves. */
export interface S3Session {
  readonly settings: Required<Omit<S3Settings, "anonymousBuckets">>;
  readonly traffic: TrafficCounter;
  /** Lets a bounded number of requests run at one time. */
  readonly lane: <T>(work: () => Promise<T>) => Promise<T>;
  /** The client for an object, and its name as the SDK wants it. */
  target(uri: string): { client: S3Client; Bucket: string; Key: string };
}

const defaults: S3Session["settings"] = {
  concurrency: 16,
  partBytes: 16 * 1024 * 1024,
  rangeBytes: 4 * 1024 * 1024,
  stallSeconds: 20,
  attempts: 5,
  firstDelayMs: 200,
};

/** Prepares the access to S3; nothing is asked yet. */
export function openSession(access: AwsAccess, settings: S3Settings = {}): S3Session {
  const clientOf = bucketClients(access, settings);
  const traffic: TrafficCounter = { requests: 0, retries: 0, bytesRead: 0, bytesWritten: 0 };
  const prepared = new Set<S3Client>();
  const all = { ...defaults, ...settings };
  return {
    settings: all,
    traffic,
    lane: lanes(all.concurrency),
    target: (uri) => {
      const { bucket, key } = parseS3Uri(uri);
      const client = clientOf(bucket);
      if (!prepared.has(client)) {
        countedBy(client, traffic);
        prepared.add(client);
      }
      return { client, Bucket: bucket, Key: key };
    },
  };
}
