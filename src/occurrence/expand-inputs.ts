import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { glob } from "tinyglobby";
import { UserError } from "../trouble/index.ts";
import { accepted } from "./accepted.ts";
import { isBeside, occurrenceLocation } from "./detect-zip.ts";
import { parseMetaXml } from "./meta-xml.ts";

/**
 * Finds the files that patterns name: files, folders (all data files below them; the core of an unpacked Darwin
 * Core Archive; the numbered files of a snapshot) and globs. Hidden files and what stands beside data
 * (citation.txt, _SUCCESS, metadata) are passed over. Absolute paths, sorted, each once.
 *
 * @example
 * ```ts
 * import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { basename, join } from "node:path";
 * import { expandInputs } from "bisonflow/occurrence";
 * const cwd = await mkdtemp(join(tmpdir(), "expand-"));
 * await mkdir(join(cwd, "occurrence.parquet"));
 * for (const name of ["000001", "000000", "_SUCCESS"]) await writeFile(join(cwd, "occurrence.parquet", name), "");
 * const paths = await expandInputs(["occurrence.parquet"], { cwd });
 * console.log(paths.map((path) => basename(path))); // [ '000000', '000001' ]
 * ```
 */
export async function expandInputs(patterns: readonly string[], options: { cwd: string }): Promise<string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const files = await filesOf(pattern, options.cwd);
    if (files.length === 0) {
      throw new UserError({
        code: "input-not-found",
        message: `${pattern}: no such file, no folder with data files, and no file that the pattern matches, seen from ${options.cwd}.`,
        hint: `Check the path. ${accepted}`,
      });
    }
    for (const file of files) found.add(file);
  }
  // Byte order, the same on every machine.
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}

async function filesOf(pattern: string, cwd: string): Promise<string[]> {
  const path = resolve(cwd, pattern);
  const facts = await stat(path).catch(() => null);
  if (facts?.isDirectory() === true) return filesUnder(path);
  if (facts !== null) return [path];
  const matches = await glob(pattern.replaceAll("\\", "/"), {
    cwd,
    absolute: true,
    onlyFiles: false,
    expandDirectories: false,
    dot: false,
  });
  const files: string[] = [];
  for (const match of matches) {
    const matched = resolve(cwd, match);
    if ((await stat(matched).catch(() => null))?.isDirectory() === true)
      files.push(...(await filesUnder(matched)));
    else if (!isBeside(basename(matched))) files.push(matched);
  }
  return files;
}

async function filesUnder(folder: string): Promise<string[]> {
  const xml = await readFile(join(folder, "meta.xml"), "utf8").catch(() => null);
  if (xml !== null) return [join(folder, occurrenceLocation(parseMetaXml(xml, folder).core, folder))];
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (isBeside(entry.name)) continue;
    const isFolder = entry.isSymbolicLink()
      ? (await stat(path).catch(() => null))?.isDirectory()
      : entry.isDirectory();
    if (isFolder === true) files.push(...(await filesUnder(path)));
    else files.push(path);
  }
  return files;
}
