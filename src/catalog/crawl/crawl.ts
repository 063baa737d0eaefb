import { openEngine } from "../../engine/index.ts";
import type { ObjectEntry, Store } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import type { Catalog } from "../catalog.ts";
import { tableName } from "../naming.ts";
import { describeTable } from "./describe-table.ts";
import { groupTables, type TableGroup } from "./group-tables.ts";
import { inParallel } from "./in-parallel.ts";
import { stem } from "./likeness.ts";
import { placeTable } from "./place-table.ts";
import { readSchemas } from "./read-schemas.ts";
import { type DataFile, isHidden, recognize, type StrayFile } from "./recognize.ts";
import { type CrawledTable, type FoundTable, registerTable, removeGone } from "./register-table.ts";

/** What to crawl, and where its tables go. */
export interface CrawlOptions {
  /** The folder (or `s3://…` prefix) to look through. */
  readonly folder: string;
  /** Where the tables go; made when it is not there. Default `bison_metadata`. */
  readonly database?: string | undefined;
  /** In front of every table's name. Default: `gbif_odr_` for a GBIF snapshot, nothing for other tables. */
  readonly tablePrefix?: string | undefined;
  /**
   * An `s3://…` prefix for lists of files: Athena and its kin read whole folders of S3, so a table that is one
   * file among others, or lies in a folder with something else, is given to them as a list. Default: `.bisonflow/links/`
   * in the folder of a run; elsewhere none, and such tables are told in the result.
   */
  readonly links?: string | undefined;
  /** Columns and formats that people changed in the catalog follow the files again. Default: they stay, and are told. */
  readonly overwrite?: boolean | undefined;
}

/** What a crawl found and what it changed. */
export interface CrawlResult {
  readonly database: string;
  readonly databaseCreated: boolean;
  /** Sorted by name. */
  readonly tables: readonly CrawledTable[];
  /** Files that are no tables, each with why; `unreadable` ones look like data and could not be read. */
  readonly strays: readonly StrayFile[];
  readonly unreadable: readonly StrayFile[];
}

/**
 * Finds the tables in a folder and writes them to a catalog: columns, types, partitions, rows, bytes, location.
 *
 * Reads Parquet footers and the first lines of text files, never the rows; counts of large text files are
 * estimates. Running it again changes nothing unless the files did; what people wrote into a record stays, columns
 * that they changed too, and every disagreement is told. Tables of an earlier crawl under the same folder whose files are gone are removed. Throws a
 * UserError `folder-empty` or `no-tables-found` where there is nothing to write.
 *
 * @example
 * ```ts
 * import { crawl, localCatalog } from "bisonflow/catalog";
 * import { openEngine } from "bisonflow/engine";
 * import { localStore } from "bisonflow/store";
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * const folder = mkdtempSync(join(tmpdir(), "crawl-"));
 * const engine = await openEngine();
 * await engine.run(`COPY (SELECT 1 AS region_id, 'Ada' AS region_name) TO '${folder}/county_counts.parquet'`);
 * engine.close();
 * const catalog = localCatalog(join(folder, ".catalog"));
 * const { tables } = await crawl(localStore(), catalog, { folder, database: "birds" });
 * console.log(tables.map(({ name, change, rows }) => `${name} ${change} ${rows}`)); // [ 'county_counts added 1' ]
 * ```
 */
export async function crawl(store: Store, catalog: Catalog, options: CrawlOptions): Promise<CrawlResult> {
  const folder = options.folder.replace(/[/\\]*$/, "/");
  const database = options.database ?? "bison_metadata";
  // Before thousands of files are looked at: may the catalog be asked at all?
  await catalog.getDatabase(database);
  const found = await filesUnder(store, folder);
  const recognized = await inParallel(found.visible, 16, (file) => recognize(store, file));
  const data = recognized.filter((file): file is DataFile => "format" in file);
  const strays = recognized.filter((file): file is StrayFile => !("format" in file));
  const engine = await openEngine({ threads: 2 });
  const { read, unreadable } = await readSchemas(engine, store, data).finally(() => engine.close());
  const grouping = groupTables({
    folder: found.folder,
    folderName: nameOfFolder(found.folder),
    files: read,
    isRunFolder: found.isRunFolder,
  });
  if (grouping.tables.length === 0) throw nothingFound(folder, found.visible.length, unreadable);
  const links = options.links ?? (found.isRunFolder ? `${found.folder}.bisonflow/links/` : undefined);
  const visible = found.visible.filter(({ bytes }) => bytes > 0).map(({ uri }) => uri);
  const toWrite = nameTables(grouping.tables, options.tablePrefix).map(({ group, name }): FoundTable => {
    const place = placeTable({
      folder: found.folder,
      group,
      name,
      database,
      visible,
      links: links?.replace(/\/*$/, "/"),
    });
    const members = group.members;
    return { ...describeTable({ group, name, database, place }), place, members };
  });
  const { created } = await catalog.createDatabase({ Name: database });
  const overwrite = options.overwrite === true;
  const tables = await inParallel(toWrite, 4, (one) => registerTable({ catalog, store, overwrite }, one));
  // A table whose file could not be read is still there.
  const kept = unreadable.map(({ uri }) => uri);
  tables.push(...(await removeGone({ catalog, store, database, folder: found.folder, found: tables, kept })));
  tables.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { database, databaseCreated: created, tables, strays: [...strays, ...grouping.strays], unreadable };
}

async function filesUnder(store: Store, prefix: string) {
  const visible: ObjectEntry[] = [];
  let folder = prefix;
  let isRunFolder = false;
  let total = 0;
  for await (const file of store.list(prefix)) {
    // The store's own spelling of the folder (absolute, without ..) is the catalog's.
    const name = relativeName(file.uri, prefix);
    if (total++ === 0) folder = file.uri.slice(0, file.uri.length - name.length);
    const relative = file.uri.slice(folder.length).replaceAll("\\", "/");
    if (relative === "manifest.json") isRunFolder = true;
    if (!isHidden(relative)) visible.push(file);
  }
  if (total === 0) {
    throw new UserError({
      code: "folder-empty",
      message: `${prefix}: no files there; a folder with Parquet, CSV or TSV files was expected.`,
      hint: "Check the path. A GBIF snapshot is crawled at its folder occurrence.parquet/.",
    });
  }
  const hasOutputs = visible.some(({ uri }) => /^(occurrences|tables)[/\\]/.test(uri.slice(folder.length)));
  return { visible, folder, isRunFolder: isRunFolder && hasOutputs };
}

function relativeName(uri: string, prefix: string): string {
  if (uri.startsWith(prefix)) return uri.slice(prefix.length);
  const last = nameOfFolder(prefix);
  const at = uri.replaceAll("\\", "/").indexOf(`/${last}/`);
  return at < 0 ? uri : uri.slice(at + last.length + 2);
}

function nameOfFolder(folder: string): string {
  return (
    folder
      .split(/[/\\]/)
      .filter((part) => part !== "")
      .at(-1) ?? "root"
  );
}

/** Names every table; where two would have one name, the folder above goes in front, then a number behind. */
function nameTables(
  groups: readonly TableGroup[],
  prefix: string | undefined,
): { group: TableGroup; name: string }[] {
  const taken = new Set<string>();
  return groups.map((group) => {
    const front = prefix ?? (isSnapshot(group) ? "gbif_odr_" : "");
    const own = group.fileName === undefined ? (group.path.at(-1) ?? "root") : stem(group.fileName);
    const above = group.fileName === undefined ? group.path.at(-2) : group.path.at(-1);
    let name = tableName(own, front);
    if (taken.has(name) && above !== undefined) name = tableName(`${above}_${own}`, front);
    for (let i = 2; taken.has(name); i++) name = tableName(`${own}_${i}`, front);
    taken.add(name);
    return { group, name };
  });
}

/** GBIF's open-data export is a folder of this name whose files have these columns, whatever the year. */
function isSnapshot({ path, members }: TableGroup): boolean {
  const columns = new Set(members[0]?.file.columns.map(({ name }) => name.toLowerCase()));
  return (
    path.at(-1) === "occurrence.parquet" &&
    ["gbifid", "datasetkey", "specieskey"].every((name) => columns.has(name))
  );
}

function nothingFound(folder: string, files: number, unreadable: readonly StrayFile[]): UserError {
  const [first] = unreadable;
  const seen = first === undefined ? "" : ` ${first.uri} ${first.reason}.`;
  return new UserError({
    code: "no-tables-found",
    message: `${folder}: ${files} files, none of them a table; Parquet, CSV or TSV files were expected.${seen}`,
    hint: "Zips (GBIF downloads) are read by `bisonflow preview FILE` and `bisonflow run`, not by a crawl.",
  });
}
