import { UserError } from "../../trouble/index.ts";
import { AwsTrouble } from "../client/index.ts";
import { isGbifBucket } from "./bucket-clients.ts";

/** Says that there is no such object. */
export function objectMissing(uri: string, cause?: unknown): UserError {
  return new UserError({
    code: "not-found",
    message: `${uri}: no such object.`,
    hint: "Check the name; `aws s3 ls` shows what is there.",
    cause,
  });
}

/** Says that an object is no longer the one that was seen before. */
export function objectChanged(uri: string, cause?: unknown): UserError {
  return new UserError({
    code: "object-changed",
    message: `${uri}: the object was replaced while it was in use: it is not the one that was seen at first.`,
    hint: "Run the same command again: it takes the object as it is now.",
    cause,
  });
}

/** Says that bytes do not agree with the checksum that the object carries, however often they are fetched. */
export function objectDamaged(uri: string, cause?: unknown): UserError {
  return new UserError({
    code: "object-damaged",
    message: `${uri}: what arrives does not agree with the object's checksum, on every try.`,
    hint: "Something between here and S3 changes the bytes (a proxy, memory that fails); try from another machine, or upload the object again.",
    cause,
  });
}

/** An answer that ended before its end, or stood still. Worth another try. */
export class BrokenAnswer extends Error {
  override readonly name = "BrokenAnswer";
}

function isPublic(uri: string): boolean {
  return isGbifBucket(uri.replace(/^s3:\/\//, "").split("/", 1)[0] ?? "");
}

/** Name of the service's error, as far as it is one. */
export function errorName(error: unknown): string | undefined {
  const { cause } = error as { cause?: unknown };
  const source = error instanceof AwsTrouble && cause instanceof Error ? cause : error;
  return source instanceof Error ? source.name : undefined;
}

/** HTTP status of an answer that was an error. */
export function errorStatus(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** How many times the SDK tried a call that failed. */
export function attemptsOf(error: unknown): number {
  return (error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1;
}

/** What S3 refused about an object or its bucket, in words; other errors as they are. */
export function s3Trouble(error: unknown, uri: string): unknown {
  if (error instanceof AwsTrouble && error.code === "aws-access-denied" && isPublic(uri)) {
    return new UserError({
      code: "not-public",
      message: `${uri}: not open to everybody, though its bucket is read without credentials.`,
      hint: "Check the name: GBIF's snapshots are occurrence/YYYY-MM-DD/occurrence.parquet/ in that bucket.",
      cause: error,
    });
  }
  if (error instanceof UserError) return error;
  const name = errorName(error);
  if (name === "NoSuchBucket") {
    const bucket = uri.replace(/^s3:\/\//, "").split("/", 1)[0];
    return new UserError({
      code: "bucket-not-found",
      message: `${uri}: there is no bucket called ${bucket}.`,
      hint: "Check the bucket's name; `bisonflow aws up` makes one, `aws s3 ls` shows those you have.",
      cause: error,
    });
  }
  if (name === "NoSuchKey" || name === "NotFound") return objectMissing(uri, error);
  if (name === "PreconditionFailed") return objectChanged(uri, error);
  if (error instanceof BrokenAnswer) {
    return new AwsTrouble({
      code: "aws-unreachable",
      message: `${uri}: the answer broke off on every try: ${error.message}.`,
      hint: "Check the network, then run the same command again: it goes on from here.",
      cause: error,
      retry: true,
    });
  }
  return error;
}
