import type { Readable } from "node:stream";
import { crc32, createInflateRaw } from "node:zlib";
import { type Entry, getFileNameLowLevel, openPromise, parseExtraFields, type ZipFile } from "yauzl";
import { UserError } from "../trouble/index.ts";

/** A file within a zip. */
export interface ZipEntry {
  readonly name: string;
  /** Size that the zip's directory declares, in bytes. */
  readonly bytes: number;
  readonly entry: Entry;
}

export interface Zip {
  readonly path: string;
  readonly entries: readonly ZipEntry[];
  readonly file: ZipFile;
}

/** Names only to be listed: more of them is no download of occurrences. */
const mostEntries = 100_000;

/**
 * Opens a zip, reads its directory, and closes it after `use`. Names are never used as paths, so they may be
 * anything.
 */
export async function withZip<T>(path: string, use: (zip: Zip) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    const entries: ZipEntry[] = [];
    try {
      for await (const entry of file.eachEntry()) {
        const name = nameOf(entry);
        if (!name.endsWith("/")) entries.push({ name, bytes: entry.uncompressedSize, entry });
        if (entries.length > mostEntries) throw new Error(`more than ${mostEntries} files`);
      }
    } catch (error) {
      throw damaged(path, error);
    }
    return await use({ path, entries, file });
  } finally {
    file.close();
  }
}

async function open(path: string): Promise<ZipFile> {
  try {
    // Raw names: yauzl refuses a whole zip for one name that could be misused as a path.
    return await openPromise(path, { decodeStrings: false, autoClose: false, validateEntrySizes: false });
  } catch (error) {
    throw damaged(path, error);
  }
}

function nameOf(entry: Entry): string {
  const extra = entry.extraFieldRaw === undefined ? [] : parseExtraFields(entry.extraFieldRaw);
  return getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, extra, false);
}

/**
 * Streams a file out of a zip. Fails where its checksum or its size is not the one declared; no more than the
 * declared size is ever handed out, so a zip bomb ends there.
 */
export async function* readEntry(zip: Zip, wanted: ZipEntry): AsyncGenerator<Buffer> {
  const { entry } = wanted;
  if (entry.isEncrypted()) {
    throw new UserError({
      code: "zip-encrypted",
      message: `${zip.path}: ${wanted.name} is encrypted.`,
      hint: "Give a zip without a password.",
    });
  }
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw new UserError({
      code: "zip-compression-unknown",
      message: `${zip.path}: ${wanted.name} is compressed by method ${entry.compressionMethod}; stored and deflate can be read.`,
      hint: "Unpack it and give the unpacked file, or zip it anew.",
    });
  }
  let checksum = 0;
  let bytes = 0;
  try {
    for await (const chunk of await inflated(zip, wanted)) {
      bytes += chunk.length;
      if (bytes > wanted.bytes)
        throw new Error(`more than the ${wanted.bytes} bytes that its directory declares`);
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (bytes !== wanted.bytes)
      throw new Error(`${bytes} bytes of the ${wanted.bytes} that its directory declares`);
    if (checksum !== entry.crc32) throw new Error("its checksum (CRC-32) is another one than declared");
  } catch (error) {
    throw damaged(zip.path, error, wanted.name);
  }
}

async function inflated(zip: Zip, { entry }: ZipEntry): Promise<Readable> {
  const raw = await zip.file.openReadStreamPromise(entry, { decodeFileData: false });
  if (entry.compressionMethod === 0) return raw;
  const inflate = createInflateRaw({ chunkSize: 128 * 1024 });
  raw.on("error", (error) => inflate.destroy(error));
  inflate.on("close", () => raw.destroy());
  return raw.pipe(inflate);
}

function damaged(path: string, error: unknown, entry?: string): UserError {
  const words = error instanceof Error ? error.message : String(error);
  return new UserError({
    code: "zip-damaged",
    message: `${path}${entry === undefined ? "" : `: ${entry}`}: the zip cannot be read to its end: ${words}.`,
    hint: "It is truncated or damaged: download or copy it again.",
    cause: error,
  });
}
