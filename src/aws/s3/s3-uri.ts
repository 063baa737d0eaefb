import { UserError } from "../../trouble/index.ts";

/** An object, or a prefix of names, in a bucket. */
export interface S3Location {
  readonly bucket: string;
  /** As S3 has it: no escapes, no slash at its beginning; empty for the bucket itself. */
  readonly key: string;
}

/**
 * Reads `s3://bucket/key`. The key is taken as it stands, without unescaping.
 *
 * @example
 * ```ts
 * import { parseS3Uri } from "bisonflow/aws";
 * console.log(parseS3Uri("s3://bison/runs/a b.parquet")); // { bucket: 'bison', key: 'runs/a b.parquet' }
 * ```
 */
export function parseS3Uri(uri: string): S3Location {
  const [, bucket, key] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket === undefined || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new UserError({
      code: "not-an-s3-uri",
      message: `${uri}: no place in S3; s3://BUCKET/PREFIX was expected, the bucket's name in lower case letters, digits, dots and hyphens.`,
      hint: "Compare the bucket's name with what the S3 console or `aws s3 ls` shows.",
    });
  }
  return { bucket, key: key ?? "" };
}

/** The name of an object as everything else has it. */
export function s3Uri({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}
