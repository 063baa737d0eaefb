import { open, stat, unlink, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Readable } from "node:stream";
import type { ObjectEntry, Store } from "../store.ts";
import { localPath } from "./local-path.ts";
import { linkOrCopy, publishAtomically } from "./publish.ts";
import { sha256OfFile } from "./sha256-of-file.ts";
import { errorCode, inPlainWords } from "./system-error.ts";
import { walk } from "./walk.ts";

/**
 * The files of this machine as a store.
 *
 * Uris are paths; `identify` is `sha256:` and the hexadecimal digest of the bytes; staged files are the files
 * themselves. What the operating system refuses comes as a UserError in plain words (`disk-full`,
 * `permission-denied`, `not-found` …).
 *
 * @example
 * ```ts
 * import { localStore } from "bisonflow/store";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * const store = localStore();
 * const uri = join(tmpdir(), `bisonflow-example-${process.pid}`, "greeting.txt");
 * console.log(await store.publishBytes(Buffer.from("hello"), uri)); // { published: true }
 * console.log(Buffer.from(await store.read(uri, { start: 1, end: 3 })).toString()); // el
 * await store.remove(uri);
 * ```
 */
export function localStore(): Store {
  return { list, stat: statFile, identify, read, stream, stage, publishFile, publishBytes, remove };
}

async function* list(prefix: string): AsyncGenerator<ObjectEntry> {
  const path = localPath(prefix);
  try {
    // Without a slash at the end the last part is the beginning of a name, in the folder that holds it.
    yield* /[/\\]$/.test(prefix) ? walk(path) : walk(dirname(path), basename(path));
  } catch (error) {
    throw inPlainWords(error, path);
  }
}

async function statFile(uri: string): Promise<ObjectEntry | undefined> {
  const path = localPath(uri);
  try {
    const found = await stat(path);
    return found.isFile() ? { uri: path, bytes: found.size } : undefined;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return undefined;
    throw inPlainWords(error, path);
  }
}

async function identify(uri: string): Promise<string> {
  const path = localPath(uri);
  return guarded(path, async () => `sha256:${await sha256OfFile(path)}`);
}

async function read(
  uri: string,
  range?: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  const path = localPath(uri);
  return guarded(path, async () => {
    const file = await open(path, "r");
    try {
      if (range === undefined) return await file.readFile();
      const { size } = await file.stat();
      const bytes = Buffer.alloc(Math.max(0, Math.min(range.end, size) - range.start));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, range.start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  });
}

async function stream(uri: string): Promise<Readable> {
  const path = localPath(uri);
  return guarded(path, async () => {
    const file = await open(path, "r");
    if ((await file.stat()).isFile()) return file.createReadStream({ highWaterMark: 1 << 20 });
    await file.close();
    throw Object.assign(new Error(`EISDIR: ${path}`), { code: "EISDIR" });
  });
}

async function stage(uri: string): Promise<{ path: string; release(): Promise<void> }> {
  const path = localPath(uri);
  await guarded(path, () => stat(path));
  return { path, release: async () => {} };
}

async function publishFile(
  from: string,
  uri: string,
  options: { readonly ifAbsent?: boolean } = {},
): Promise<{ published: boolean; bytes: number }> {
  const target = localPath(uri);
  const { size } = await guarded(from, () => stat(from));
  const published = await guarded(target, () =>
    publishAtomically(target, (temporary) => linkOrCopy(from, temporary), options.ifAbsent === true),
  );
  return { published, bytes: size };
}

async function publishBytes(
  bytes: Uint8Array,
  uri: string,
  options: { readonly ifAbsent?: boolean } = {},
): Promise<{ published: boolean }> {
  const target = localPath(uri);
  const published = await guarded(target, () =>
    publishAtomically(
      target,
      (temporary) => writeFile(temporary, bytes, { flag: "wx" }),
      options.ifAbsent === true,
    ),
  );
  return { published };
}

async function remove(uri: string): Promise<void> {
  const path = localPath(uri);
  try {
    await unlink(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return;
    throw inPlainWords(error, path);
  }
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inPlainWords(error, path);
  }
}
