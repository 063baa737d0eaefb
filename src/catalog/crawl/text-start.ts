import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import type { StagedFile, Store } from "../../store/index.ts";
import type { DataFile } from "./recognize.ts";

const startBytes = 4 * 1024 * 1024;

/** The first lines of a large text file, unpacked, as a local file. */
export async function stageStart(
  store: Store,
  { uri, bytes }: DataFile,
  most = startBytes,
): Promise<StagedFile> {
  const folder = await mkdtemp(join(tmpdir(), "bisonflow-start-"));
  const path = join(folder, "start.csv");
  const read = await store.read(uri, { start: 0, end: Math.min(bytes, most) });
  const start = isPacked(uri) ? unpackedStart(read) : Buffer.from(read);
  // Whatever the last line lacks would be taken for missing values.
  const end = start.lastIndexOf(10);
  await writeFile(path, end < 0 ? start : start.subarray(0, end + 1));
  return { path, release: () => rm(folder, { recursive: true, force: true }) };
}

/** Whether there is a quote behind the header of a text file. */
export async function hasQuotes(path: string, isPacked: boolean): Promise<boolean> {
  const file = createReadStream(path);
  const bytes = isPacked ? file.pipe(createGunzip()) : file;
  let isInHeader = true;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      const lineEnd = isInHeader ? chunk.indexOf(10) : 0;
      if (lineEnd < 0) continue;
      isInHeader = false;
      if (chunk.indexOf(34, lineEnd) >= 0) return true;
    }
    return false;
  } finally {
    file.destroy();
  }
}

/** A file that breaks off is unpacked as far as it goes. */
export function unpackedStart(bytes: Uint8Array): Buffer {
  return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}

/** Whether a file is packed by gzip, by its name. */
export function isPacked(uri: string): boolean {
  return /\.gz$/i.test(uri);
}
