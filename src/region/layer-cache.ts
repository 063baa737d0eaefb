import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { ExitCode, UserError } from "../trouble/index.ts";
import { layerFormat } from "./encode-layer.ts";
import { findLayerFile } from "./layer-file.ts";
import type { LayerOptions } from "./layer-source.ts";

/** Changes when the same files are read otherwise than before. */
const readerVersion = 1;

/** A name for what a layer's files and options come to: SHA-256, hexadecimal. The path does not matter, the content does. */
export async function layerKey(options: LayerOptions): Promise<string> {
  const { folder, inside, files } = await findLayerFile(options);
  const { path: _, ...rest } = options;
  const hash = createHash("sha256");
  const { overlap = "one", snapMeters = 0, ...others } = rest;
  hash.update(
    JSON.stringify([layerFormat, readerVersion, inside, overlap, snapMeters, sortedEntries(others)]),
  );
  for (const file of files) {
    hash.update(`\n${relative(folder, file)}\n`);
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}

/** An object's entries in the order of their names, deeply: options in another order are the same options. */
function sortedEntries(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => [key, sortedEntries(entry)]);
}

/** The bytes of a file of the cache; undefined where there is none. */
export async function readCached(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch(() => undefined);
}

/** Puts a file into the cache in one step: other processes see it whole or not at all. */
export async function writeCached(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new UserError({
      code: "cache-not-writable",
      message: `${dirname(path)}: the compiled layer cannot be kept there: ${error instanceof Error ? error.message : String(error)}.`,
      hint: "Make room or give the cache a folder that can be written.",
      exitCode: ExitCode.environment,
      cause: error,
    });
  }
}
