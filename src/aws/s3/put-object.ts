import { randomUUID } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { extname } from "node:path";
import { crc32 } from "node:zlib";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { crc32Text } from "./checksum.ts";
import { headObject } from "./get-object.ts";
import type { S3Session } from "./s3-session.ts";
import { attemptsOf, errorName, s3Trouble } from "./s3-trouble.ts";
import { tryAgain } from "./try-again.ts";

/** S3 takes so many parts of one upload. */
const mostParts = 10_000;

/** So that a browser shows a report rather than saving it. */
const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".json": "application/json",
  ".ndjson": "application/x-ndjson",
  ".csv": "text/csv; charset=utf-8",
  ".parquet": "application/vnd.apache.parquet",
};

/** Makes bytes an object's content, by one request. Answers whether it did: with `ifAbsent` what is there stays. */
export async function putBytes(
  session: S3Session,
  uri: string,
  options: { readonly bytes: Uint8Array; readonly ifAbsent: boolean },
): Promise<boolean> {
  const { bytes, ifAbsent } = options;
  const { client, ...target } = session.target(uri);
  return conditionally(session, uri, ifAbsent, async (condition) => {
    await session.lane(() =>
      client.send(
        new PutObjectCommand({
          ...target,
          ...typeOf(uri),
          ...condition,
          Body: bytes,
          ChecksumCRC32: crc32Text(crc32(bytes)),
        }),
      ),
    );
    session.traffic.bytesWritten += bytes.length;
  });
}

/** Makes a local file an object's content: in one piece, or in parts that nobody sees until all are there. */
export async function putFile(
  session: S3Session,
  uri: string,
  options: { readonly path: string; readonly ifAbsent: boolean },
): Promise<{ published: boolean; bytes: number }> {
  const { ifAbsent } = options;
  const file = await open(options.path, "r");
  try {
    const { size } = await file.stat();
    if (size <= session.settings.partBytes) {
      const bytes = await readFully(file, { start: 0, end: size });
      return { published: await putBytes(session, uri, { bytes, ifAbsent }), bytes: size };
    }
    // Not to send it all only to hear at the end that it is not wanted.
    if (ifAbsent && (await headObject(session, uri)) !== undefined) return { published: false, bytes: size };
    const published = await conditionally(session, uri, ifAbsent, (condition) =>
      putInParts(session, uri, { file, size, condition }),
    );
    return { published, bytes: size };
  } finally {
    await file.close();
  }
}

interface Condition {
  readonly IfNoneMatch?: string;
  readonly Metadata?: Record<string, string>;
}

/**
 * Writes under the condition that nothing is there, if it is asked for. S3 answers 412 when something is, and
 * 409 when another writer is at it, whose outcome another try shows. A try whose answer was lost may have
 * succeeded, so that the next finds its own object: the writer's name in the metadata tells.
 */
async function conditionally(
  session: S3Session,
  uri: string,
  ifAbsent: boolean,
  write: (condition: Condition) => Promise<void>,
): Promise<boolean> {
  const writer = randomUUID();
  const condition = ifAbsent ? { IfNoneMatch: "*", Metadata: { "bisonflow-writer": writer } } : {};
  let tries = 0;
  try {
    await tryAgain(
      async () => {
        tries++;
        await write(condition);
      },
      {
        attempts: 8,
        firstDelayMs: session.settings.firstDelayMs,
        mayHelp: (error) => errorName(error) === "ConditionalRequestConflict",
        onRetry: () => {
          session.traffic.retries++;
        },
      },
    );
    return true;
  } catch (error) {
    const name = errorName(error);
    const uncertain = tries > 1 || attemptsOf(error) > 1;
    if (ifAbsent && name === "PreconditionFailed") {
      return uncertain && (await headObject(session, uri))?.writer === writer;
    }
    if (ifAbsent && name === "NoSuchUpload" && uncertain) {
      const found = await headObject(session, uri);
      if (found !== undefined) return found.writer === writer;
    }
    throw s3Trouble(error, uri);
  }
}

async function putInParts(
  session: S3Session,
  uri: string,
  options: { readonly file: FileHandle; readonly size: number; readonly condition: Condition },
): Promise<void> {
  const { file, size, condition } = options;
  const { client, ...target } = session.target(uri);
  const { Metadata, ...onComplete } = condition;
  const partBytes = Math.max(session.settings.partBytes, Math.ceil(size / mostParts));
  const count = Math.ceil(size / partBytes);
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      ...target,
      ...typeOf(uri),
      ...(Metadata === undefined ? {} : { Metadata }),
      ChecksumAlgorithm: "CRC32",
      ChecksumType: "FULL_OBJECT",
    }),
  );
  const upload = { ...target, UploadId };
  try {
    let whole = 0;
    let read = 0;
    const parts: { ETag: string | undefined; PartNumber: number; ChecksumCRC32: string }[] = [];
    let reading: Promise<unknown> = Promise.resolve();
    // Read in order, one after the other, since the whole's checksum runs through them; sent side by side.
    const next = async (): Promise<{ part: number; bytes: Buffer } | undefined> => {
      const mine = reading.then(async () => {
        if (read >= count) return undefined;
        const part = read++;
        const bytes = await readFully(file, {
          start: part * partBytes,
          end: Math.min(size, (part + 1) * partBytes),
        });
        whole = crc32(bytes, whole);
        return { part, bytes };
      });
      reading = mine.catch(() => undefined);
      return mine;
    };
    let failed = false;
    const sender = async (): Promise<void> => {
      for (;;) {
        const piece = failed ? undefined : await next();
        if (piece === undefined) return;
        const { part, bytes } = piece;
        const ChecksumCRC32 = crc32Text(crc32(bytes));
        try {
          const { ETag } = await session.lane(() =>
            client.send(
              new UploadPartCommand({ ...upload, PartNumber: part + 1, Body: bytes, ChecksumCRC32 }),
            ),
          );
          session.traffic.bytesWritten += bytes.length;
          parts[part] = { ETag, PartNumber: part + 1, ChecksumCRC32 };
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    const senders = Array.from({ length: Math.min(4, count) }, sender);
    // All have ended before the upload is given up, so that no part arrives after that.
    const outcomes = await Promise.allSettled(senders);
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure !== undefined) throw failure.reason;
    await client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        ...onComplete,
        MultipartUpload: { Parts: parts },
        ChecksumCRC32: crc32Text(whole),
        ChecksumType: "FULL_OBJECT",
        MpuObjectSize: size,
      }),
    );
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function readFully(file: FileHandle, range: { start: number; end: number }): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(range.end - range.start);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, range.start + filled);
    if (bytesRead === 0) throw new Error(`Bug in bisonflow: a file became shorter while it was published.`);
    filled += bytesRead;
  }
  return bytes;
}

function typeOf(uri: string): { ContentType?: string } {
  const ContentType = contentTypes[extname(uri).toLowerCase()];
  return ContentType === undefined ? {} : { ContentType };
}
