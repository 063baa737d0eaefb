import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, posix } from "node:path";
import type { Engine } from "../engine/index.ts";
import { detectInput, expandInputs, type OccurrenceInput } from "../occurrence/index.ts";
import type { ObjectEntry, StageWant, Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import type { PlannedInput } from "./plan.ts";

/** Footers on their way while one is looked at. */
const ahead = 32;

/**
 * The objects that a uri names: one, all data objects below a prefix, or those that a pattern matches. The rules
 * are those of local inputs, applied to a folder of empty files with the objects' names.
 */
export async function expandRemote(store: Store, named: string): Promise<ObjectEntry[]> {
  const uri = named.replace(/\/+$/, "");
  if (uri === named && !/[*?]/.test(named)) {
    const one = await store.stat(uri);
    if (one !== undefined) return [one];
  }
  const mirror = await mkdtemp(join(tmpdir(), "bisonflow-names-"));
  const entries = new Map<string, ObjectEntry>();
  try {
    const fixed = uri.replace(/[*?].*$/s, "");
    for await (const entry of store.list(fixed === uri ? `${uri}/` : fixed)) {
      const path = mirrored(mirror, entry.uri);
      entries.set(path, entry);
      await mkdir(dirname(path), { recursive: true });
      const isLayout = basename(path) === "meta.xml";
      await writeFile(path, isLayout ? await store.read(entry.uri) : "");
    }
    const paths = await expandInputs([mirrored(mirror, uri)], { cwd: mirror });
    return paths.flatMap((path) => entries.get(path) ?? []);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== "input-not-found") throw error;
    throw new UserError({
      code: "input-not-found",
      message: `${named}: no object with records has a name like that.`,
      hint: "Check the uri; `aws s3 ls` shows what is there. GBIF's newest snapshot is --occurrences gbif:latest.",
    });
  } finally {
    await rm(mirror, { recursive: true, force: true });
  }
}

/** A place below a folder for a uri, whatever the uri says. */
function mirrored(folder: string, uri: string): string {
  return join(folder, posix.normalize(`/${uri.replace("://", "/")}`));
}

/** What an object holds, seen through its footer or, where it has none, its whole. */
export async function planRemoteInputs(
  entries: readonly ObjectEntry[],
  options: { readonly store: Store; readonly engine: Engine },
): Promise<PlannedInput[]> {
  const { store, engine } = options;
  const mirror = await mkdtemp(join(tmpdir(), "bisonflow-plan-"));
  const beside = new Set<string>();
  const planned: PlannedInput[] = [];
  try {
    const want = (entry: ObjectEntry) => ({
      outline: true,
      ...(entry.identity === undefined ? {} : { identity: entry.identity }),
    });
    for (const entry of entries.slice(0, ahead)) store.prefetch?.(entry.uri, want(entry));
    for (const [index, entry] of entries.entries()) {
      const next = entries[index + ahead];
      if (next !== undefined) store.prefetch?.(next.uri, want(next));
      const path = mirrored(mirror, entry.uri);
      await mkdir(dirname(path), { recursive: true });
      await bringBeside(store, { uri: entry.uri, path, done: beside });
      const input = await recognise(entry, want(entry), { store, engine, path });
      const identity = entry.identity ?? (await store.identify(entry.uri));
      planned.push({ input, path: entry.uri, bytes: entry.bytes, identity });
    }
  } finally {
    await rm(mirror, { recursive: true, force: true });
  }
  return planned;
}

/** Recognises an object by its outline; by its whole where that was not enough. */
async function recognise(
  entry: ObjectEntry,
  want: StageWant,
  by: { readonly store: Store; readonly engine: Engine; readonly path: string },
): Promise<OccurrenceInput> {
  const { store, engine, path } = by;
  const attempt = async (wanted: StageWant): Promise<OccurrenceInput> => {
    const staged = await store.stage(entry.uri, wanted);
    try {
      await symlink(staged.path, path);
      return { ...(await detectInput(path, { engine })), path: entry.uri };
    } finally {
      await rm(path, { force: true });
      await staged.release();
    }
  };
  try {
    return await attempt(want).catch((error: unknown) => {
      if (!(error instanceof UserError) || !/^(zip|gzip)-/.test(error.code)) throw error;
      return attempt({ ...want, outline: false });
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, hint, exitCode, message } = error;
    throw new UserError({ code, hint, exitCode, message: message.replaceAll(path, entry.uri), cause: error });
  }
}

/** What says where records come from, or how a text is laid out: in the object's folder, and citations above it. */
async function bringBeside(
  store: Store,
  options: { readonly uri: string; readonly path: string; readonly done: Set<string> },
): Promise<void> {
  const { uri, path, done } = options;
  const folder = uri.slice(0, uri.lastIndexOf("/"));
  const above = folder.slice(0, folder.lastIndexOf("/"));
  const places: [string, string, readonly string[]][] = [
    [folder, dirname(path), ["meta.xml", "citation.txt", "citations.txt", "rights.txt"]],
    [above, dirname(dirname(path)), ["citation.txt", "citations.txt"]],
  ];
  for (const [from, to, names] of places) {
    if (done.has(`${from} ${names.length}`) || /^[a-z0-9+.-]+:\/?$/i.test(from)) continue;
    done.add(`${from} ${names.length}`);
    for (const name of names) {
      const beside = `${from}/${name}`;
      // The object itself may be one of these.
      if (beside === uri || !(await isThere(store, beside))) continue;
      await writeFile(join(to, name), await store.read(beside));
    }
  }
}

/** Who may not list a bucket is refused where there is nothing: then there is nothing. */
async function isThere(store: Store, uri: string): Promise<boolean> {
  try {
    return (await store.stat(uri)) !== undefined;
  } catch (error) {
    if (error instanceof UserError && /^(aws-access-denied|not-public)$/.test(error.code)) return false;
    throw error;
  }
}
