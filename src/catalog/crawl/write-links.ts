import type { Store } from "../../store/index.ts";
import type { MemberFile } from "./group-tables.ts";

/** What a list of a table's files is called. */
export const linksName = "links.txt";

/**
 * Writes the lists of a table's files, one a partition, under `location`; lists that are as they should be are
 * left, those of partitions that are gone removed.
 */
export async function writeLinks(
  store: Store,
  location: string,
  members: readonly MemberFile[],
): Promise<void> {
  const wanted = new Map<string, string[]>();
  for (const { file, folders } of members) {
    const uri = `${location}${folders.map((name) => `${name}/`).join("")}${linksName}`;
    wanted.set(uri, [...(wanted.get(uri) ?? []), file.uri]);
  }
  for await (const { uri } of store.list(location)) {
    if (!uri.endsWith(`/${linksName}`)) continue;
    const files = wanted.get(uri);
    if (files === undefined) await store.remove(uri);
    else if (Buffer.from(await store.read(uri)).toString("utf8") === textOf(files)) wanted.delete(uri);
  }
  for (const [uri, files] of wanted) await store.publishBytes(Buffer.from(textOf(files)), uri);
}

/** Removes the lists of a table that is gone. */
export async function removeLinks(store: Store, location: string): Promise<void> {
  for await (const { uri } of store.list(location)) {
    if (uri.endsWith(`/${linksName}`)) await store.remove(uri);
  }
}

function textOf(files: readonly string[]): string {
  return [...files]
    .sort()
    .map((uri) => `${uri}\n`)
    .join("");
}
