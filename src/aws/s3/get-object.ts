import type { Readable } from "node:stream";
import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand } from "@aws-sdk/client-s3";
import { checksumIn, type ObjectChecksum, type Verification, verification } from "./checksum.ts";
import type { ByteRange } from "./merge-ranges.ts";
import type { S3Session } from "./s3-session.ts";
import {
  BrokenAnswer,
  errorName,
  errorStatus,
  objectChanged,
  objectDamaged,
  s3Trouble,
} from "./s3-trouble.ts";
import { tryAgain } from "./try-again.ts";

/** An object as it was when it was first looked at. */
export interface ObjectVersion {
  readonly etag: string;
  readonly bytes: number;
}

/** An object's version and checksum, or undefined when there is no such object. */
export async function headObject(
  session: S3Session,
  uri: string,
): Promise<
  (ObjectVersion & { checksum: ObjectChecksum | undefined; writer: string | undefined }) | undefined
> {
  const { client, ...target } = session.target(uri);
  // No object has the name of its bucket.
  if (target.Key === "") return undefined;
  try {
    const found = await session.lane(() =>
      client.send(new HeadObjectCommand({ ...target, ChecksumMode: "ENABLED" })),
    );
    return {
      etag: found.ETag ?? "",
      bytes: found.ContentLength ?? 0,
      checksum: checksumIn(found),
      writer: found.Metadata?.["bisonflow-writer"],
    };
  } catch (error) {
    const status = errorStatus(error) ?? errorStatus((error as Error).cause);
    if (status === 404) return undefined;
    // An answer to HEAD has no body, so no reason: a GET is told why.
    if (status === 400 || status === 403)
      await readRange(session, uri, { start: 0, end: 1, etag: undefined });
    throw s3Trouble(error, uri);
  }
}

/** Bytes [start, end) of one version of an object, all of them. A version that is gone throws `object-changed`. */
export async function readRange(
  session: S3Session,
  uri: string,
  options: ByteRange & { readonly etag: string | undefined },
): Promise<Buffer> {
  const { start, end, etag } = options;
  const answer = await readRangeAsked(session, uri, { range: `bytes=${start}-${end - 1}`, etag });
  return answer.bytes;
}

/** The last `most` bytes of an object, and which version they are of; the whole of a smaller one. */
export async function readTail(
  session: S3Session,
  uri: string,
  options: { readonly most: number; readonly etag: string | undefined },
): Promise<{ tail: Buffer; version: ObjectVersion }> {
  const { bytes, version } = await readRangeAsked(session, uri, {
    range: `bytes=-${options.most}`,
    etag: options.etag,
  });
  return { tail: bytes, version };
}

async function readRangeAsked(
  session: S3Session,
  uri: string,
  asked: { readonly range: string; readonly etag: string | undefined },
): Promise<{ bytes: Buffer; version: ObjectVersion }> {
  const { client, ...target } = session.target(uri);
  return again(session, uri, () =>
    session.lane(async () => {
      const answer = await client.send(
        new GetObjectCommand({
          ...target,
          Range: asked.range,
          ...(asked.etag === undefined ? {} : { IfMatch: asked.etag }),
        }),
      );
      const version = versionOf(answer, uri, asked.etag);
      return { bytes: await collect(session, answer), version };
    }),
  );
}

/** A whole object as it comes, verified against the checksum that it carries, taken up again where it breaks off. */
export async function openWhole(
  session: S3Session,
  uri: string,
  etag?: string,
): Promise<{ version: ObjectVersion; chunks: AsyncGenerator<Buffer> }> {
  const { client, ...target } = session.target(uri);
  const condition = etag === undefined ? {} : { IfMatch: etag };
  const answer = await again(session, uri, () =>
    client.send(new GetObjectCommand({ ...target, ...condition })),
  );
  const version = versionOf(answer, uri, etag);
  const checksum = checksumIn(answer);
  const check =
    checksum === undefined ? undefined : await verificationFor(session, uri, { checksum, version });
  return { version, chunks: chunksOf(session, uri, { answer, version, check }) };
}

/** How to verify an object's bytes; one whose checksum is made of parts is asked for their lengths. */
export async function verificationFor(
  session: S3Session,
  uri: string,
  object: { readonly checksum: ObjectChecksum; readonly version: ObjectVersion },
): Promise<Verification> {
  const { checksum, version } = object;
  if (checksum.parts === undefined) return verification(checksum);
  const first = await partLength(session, uri, { part: 1, etag: version.etag });
  const lengths = [first];
  // Parts are of one length but for the last, as every tool uploads them; where not, each is asked for.
  const even = Math.ceil(version.bytes / first) === checksum.parts;
  for (let part = 2; part <= checksum.parts; part++) {
    const isLast = part === checksum.parts;
    if (even) lengths.push(isLast ? version.bytes - first * (part - 1) : first);
    else lengths.push(await partLength(session, uri, { part, etag: version.etag }));
  }
  return verification(checksum, lengths);
}

async function partLength(
  session: S3Session,
  uri: string,
  options: { readonly part: number; readonly etag: string },
): Promise<number> {
  const { client, ...target } = session.target(uri);
  return again(session, uri, async () => {
    const found = await client.send(
      new HeadObjectCommand({ ...target, PartNumber: options.part, IfMatch: options.etag }),
    );
    return found.ContentLength ?? 0;
  });
}

async function* chunksOf(
  session: S3Session,
  uri: string,
  from: { answer: GetObjectCommandOutput; version: ObjectVersion; check: Verification | undefined },
): AsyncGenerator<Buffer> {
  const { client, ...target } = session.target(uri);
  const { version, check } = from;
  let answer = from.answer;
  let position = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      for await (const chunk of flowing(session, answer)) {
        position += chunk.length;
        check?.update(chunk);
        yield chunk;
      }
      if (position < version.bytes) throw new BrokenAnswer(`${position} of ${version.bytes} bytes came`);
      break;
    } catch (error) {
      if (!(error instanceof BrokenAnswer) || attempt >= session.settings.attempts)
        throw s3Trouble(error, uri);
      session.traffic.retries++;
      const range = `bytes=${position}-`;
      answer = await again(session, uri, () =>
        client.send(new GetObjectCommand({ ...target, Range: range, IfMatch: version.etag })),
      );
      versionOf(answer, uri, version.etag);
    }
  }
  if (check !== undefined && !(await check.agrees())) throw objectDamaged(uri);
}

/** Which version an answer is of; throws where it is not the one that was asked for. */
function versionOf(answer: GetObjectCommandOutput, uri: string, etag: string | undefined): ObjectVersion {
  const seen = answer.ETag ?? "";
  if (etag !== undefined && seen !== etag) {
    (answer.Body as Readable | undefined)?.destroy();
    throw objectChanged(uri);
  }
  const total = /\/(\d+)$/.exec(answer.ContentRange ?? "")?.[1];
  return { etag: seen, bytes: total === undefined ? (answer.ContentLength ?? 0) : Number(total) };
}

/** All bytes of an answer, exactly as many as it promised. */
async function collect(session: S3Session, answer: GetObjectCommandOutput): Promise<Buffer> {
  const promised = promisedBytes(answer);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of flowing(session, answer)) {
    chunks.push(chunk);
    bytes += chunk.length;
  }
  if (bytes !== promised) throw new BrokenAnswer(`${bytes} of ${promised} bytes came`);
  return Buffer.concat(chunks, bytes);
}

function promisedBytes(answer: GetObjectCommandOutput): number {
  const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(answer.ContentRange ?? "") ?? [];
  return start === undefined ? (answer.ContentLength ?? 0) : Number(end) - Number(start) + 1;
}

/** An answer's bytes; whatever goes wrong on the way, standing still too, is a BrokenAnswer. */
async function* flowing(session: S3Session, answer: GetObjectCommandOutput): AsyncGenerator<Buffer> {
  const body = answer.Body as Readable;
  const { stallSeconds } = session.settings;
  let stalled: NodeJS.Timeout | undefined;
  const watch = (): void => {
    clearTimeout(stalled);
    stalled = setTimeout(
      () => body.destroy(new BrokenAnswer(`nothing came for ${stallSeconds} seconds`)),
      stallSeconds * 1000,
    );
  };
  try {
    watch();
    for await (const chunk of body) {
      // While the taker is busy nothing is expected.
      clearTimeout(stalled);
      session.traffic.bytesRead += (chunk as Buffer).length;
      yield chunk as Buffer;
      watch();
    }
  } catch (error) {
    if (error instanceof BrokenAnswer) throw error;
    throw new BrokenAnswer(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    clearTimeout(stalled);
    body.destroy();
  }
}

/** Tries again what broke off; what the service refused (the SDK has tried that again already) it refused. */
async function again<T>(session: S3Session, uri: string, work: () => Promise<T>): Promise<T> {
  const { attempts, firstDelayMs } = session.settings;
  try {
    return await tryAgain(work, {
      attempts,
      firstDelayMs,
      mayHelp: (error) => error instanceof BrokenAnswer,
      onRetry: () => {
        session.traffic.retries++;
      },
    });
  } catch (error) {
    if (errorName(error) === "InvalidRange") throw error;
    throw s3Trouble(error, uri);
  }
}
