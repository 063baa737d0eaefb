import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { UserError } from "../../trouble/index.ts";
import type { AwsAccess } from "../client/index.ts";
import { gbifBucketOf, isGbifRegion } from "./bucket-clients.ts";
import { openSession } from "./s3-session.ts";
import { s3Trouble } from "./s3-trouble.ts";

/** A monthly snapshot of all of GBIF's occurrence records. */
export interface GbifSnapshot {
  /** YYYY-MM-DD. */
  readonly date: string;
  /** Prefix of its Parquet files, with a slash at its end. */
  readonly uri: string;
}

/**
 * Finds a snapshot in GBIF's public bucket of the access's region (that of us-east-1 where GBIF has none), without
 * credentials: the newest that is whole for `latest`, else that of a date or a month. A snapshot whose citation
 * is not there yet is still being copied by GBIF, and passed over.
 *
 * Throws a UserError `snapshot-not-found` that names the newest ones.
 */
export async function findSnapshot(access: AwsAccess, wanted: string): Promise<GbifSnapshot> {
  const region = isGbifRegion(access.region) ? access.region : "us-east-1";
  const bucket = gbifBucketOf(region);
  const session = openSession(access);
  const { client, Bucket } = session.target(`s3://${bucket}/`);
  const names = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client
        .send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: prefix,
            Delimiter: "/",
            ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
          }),
        )
        .catch((error: unknown) => {
          throw s3Trouble(error, `s3://${bucket}/${prefix}`);
        });
      for (const { Prefix = "" } of page.CommonPrefixes ?? []) found.push(Prefix.slice(prefix.length));
      for (const { Key = "" } of page.Contents ?? []) found.push(Key.slice(prefix.length));
      ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
    return found;
  };
  const dates = (await names("occurrence/"))
    .flatMap((name) => /^(\d{4}-\d{2}-\d{2})\/$/.exec(name)?.[1] ?? [])
    .sort()
    .reverse();
  const candidates =
    wanted === "latest" ? dates : dates.filter((date) => wanted !== "" && date.startsWith(wanted));
  for (const date of candidates) {
    const inside = await names(`occurrence/${date}/`);
    const isWhole = inside.includes("citation.txt") || wanted !== "latest";
    if (!isWhole || !inside.includes("occurrence.parquet/")) continue;
    return { date, uri: `s3://${bucket}/occurrence/${date}/occurrence.parquet/` };
  }
  throw new UserError({
    code: "snapshot-not-found",
    message: `gbif:${wanted}: there is no such snapshot in s3://${bucket}/occurrence/; ${
      dates.length === 0 ? "there is none at all" : `the newest are ${dates.slice(0, 3).join(", ")}`
    }.`,
    hint: "Give --occurrences gbif:latest, or the date of one of these: gbif:2026-11-01.",
  });
}
