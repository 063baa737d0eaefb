import type { Store } from "../store/index.ts";
import type { Table } from "./catalog.ts";
import { sourceParameter } from "./crawl/describe-table.ts";
import { inParallel } from "./crawl/in-parallel.ts";
import { isLinked } from "./crawl/keep-edits.ts";
import { type DataFile, isHidden, recognize } from "./crawl/recognize.ts";

/** The data files at a location: those in and below a folder (ending in "/"), or the one file. */
export async function dataFilesAt(store: Store, location: string): Promise<DataFile[]> {
  const entry = location.endsWith("/") ? undefined : await store.stat(location);
  const entries = entry === undefined ? [] : [entry];
  if (location.endsWith("/")) {
    for await (const file of store.list(location)) {
      if (!isHidden(file.uri.slice(location.length).replaceAll("\\", "/"))) entries.push(file);
    }
  }
  const found = await inParallel(entries, 16, (file) => recognize(store, file));
  return found.filter((file): file is DataFile => "format" in file);
}

/** The data files of a table of the catalog, and the folder or file that its partitions are counted from. */
export async function filesOfTable(
  store: Store,
  table: Table,
): Promise<{ files: DataFile[]; location: string }> {
  const { Parameters } = table;
  // Hadoop's names of S3, which other writers of a catalog use.
  const given = table.StorageDescriptor.Location.replace(/^s3[an]:/, "s3:");
  if (isLinked(table)) {
    const location = Parameters[sourceParameter] ?? given;
    return { location, files: ofFormat(await linkedFiles(store, given), Parameters.classification) };
  }
  const exclusions = new Set<string>(namesIn(Parameters.exclusions));
  const location = given.endsWith("/") || (await store.stat(given)) !== undefined ? given : `${given}/`;
  const files = await dataFilesAt(store, location);
  const ours = files.filter(({ uri }) => !exclusions.has(uri.slice(location.length)));
  return { location, files: ofFormat(ours, Parameters.classification) };
}

/** Tables that others made need not say their format: then it is what most readers would take it for. */
function ofFormat(files: readonly DataFile[], classification: string | undefined): DataFile[] {
  const format = classification ?? (files.some((file) => file.format === "parquet") ? "parquet" : "csv");
  return files.filter((file) => file.format === format);
}

/** Names of files that a crawl left out; Glue's crawlers write patterns there, which name no file. */
function namesIn(exclusions: string | undefined): string[] {
  try {
    const parsed: unknown = JSON.parse(exclusions ?? "[]");
    return Array.isArray(parsed) ? parsed.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

/** The files that the lists in a folder name. */
async function linkedFiles(store: Store, folder: string): Promise<DataFile[]> {
  const uris: string[] = [];
  for await (const { uri } of store.list(folder.replace(/\/*$/, "/"))) {
    const text = Buffer.from(await store.read(uri)).toString("utf8");
    uris.push(...text.split(/\r?\n/).filter((line) => line !== ""));
  }
  const entries = await inParallel(uris, 16, (uri) => store.stat(uri.replace(/^s3[an]:/, "s3:")));
  const found = await inParallel(
    entries.filter((entry) => entry !== undefined),
    16,
    (entry) => recognize(store, entry),
  );
  return found.filter((file): file is DataFile => "format" in file);
}
