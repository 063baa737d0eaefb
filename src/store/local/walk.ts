import type { Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ObjectEntry } from "../store.ts";
import { errorCode } from "./system-error.ts";
import { temporaryPrefix } from "./temporary-name.ts";

/**
 * The files under a folder in the order of their full names' UTF-8 bytes, whatever the order of the disk:
 * those whose name within the folder begins with `beginning`. Symbolic links are followed, one that leads
 * back to a folder above it is not.
 */
export function walk(folder: string, beginning = ""): AsyncGenerator<ObjectEntry> {
  return walkBelow(folder, beginning, []);
}

async function* walkBelow(
  folder: string,
  beginning: string,
  above: readonly string[],
): AsyncGenerator<ObjectEntry> {
  const real = await missingAs(realpath(folder), undefined);
  if (real === undefined || above.includes(real)) return;
  const entries: { key: Buffer; path: string; stats: Stats }[] = [];
  for (const name of await missingAs(readdir(folder), [])) {
    if (name.startsWith(temporaryPrefix) || !name.startsWith(beginning)) continue;
    const path = join(folder, name);
    const stats = await missingAs(stat(path), undefined);
    if (stats === undefined) continue;
    // As part of a name a folder ends in "/", which sorts after "." and before digits.
    entries.push({ key: Buffer.from(stats.isDirectory() ? `${name}/` : name), path, stats });
  }
  entries.sort((a, b) => Buffer.compare(a.key, b.key));
  for (const { path, stats } of entries) {
    if (stats.isDirectory()) yield* walkBelow(path, "", [...above, real]);
    else if (stats.isFile()) yield { uri: path, bytes: stats.size };
  }
}

/** A file may go while its folder is walked; a dangling link never was one. */
async function missingAs<T, U>(answer: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await answer;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errorCode(error) ?? "")) return otherwise;
    throw error;
  }
}
