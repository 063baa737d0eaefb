import { crc32, createInflateRaw } from "node:zlib";
import yauzl from "yauzl";
import { UserError } from "../trouble/index.ts";

/** Names of the files in a zip. A zip that is cut short or damaged is a UserError. */
export async function listZip(path: string): Promise<string[]> {
  const names: string[] = [];
  await eachEntry(path, async (_, entry) => {
    names.push(entry.fileName);
  });
  return names.filter((name) => !name.endsWith("/") && !name.startsWith("__MACOSX/"));
}

/** Reads some files of a zip through and compares their checksums: GDAL would take a damaged file for a short one. */
export async function checkZip(path: string, wanted: (name: string) => boolean): Promise<void> {
  await eachEntry(path, async (zip, entry) => {
    if (!wanted(entry.fileName) || entry.fileName.endsWith("/")) return;
    const stored = await zip.openReadStreamPromise(
      entry,
      entry.compressionMethod === 0 ? {} : { decompress: false },
    );
    const stream = entry.compressionMethod === 8 ? stored.pipe(createInflateRaw()) : stored;
    if (stream !== stored) stored.on("error", (error) => stream.destroy(error));
    let checksum = 0;
    let size = 0;
    for await (const chunk of stream) {
      checksum = crc32(chunk as Buffer, checksum);
      size += (chunk as Buffer).length;
    }
    if (entry.compressionMethod !== 8 && entry.compressionMethod !== 0) return;
    if (checksum !== entry.crc32 || size !== entry.uncompressedSize)
      throw new Error(`${entry.fileName} is damaged`);
  });
}

interface Zip {
  openReadStreamPromise(
    entry: yauzl.Entry,
    options: object,
  ): Promise<NodeJS.ReadableStream & { destroy(error?: Error): void }>;
}

async function eachEntry(path: string, each: (zip: Zip, entry: yauzl.Entry) => Promise<void>): Promise<void> {
  try {
    const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
      yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, opened) =>
        error ? reject(error) : resolve(opened),
      );
    });
    const reader: Zip = {
      openReadStreamPromise: (entry, options) =>
        new Promise((resolve, reject) => {
          zip.openReadStream(entry, options as yauzl.ZipFileOptions, (error, stream) =>
            error ? reject(error) : resolve(stream),
          );
        }),
    };
    try {
      await new Promise<void>((resolve, reject) => {
        zip.on("error", reject);
        zip.on("end", resolve);
        zip.on("entry", (entry: yauzl.Entry) => {
          each(reader, entry).then(() => zip.readEntry(), reject);
        });
        zip.readEntry();
      });
    } finally {
      zip.close();
    }
  } catch (error) {
    throw new UserError({
      code: "layer-zip-damaged",
      message: `${path}: the zip cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      hint: "It may have been cut short on its way here: fetch it again.",
      cause: error,
    });
  }
}
