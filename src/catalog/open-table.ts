import type { Engine } from "../engine/index.ts";
import type { Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import type { Table } from "./catalog.ts";
import { type DataFile, recognize } from "./crawl/recognize.ts";
import { dataFilesAt, filesOfTable } from "./data-files.ts";
import { openFiles } from "./open-files.ts";
import { otherKind } from "./other-kind.ts";
import type { TableSource } from "./table-source.ts";

/** How a table is opened. */
export interface OpenOptions {
  /** It is only looked at: of a large text file elsewhere the start will do. */
  readonly isLook?: boolean;
}

/**
 * Opens a table of the catalog. Its rows come with the partition keys as text columns; data files that the crawl
 * left out of the table are left out here. Throws a UserError `table-files-missing` when its files are gone,
 * `table-not-files` for views and tables of databases, Iceberg, Delta and Hudi.
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
export async function openCatalogTable(
  engine: Engine,
  store: Store,
  table: Table,
  options: OpenOptions = {},
): Promise<TableSource> {
  const name = `${table.DatabaseName}.${table.Name}`;
  if (table.Parameters.classification === "postgresql") {
    throw new UserError({
      code: "table-in-database",
      message: `${name}: it is a table of a PostgreSQL database (${table.StorageDescriptor.Location} at ${table.Parameters.bisonflowServer ?? "a connection of Glue's"}); files were expected.`,
      hint: "The catalog knows its columns (`bisonflow catalog show`); ask its rows with psql, or by a Glue job.",
    });
  }
  const other = otherKind(table);
  if (other !== undefined) {
    throw new UserError({
      code: "table-not-files",
      message: `${name}: this is ${other}; a table of Parquet or text files was expected.`,
      hint: "Ask it where it lives: in Athena, or in its database.",
    });
  }
  const { files, location } = await filesOfTable(store, table);
  if (files.length === 0) {
    throw new UserError({
      code: "table-files-missing",
      message: `${name}: its files are not at ${location} any more.`,
      hint: "Crawl the folder again, or put the files back.",
    });
  }
  const delimiter = table.Parameters.delimiter;
  const keys = table.PartitionKeys.map(({ Name }) => Name);
  return openFiles(engine, store, {
    name,
    files: delimiter === undefined ? files : files.map((file) => ({ ...file, delimiter })),
    partition: { location, keys },
    ...options,
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
export async function openPath(
  engine: Engine,
  store: Store,
  uri: string,
  options: OpenOptions = {},
): Promise<TableSource | undefined> {
  const entry = await store.stat(uri);
  const found =
    entry === undefined
      ? await dataFilesAt(store, uri.replace(/[/\\]*$/, "/"))
      : [await recognize(store, entry)];
  const files = found.filter((file): file is DataFile => "format" in file);
  const [first] = files;
  if (first === undefined) return undefined;
  const format = files.some((file) => file.format === "parquet") ? "parquet" : first.format;
  const alike = files.filter((file) => file.format === format);
  return openFiles(engine, store, { name: uri, files: alike, ...options });
}
