import { openPromise } from "yauzl";
import type { ByteRange } from "./merge-ranges.ts";

/** Of each file in a zip so much comes, compressed: enough to see what it is. */
const headBytes = 1024 * 1024;
/** A zip of more files than these is a download with a file for each dataset: those below folders are passed over. */
const fewFiles = 100;
/** Before a file's data stand its own header, its name and further fields. */
const headerBytes = 30 + 1024;

/**
 * Where the directory of a zip is, told by its last bytes (of which `tail` holds at least 64 KiB, or all there
 * is); undefined for what is no zip.
 */
export function zipDirectory(tail: Buffer, bytes: number): ByteRange | undefined {
  const end = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || end + 22 > tail.length) return undefined;
  const size = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  const endOfAll = bytes - tail.length + end;
  if (size !== 0xffffffff && start !== 0xffffffff) return inside({ start, end: start + size }, endOfAll);
  // Of a large zip another record tells, found through a pointer to it just before.
  const locator = end - 20;
  if (locator < 0 || tail.toString("latin1", locator, locator + 4) !== "PK\x06\x07") return undefined;
  const record = Number(tail.readBigUInt64LE(locator + 8)) - (bytes - tail.length);
  if (record < 0 || record + 56 > tail.length) return undefined;
  const start64 = Number(tail.readBigUInt64LE(record + 48));
  return inside({ start: start64, end: start64 + Number(tail.readBigUInt64LE(record + 40)) }, endOfAll);
}

function inside(range: ByteRange, end: number): ByteRange | undefined {
  return range.start >= 0 && range.end <= end ? range : undefined;
}

/** The ranges that hold the beginnings of the files in a zip; `path` is a local file with its directory in place. */
export async function zipHeads(path: string, bytes: number): Promise<ByteRange[]> {
  const zip = await openPromise(path, { decodeStrings: false, autoClose: false, validateEntrySizes: false });
  const entries: { nested: boolean; start: number; compressed: number }[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      entries.push({
        nested: entry.fileNameRaw.includes("/"),
        start: entry.relativeOffsetOfLocalHeader,
        compressed: entry.compressedSize,
      });
    }
  } finally {
    zip.close();
  }
  return entries
    .filter(({ nested }) => !nested || entries.length <= fewFiles)
    .map(({ start, compressed }) => ({
      start,
      end: Math.min(bytes, start + headerBytes + Math.min(compressed, headBytes)),
    }));
}
