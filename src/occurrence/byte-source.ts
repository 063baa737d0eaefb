import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { UserError } from "../trouble/index.ts";
import { readEntry, withZip } from "./zip.ts";

/** Where a text's bytes are. */
export interface ByteSource {
  readonly container: "zip" | "gzip" | "none";
  readonly path: string;
  readonly entry: string | null;
}

const chunkBytes = 256 * 1024;

/** Hands the bytes of a text to `use`, unpacked and in order; checks what the container says of them. */
export async function withBytes<T>(
  source: ByteSource,
  use: (bytes: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  if (source.container === "none") return use(createReadStream(source.path, { highWaterMark: chunkBytes }));
  if (source.container === "gzip") return use(gunzipped(source.path));
  return withZip(source.path, async (zip) => {
    const entry = zip.entries.find(({ name }) => name === source.entry);
    if (entry === undefined) {
      throw new UserError({
        code: "zip-entry-missing",
        message: `${source.path}: there is no ${source.entry} in it any more.`,
        hint: "The file was changed after it was recognised: run again.",
      });
    }
    return use(readEntry(zip, entry));
  });
}

async function* gunzipped(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  const unpacked = createGunzip({ chunkSize: 128 * 1024 });
  file.on("error", (error) => unpacked.destroy(error));
  unpacked.on("close", () => file.destroy());
  try {
    // Members one after the other (bgzip, concatenated files) are one text; checksums are zlib's to check.
    for await (const chunk of file.pipe(unpacked)) yield chunk as Buffer;
  } catch (error) {
    throw new UserError({
      code: "gzip-damaged",
      message: `${path}: the gzip file cannot be read to its end: ${error instanceof Error ? error.message : String(error)}.`,
      hint: "It is truncated or damaged: download or copy it again.",
      cause: error,
    });
  }
}

/** The first bytes of a text, at most so many. */
export async function firstBytes(source: ByteSource, most: number): Promise<Buffer> {
  return withBytes(source, async (bytes) => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of bytes) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= most) break;
    }
    return Buffer.concat(chunks).subarray(0, most);
  });
}
