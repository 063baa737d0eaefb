import { type Engine, identifier, literal } from "../engine/index.ts";
import type { StagedFile, Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import type { Table } from "./catalog.ts";
import { inParallel } from "./crawl/in-parallel.ts";
import { type DataFile, isHidden, recognize } from "./crawl/recognize.ts";
import { fileColumn, parquetScan, textScan } from "./scan-sql.ts";

/** A table opened for reading in one session: whatever it is made of, SQL can select from `relation`. */
export interface TableSource {
  readonly name: string;
  /** What stands after FROM. */
  readonly relation: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly format: string;
  readonly files: number;
  readonly bytes: number;
  /** The local files that the relation reads. */
  readonly paths: readonly string[];
  /** Set when every row lies in Parquet files, whose footers then speak for the table. */
  readonly parquet?:
    | {
        /** The relation over some of the files, its rows cut by `where`, which may use file_row_number. */
        readonly over: (paths: readonly string[], where: string) => string;
      }
    | undefined;
  /** What a reader should know: files left out, columns read as text. */
  readonly notes: readonly string[];
  /** Gives back what was staged. */
  release(): Promise<void>;
}

/**
 * Opens a table of the catalog. Its rows come with the partition keys as text columns; data files that the crawl
 * left out of the table are left out here. Throws a UserError `table-files-missing` when its files are gone.
 *
 * @example
 * ```ts
 * import { crawl, localCatalog, openCatalogTable } from "bisonflow/catalog";
 * import { openEngine } from "bisonflow/engine";
 * import { localStore } from "bisonflow/store";
 * import { mkdirSync, mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * const folder = join(mkdtempSync(join(tmpdir(), "table-")), "birds");
 * mkdirSync(join(folder, "year=2024"), { recursive: true });
 * const engine = await openEngine();
 * await engine.run(`COPY (SELECT 'Ara' AS genus) TO '${folder}/year=2024/part-0.parquet'`);
 * const catalog = localCatalog(join(folder, ".catalog"));
 * await crawl(localStore(), catalog, { folder });
 * const table = await catalog.getTable("bison_metadata", "birds");
 * if (table !== undefined) {
 *   const source = await openCatalogTable(engine, localStore(), table);
 *   console.log(await engine.rows(`SELECT * FROM ${source.relation}`)); // [ { genus: 'Ara', year: '2024' } ]
 *   await source.release();
 * }
 * engine.close();
 * ```
 */
export async function openCatalogTable(engine: Engine, store: Store, table: Table): Promise<TableSource> {
  const { Location } = table.StorageDescriptor;
  const exclusions = new Set<string>(JSON.parse(table.Parameters.exclusions ?? "[]") as string[]);
  const files = (await dataFiles(store, Location)).filter(
    ({ uri, format }) =>
      format === table.Parameters.classification && !exclusions.has(uri.slice(Location.length)),
  );
  if (files.length === 0) {
    throw new UserError({
      code: "table-files-missing",
      message: `${table.DatabaseName}.${table.Name}: its files are not at ${Location} any more.`,
      hint: "Crawl the folder again, or put the files back.",
    });
  }
  const delimiter = table.Parameters.delimiter;
  const keys = table.PartitionKeys.map(({ Name }) => Name);
  return openFiles(engine, store, {
    name: `${table.DatabaseName}.${table.Name}`,
    files: delimiter === undefined ? files : files.map((file) => ({ ...file, delimiter })),
    partition: { location: Location, keys },
  });
}

/**
 * Opens a Parquet, CSV or TSV file, or a folder of such files of one kind; undefined for anything else (zips are
 * for the occurrence room). The format is found by name, then by content.
 *
 * @example
 * ```ts
 * import { openPath } from "bisonflow/catalog";
 * import { openEngine } from "bisonflow/engine";
 * import { localStore } from "bisonflow/store";
 * import { writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * const path = `${tmpdir()}/bisonflow-path-${process.pid}.tsv`;
 * writeFileSync(path, "key\tname\n1\tAra\n");
 * const engine = await openEngine();
 * const source = await openPath(engine, localStore(), path);
 * console.log(source?.columns.map(({ name, type }) => `${name} ${type}`)); // [ 'key BIGINT', 'name VARCHAR' ]
 * engine.close();
 * ```
 */
export async function openPath(engine: Engine, store: Store, uri: string): Promise<TableSource | undefined> {
  const entry = await store.stat(uri);
  const found =
    entry === undefined
      ? await dataFiles(store, uri.replace(/[/\\]*$/, "/"))
      : [await recognize(store, entry)];
  const files = found.filter((file): file is DataFile => "format" in file);
  const [first] = files;
  if (first === undefined) return undefined;
  const format = files.some((file) => file.format === "parquet") ? "parquet" : first.format;
  return openFiles(engine, store, { name: uri, files: files.filter((file) => file.format === format) });
}

async function dataFiles(store: Store, location: string): Promise<DataFile[]> {
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

async function openFiles(
  engine: Engine,
  store: Store,
  options: {
    name: string;
    files: readonly DataFile[];
    partition?: { location: string; keys: readonly string[] };
  },
): Promise<TableSource> {
  const { files } = options;
  const staged = await inParallel(files, 16, (file) => store.stage(file.uri));
  const paths = staged.map(({ path }) => path);
  const format = files[0]?.format ?? "parquet";
  const notes: string[] = [];
  const select = (scan: string, where = ""): string => selection(scan, where, options.partition);
  let relation: string;
  if (format === "parquet") {
    relation = select(parquetScan(paths));
  } else {
    const delimiter = files[0]?.delimiter ?? ",";
    relation = select(textScan(paths, delimiter));
    if (!(await isReadable(engine, relation))) {
      relation = select(textScan(paths, delimiter, { asText: true }));
      notes.push(
        "Every column is read as text: some values do not fit the types that the first rows suggest.",
      );
    }
  }
  return {
    name: options.name,
    relation,
    columns: await engine.columns(`SELECT * FROM ${relation}`),
    format,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    paths,
    parquet:
      format === "parquet"
        ? { over: (some, where) => select(parquetScan(some, { withPosition: true }), where) }
        : undefined,
    notes,
    release: () => releaseAll(staged),
  };
}

/** Text files small enough are read through once, so that a late surprise is met before anything is shown. */
async function isReadable(engine: Engine, relation: string): Promise<boolean> {
  try {
    await engine.rows(`SELECT count(COLUMNS(*)) FROM (SELECT * FROM ${relation} LIMIT 1000000)`);
    return true;
  } catch {
    return false;
  }
}

function selection(
  scan: string,
  where: string,
  partition: { location: string; keys: readonly string[] } = { location: "", keys: [] },
): string {
  const { location, keys } = partition;
  const excluded = [fileColumn, ...(where === "" ? [] : ["file_row_number"])];
  // A key stands in the folders' names: the files' own column of that name, if any, gives way.
  const others =
    keys.length === 0
      ? "*"
      : `COLUMNS(c -> lower(c) NOT IN (${[...excluded, ...keys].map(literal).join(", ")}))`;
  const own = keys.length === 0 ? `* EXCLUDE (${excluded.join(", ")})` : others;
  const folders = `string_split(substr(replace(${fileColumn}, '\\', '/'), ${location.length + 1}), '/')`;
  const values = keys.map((key, i) => {
    const folder = `${folders}[${i + 1}]`;
    const value = key.startsWith("partition_")
      ? folder
      : `url_decode(regexp_replace(${folder}, '^[^=]*=', ''))`;
    return `, nullif(${value}, '__HIVE_DEFAULT_PARTITION__') AS ${identifier(key)}`;
  });
  return `(SELECT ${own}${values.join("")} FROM ${scan}${where === "" ? "" : ` WHERE ${where}`})`;
}

async function releaseAll(staged: readonly StagedFile[]): Promise<void> {
  await Promise.all(staged.map(({ release }) => release()));
}
