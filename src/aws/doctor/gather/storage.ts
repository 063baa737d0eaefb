import { paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import { HeadBucketCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { inParallel } from "../../../catalog/crawl/in-parallel.ts";
import { AwsTrouble } from "../../client/index.ts";
import type { BucketFact, LocationFact } from "../facts/data-facts.ts";
import { callsAtOnce, type FactReader, isNotFound } from "./fact-reader.ts";
import { collect } from "./network.ts";

/** A bucket or folder on S3 and what names it. */
export interface NamedPlace {
  readonly bucket: string;
  /** Empty for the whole bucket. */
  readonly prefix: string;
  readonly usedBy: string;
}

/** The bucket and prefix of an S3 address; undefined for anything else. */
export function placeOf(location: string, usedBy: string): NamedPlace | undefined {
  const [, bucket, prefix = ""] = /^s3[an]?:\/\/([^/]+)\/?(.*)$/.exec(location) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix, usedBy };
}

/** Reads in which region buckets are, and whether there is anything at the locations of the catalog. */
export async function gatherStorage(reader: FactReader, places: readonly NamedPlace[]): Promise<void> {
  const byBucket = new Map<string, NamedPlace>();
  for (const place of places) if (!byBucket.has(place.bucket)) byBucket.set(place.bucket, place);
  const { s3 } = reader.clients;
  await inParallel([...byBucket.values()], callsAtOnce, ({ bucket, usedBy }) =>
    reader.read("buckets", async () => [await bucketFact(s3(bucket), bucket, usedBy)], { id: bucket }),
  );
  const folders = places.filter(({ prefix }) => prefix !== "");
  await inParallel(folders, callsAtOnce, async ({ bucket, prefix }) => {
    const known = reader.known("buckets").find(({ id }) => id === bucket);
    // A bucket of another region cannot be listed from here, and is found by itself.
    if (known === undefined || (known.region !== undefined && known.region !== reader.region)) return;
    const id = `s3://${bucket}/${prefix}`;
    await reader.read(
      "locations",
      async () => [await locationFact(s3(bucket), { id, bucket, prefix, known })],
      {
        id,
      },
    );
  });
}

async function locationFact(
  s3: S3Client,
  { id, bucket, prefix, known }: { id: string; bucket: string; prefix: string; known: BucketFact },
): Promise<LocationFact> {
  if (known.region === undefined) return { id, bucketExists: false, hasObjects: false };
  const { KeyCount = 0 } = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }),
  );
  return { id, bucketExists: true, hasObjects: KeyCount > 0 };
}

async function bucketFact(s3: S3Client, Bucket: string, usedBy: string): Promise<BucketFact> {
  try {
    const { BucketRegion } = await s3.send(new HeadBucketCommand({ Bucket }));
    return { id: Bucket, region: BucketRegion ?? "us-east-1", usedBy };
  } catch (error) {
    if (isNotFound(error)) return { id: Bucket, region: undefined, usedBy };
    // S3 says where a bucket is even to those who may not look into it.
    const region = regionSaid(error);
    if (region !== undefined) return { id: Bucket, region, usedBy };
    throw error;
  }
}

function regionSaid(error: unknown): string | undefined {
  const cause = error instanceof AwsTrouble ? error.cause : error;
  const { $response } = cause as { $response?: { headers?: Readonly<Record<string, string>> } };
  return $response?.headers?.["x-amz-bucket-region"];
}

/** Reads the log groups of Glue's connection tests. */
export async function gatherLogs(reader: FactReader): Promise<void> {
  const client = reader.clients.logs;
  await reader.read("logGroups", () =>
    collect(
      paginateDescribeLogGroups({ client }, { logGroupNamePrefix: "/aws-glue/testconnection/" }),
      (page) => (page.logGroups ?? []).map(({ logGroupName }) => ({ id: logGroupName ?? "" })),
    ),
  );
}
