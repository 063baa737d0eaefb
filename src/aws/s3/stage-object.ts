import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../../engine/index.ts";
import { type StageWant, temporaryName } from "../../store/index.ts";
import type { verification } from "./checksum.ts";
import {
  headObject,
  type ObjectVersion,
  openWhole,
  readRange,
  readTail,
  verificationFor,
} from "./get-object.ts";
import { type ByteRange, lengthOf, requestsFor, unionOf, without } from "./merge-ranges.ts";
import { columnRanges } from "./parquet-chunks.ts";
import type { S3Session } from "./s3-session.ts";
import { objectDamaged, objectMissing } from "./s3-trouble.ts";
import { zipDirectory, zipHeads } from "./zip-outline.ts";

/** What is fetched of an object's end at first: holds most footers. */
const tailBytes = 64 * 1024;
/** What is fetched of the beginning of a text to see what it is. */
const outlineBytes = 1024 * 1024;
/** Bytes between two column chunks that may come along, in parts of the bytes wanted. */
const waste = 0.03;

/** What staging an object takes beside the session. */
export interface StagingOptions {
  readonly uri: string;
  /** Where the local file goes. */
  readonly folder: string;
  readonly want: StageWant;
  /** Reads footers. */
  readonly engine: () => Promise<Engine>;
}

/**
 * Makes a local file of an object. Of a Parquet file only what is wanted is fetched, into a file with holes that
 * has the object's length, so that every offset in the footer is right; anything else is fetched whole. All
 * requests are for one version of the object. On failure nothing is left.
 */
export async function stageObject(session: S3Session, options: StagingOptions): Promise<string> {
  const { uri, folder, want } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, temporaryName());
  try {
    const isPart = want.columns !== undefined || want.outline === true;
    if (isPart && (await stagePart(session, { ...options, path }))) return path;
    await stageWhole(session, { uri, path, etag: want.identity });
    return path;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** A local file with holes, and what of it is there. */
interface Sparse {
  readonly session: S3Session;
  readonly uri: string;
  readonly version: ObjectVersion;
  readonly file: FileHandle;
  readonly path: string;
  readonly tail: Buffer;
  readonly have: readonly ByteRange[];
}

/** False where the object is of no kind of which a part is enough. */
async function stagePart(session: S3Session, options: StagingOptions & { path: string }): Promise<boolean> {
  const { uri, path, want } = options;
  const [{ tail, version }, head] = await bothEnds(session, uri, want.identity);
  if (tail.length === version.bytes) {
    // All of it came at once.
    await writeFile(path, tail);
    return true;
  }
  const isParquet = [head, tail.subarray(-4)].every((end) => end.toString("latin1") === "PAR1");
  if (!isParquet && want.outline !== true) return false;
  const file = await open(path, "wx");
  try {
    await file.truncate(version.bytes);
    await file.write(head, 0, head.length, 0);
    await file.write(tail, 0, tail.length, version.bytes - tail.length);
    const have = [
      { start: 0, end: head.length },
      { start: version.bytes - tail.length, end: version.bytes },
    ];
    const sparse = { session, uri, version, file, path, tail, have };
    if (isParquet) return await fetchColumns(sparse, options);
    await fetchOutline(sparse);
    return true;
  } finally {
    await file.close();
  }
}

/** The footer and the columns that are wanted; false where the footer cannot be one. */
async function fetchColumns(sparse: Sparse, { want, engine }: StagingOptions): Promise<boolean> {
  const { version, path, tail, have } = sparse;
  const footer = { start: version.bytes - 8 - tail.readUInt32LE(tail.length - 8), end: version.bytes };
  if (footer.start < 4) return false;
  await fetchRanges(sparse, without([footer], have));
  if (want.columns === undefined || want.columns.length === 0) return true;
  const { columns, rows } = want;
  const ranges = await columnRanges(await engine(), { path, bytes: version.bytes, columns, rows });
  await fetchRanges(sparse, without(ranges, unionOf([...have, footer])));
  return true;
}

/** How a text begins, or the directory of a zip and how its files begin. */
async function fetchOutline(sparse: Sparse): Promise<void> {
  const { version, path, tail, have } = sparse;
  const directory = zipDirectory(tail, version.bytes);
  if (directory === undefined) {
    await fetchRanges(sparse, without([{ start: 0, end: Math.min(outlineBytes, version.bytes) }], have));
    return;
  }
  await fetchRanges(sparse, without([directory], have));
  const heads = unionOf(await zipHeads(path, version.bytes));
  await fetchRanges(sparse, without(heads, unionOf([...have, directory])));
}

/** The last bytes, which tell the length and the version, and the first four. */
async function bothEnds(
  session: S3Session,
  uri: string,
  etag: string | undefined,
): Promise<[Awaited<ReturnType<typeof readTail>>, Buffer]> {
  try {
    const ends = await readTail(session, uri, { most: tailBytes, etag });
    if (ends.tail.length === ends.version.bytes) return [ends, ends.tail.subarray(0, 4)];
    const head = await readRange(session, uri, { start: 0, end: 4, etag: ends.version.etag });
    return [ends, head];
  } catch (error) {
    if (!isEmptyRange(error)) throw error;
    return [{ tail: Buffer.alloc(0), version: { etag: "", bytes: 0 } }, Buffer.alloc(0)];
  }
}

/** S3 refuses any range of an object that holds nothing. */
export function isEmptyRange(error: unknown): boolean {
  return (error as Error).name === "InvalidRange";
}

async function stageWhole(
  session: S3Session,
  options: { readonly uri: string; readonly path: string; readonly etag: string | undefined },
): Promise<void> {
  const { uri, path, etag } = options;
  const found = await headObject(session, uri);
  if (found === undefined) throw objectMissing(uri);
  const version = { etag: etag ?? found.etag, bytes: found.bytes };
  for (let attempt = 1; ; attempt++) {
    const agrees =
      version.bytes <= session.settings.rangeBytes
        ? await oneStream(session, { uri, path, version })
        : await severalRanges(session, { uri, path, version, checksum: found.checksum });
    if (agrees) return;
    if (attempt >= session.settings.attempts) throw objectDamaged(uri);
    session.traffic.retries++;
  }
}

interface Whole {
  readonly uri: string;
  readonly path: string;
  readonly version: ObjectVersion;
}

async function oneStream(session: S3Session, { uri, path, version }: Whole): Promise<boolean> {
  const bytes = await readWhole(session, uri, version.etag);
  await writeFile(path, bytes);
  return true;
}

/** A whole object in memory; damaged on the way, it is fetched again. */
export async function readWhole(session: S3Session, uri: string, etag?: string): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { chunks } = await openWhole(session, uri, etag);
      const all: Buffer[] = [];
      for await (const chunk of chunks) all.push(chunk);
      return Buffer.concat(all);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "object-damaged" || attempt >= session.settings.attempts) throw error;
      session.traffic.retries++;
    }
  }
}

async function severalRanges(
  session: S3Session,
  options: Whole & { readonly checksum: Parameters<typeof verification>[0] | undefined },
): Promise<boolean> {
  const { uri, path, version, checksum } = options;
  const file = await open(path, "w");
  try {
    await file.truncate(version.bytes);
    await fetchRanges({ session, uri, version, file }, [{ start: 0, end: version.bytes }]);
  } finally {
    await file.close();
  }
  if (checksum === undefined) return true;
  const check = await verificationFor(session, uri, { checksum, version });
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) check.update(chunk as Buffer);
  return check.agrees();
}

/** Fetches ranges side by side to their places in a file. */
async function fetchRanges(
  to: Pick<Sparse, "session" | "uri" | "version" | "file">,
  ranges: readonly ByteRange[],
): Promise<void> {
  const { session, uri, version, file } = to;
  const requests = requestsFor(ranges, { waste, longest: session.settings.rangeBytes });
  if (lengthOf(requests) === 0) return;
  const fetches = requests.map(async ({ start, end }) => {
    const bytes = await readRange(session, uri, { start, end, etag: version.etag });
    await file.write(bytes, 0, bytes.length, start);
  });
  // All have ended before the file is closed.
  const failed = (await Promise.allSettled(fetches)).find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
