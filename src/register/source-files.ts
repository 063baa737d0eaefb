import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { UserError } from "../trouble/index.ts";

/** The files that one path stands for: a file alone, the files of a folder, or the entries of a zip. */
export interface SourceFiles {
  readonly path: string;
  /** Names in the order of the alphabet, folders with a slash; hidden ones and those of macOS left out. */
  readonly names: readonly string[];
  /** Opens one for reading, unpacked where its name ends in .gz. */
  open(name: string): Promise<Readable>;
  close(): void;
}

/** Opens the files of a path; close them when done. */
export async function openSourceFiles(path: string): Promise<SourceFiles> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new UserError({
      code: "input-not-found",
      message: `${path}: no such file or folder.`,
      hint: "Check the path.",
      cause,
    });
  });
  if (facts.isDirectory()) return folderFiles(path);
  if (await startsAsZip(path)) return zipFiles(path);
  const name = basename(path);
  return { path, names: [name], open: async () => unpacked(createReadStream(path), name), close: () => {} };
}

async function folderFiles(path: string): Promise<SourceFiles> {
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => entry.name);
  return {
    path,
    names: names.sort(),
    open: async (name) => unpacked(createReadStream(join(path, name)), name),
    close: () => {},
  };
}

async function startsAsZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    // An empty zip holds its end record alone.
    return bytesRead === 4 && ["PK\u0003\u0004", "PK\u0005\u0006"].includes(buffer.toString("latin1"));
  } finally {
    await file.close();
  }
}

async function zipFiles(path: string): Promise<SourceFiles> {
  const damaged = (cause: unknown): UserError =>
    new UserError({
      code: "zip-damaged",
      message: `${path}: the zip file cannot be read (${cause instanceof Error ? cause.message : String(cause)}).`,
      hint: "It may be cut short: copy or download it again.",
      cause,
    });
  let zip: ZipFile;
  const entries = new Map<string, Entry>();
  try {
    zip = await openZip(path);
    for (const entry of await listEntries(zip)) {
      const hidden = entry.fileName.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
      if (!entry.fileName.endsWith("/") && !hidden) entries.set(entry.fileName, entry);
    }
  } catch (cause) {
    throw damaged(cause);
  }
  return {
    path,
    names: [...entries.keys()].sort(),
    open: (name) =>
      new Promise((resolve, reject) => {
        const entry = entries.get(name);
        if (entry === undefined) return reject(new Error(`Bug in bisonflow: ${path} has no ${name}`));
        zip.openReadStream(entry, (error, stream) => {
          if (error) reject(damaged(error));
          else resolve(unpacked(stream, name));
        });
      }),
    close: () => zip.close(),
  };
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function listEntries(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on("entry", (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.on("end", () => resolve(entries));
    zip.on("error", reject);
    zip.readEntry();
  });
}

function unpacked(stream: Readable, name: string): Readable {
  if (!/\.gz$/i.test(name)) return stream;
  const gunzip = createGunzip();
  stream.on("error", (error) => gunzip.destroy(error));
  return stream.pipe(gunzip);
}
