import { availableParallelism } from "node:os";
import { type Engine, identifier, openEngine, stringList } from "../engine/index.ts";
import { isRemote, type Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import type { Catalog, Table } from "./catalog.ts";
import { inParallel } from "./crawl/in-parallel.ts";
import { duckdbType } from "./duckdb-type.ts";
import { neededColumns } from "./needed-columns.ts";
import { openCatalogTable } from "./open-table.ts";
import { jsonRows, textRows } from "./rows.ts";
import type { TableSource } from "./table-source.ts";

/** An answer, read as it comes. Close it when done. */
export interface CatalogAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Rows as DuckDB writes their values; null is null. */
  texts(): AsyncGenerator<(string | null)[]>;
  /** Every row as the text of a JSON object. */
  jsonLines(): AsyncGenerator<string>;
  close(): Promise<void>;
}

/**
 * Asks a SELECT of the tables of a catalog, with DuckDB's SQL.
 *
 * A table is `database.table`, or `table` alone where one database has it. The query reads the tables' own files
 * and nothing else (of Parquet files on S3 the columns that it needs): it can write nothing, read no other file, load nothing and change no setting. Throws a
 * UserError: `sql-not-a-query`, `sql-not-allowed`, `sql-wrong` with DuckDB's words, `table-files-missing`.
 *
 * @example
 * ```ts
 * import { localCatalog, queryCatalog } from "bisonflow/catalog";
 * import { localStore } from "bisonflow/store";
 * import { tmpdir } from "node:os";
 * const catalog = localCatalog(`${tmpdir()}/no-catalog-yet`);
 * const answer = await queryCatalog({ catalog, store: localStore(), sql: "SELECT 6 * 7 AS answer" });
 * for await (const row of answer.texts()) console.log(row); // [ '42' ]
 * await answer.close();
 * ```
 */
export async function queryCatalog(options: {
  catalog: Catalog;
  store: Store;
  sql: string;
}): Promise<CatalogAnswer> {
  const { catalog, store } = options;
  const engine = await openEngine({ threads: availableParallelism() });
  const sources: TableSource[] = [];
  const close = async (): Promise<void> => {
    engine.close();
    await Promise.all(sources.map(({ release }) => release()));
  };
  try {
    const sql = await checkedQuery(engine, options.sql);
    // A query that asks what there is sees the tables whose files are there.
    const wantsAll = /^\s*show\b|information_schema|duckdb_|sqlite_master|pg_catalog/i.test(sql);
    const tables = await tablesFor(catalog, wantsAll ? undefined : sql);
    const views = await makeViews({ engine, store, tables, sources, sql, wantsAll });
    const { columns, paths } = await guarded(views, async () => ({
      columns: await engine.columns(`SELECT * FROM (\n${sql}\n)`),
      paths: await fetchNeeded(engine, sql, views),
    }));
    await lock(engine, paths);
    return {
      columns,
      texts: () => explained(views, textRows(engine, sql)),
      jsonLines: () => explained(views, jsonRows(engine, sql)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * DuckDB's own parser says whether a text is one SELECT (or DESCRIBE, SHOW, SUMMARIZE). This matters beyond good
 * manners: the setting that shuts files out still lets COPY … TO overwrite the files that views may read.
 */
async function checkedQuery(engine: Engine, sql: string): Promise<string> {
  const { json } = await engine.row<{ json: string }>(
    "SELECT json_serialize_sql($1::VARCHAR)::VARCHAR AS json",
    [sql],
  );
  const parsed = JSON.parse(json) as {
    error: boolean;
    error_type?: string;
    error_message?: string;
    statements?: unknown[];
  };
  if (parsed.error && parsed.error_type === "parser") {
    throw new UserError({
      code: "sql-wrong",
      message: `This SQL cannot be read: ${parsed.error_message}.`,
      hint: 'Names that are SQL words need double quotes: "order", "group".',
    });
  }
  if (parsed.error || parsed.statements?.length !== 1) {
    throw new UserError({
      code: "sql-not-a-query",
      message: "This is not one query: a single SELECT, DESCRIBE, SHOW or SUMMARIZE was expected.",
      hint: "`bisonflow sql` reads tables and changes nothing; send its answer to a file with `--csv > FILE`.",
    });
  }
  return sql.trim().replace(/;\s*$/, "");
}

/** Tables whose names stand in the text as words, all without a text. */
async function tablesFor(catalog: Catalog, sql: string | undefined): Promise<Table[]> {
  const databases = await catalog.listDatabases();
  const tables = (await inParallel(databases, 8, ({ Name }) => catalog.listTables(Name))).flat();
  return sql === undefined ? tables : tables.filter((table) => isMeant(table, sql));
}

/** With its database in front, or without any: `birds.counts` is no word about the counts of others. */
function isMeant({ DatabaseName, Name }: Table, sql: string): boolean {
  const [database, name] = [DatabaseName, Name].map(escaped);
  const [before, after] = ["(?<![\\p{L}\\p{N}_])", "(?![\\p{L}\\p{N}_])"];
  const qualified = `${before}${database}"?\\s*\\.\\s*"?${name}${after}`;
  const alone = `(?<![\\p{L}\\p{N}_.]|\\."|\\.\\s+"?)${name}(?!"?\\s*\\.)${after}`;
  return new RegExp(`${qualified}|${alone}`, "iu").test(sql);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function isNamed(name: string, sql: string): boolean {
  return new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(name)}(?![\\p{L}\\p{N}_])`, "iu").test(sql);
}

/** A table that the query may name. */
interface View {
  readonly table: Table;
  /** Undefined where only its columns are known, from the catalog. */
  readonly source: TableSource | undefined;
  /** Why its files could not be opened: of interest only when the query reads it. */
  readonly trouble?: UserError | undefined;
}

async function makeViews(options: {
  engine: Engine;
  store: Store;
  tables: readonly Table[];
  /** Filled with what was opened, so that it is released even when a later one fails. */
  sources: TableSource[];
  sql: string;
  wantsAll: boolean;
}): Promise<View[]> {
  const { engine, store, tables, sources, sql, wantsAll } = options;
  const opened = await inParallel(tables, 8, async (table): Promise<View> => {
    const isElsewhere = isRemote(table.StorageDescriptor.Location);
    // A list of what there is, in a catalog of an account's thousand tables, opens none of them.
    if (wantsAll && isElsewhere && !isNamed(table.Name, sql)) return { table, source: undefined };
    try {
      const source = await openCatalogTable(engine, store, table);
      sources.push(source);
      return { table, source };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { table, source: undefined, trouble: error };
    }
  });
  const views: View[] = [];
  for (const view of opened) {
    if (view.trouble !== undefined) {
      if (!wantsAll) views.push(view);
      continue;
    }
    await makeView(engine, view.table, view.source?.relation ?? emptyRelation(view.table));
    views.push(view);
  }
  for (const { table, trouble } of views) {
    const isUnique = tables.filter(({ Name }) => Name === table.Name).length === 1;
    if (trouble !== undefined || !isUnique || table.DatabaseName === "main") continue;
    const name = identifier(table.Name);
    await engine.run(`CREATE VIEW main.${name} AS FROM ${identifier(table.DatabaseName)}.${name}`);
  }
  return views;
}

async function makeView(engine: Engine, table: Table, relation: string): Promise<void> {
  const schema = identifier(table.DatabaseName);
  await engine.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await engine.run(`CREATE OR REPLACE VIEW ${schema}.${identifier(table.Name)} AS SELECT * FROM ${relation}`);
}

/** The columns that the catalog states, without rows. */
function emptyRelation({ StorageDescriptor, PartitionKeys }: Table): string {
  const columns = [...StorageDescriptor.Columns, ...PartitionKeys].map(
    ({ Name, Type }) => `NULL::${duckdbType(Type)} AS ${identifier(Name)}`,
  );
  return `(SELECT ${columns.length === 0 ? "NULL AS nothing" : columns.join(", ")} WHERE false)`;
}

/** Brings the columns that the query reads; returns the files that it may open. */
async function fetchNeeded(engine: Engine, sql: string, views: readonly View[]): Promise<string[]> {
  const isElsewhere = views.some(({ table }) => isRemote(table.StorageDescriptor.Location));
  const needed = isElsewhere ? await neededColumns(engine, sql) : () => [];
  const paths: string[] = [];
  for (const { table, source } of views) {
    if (source === undefined) continue;
    const { relation, paths: fetched } = await source.fetch(needed(source.columns.map(({ name }) => name)));
    paths.push(...source.paths, ...fetched);
    if (relation !== source.relation) await makeView(engine, table, relation);
  }
  return paths;
}

async function lock(engine: Engine, paths: readonly string[]): Promise<void> {
  await engine.run(`SET allowed_paths = ${stringList(paths)}`);
  await engine.run("SET enable_external_access = false");
  await engine.run("SET lock_configuration = true");
}

async function* explained<T>(views: readonly View[], rows: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* rows;
  } catch (error) {
    throw inWords(error, views);
  }
}

async function guarded<T>(views: readonly View[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inWords(error, views);
  }
}

/** DuckDB's refusals are the user's to mend; anything else is ours. */
function inWords(error: unknown, views: readonly View[]): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const [first = ""] = error.message.split("\n", 1);
  if (/^Permission Error/.test(first)) {
    const path = /"([^"]*)"/.exec(first)?.[1];
    return new UserError({
      code: "sql-not-allowed",
      message: `${path ?? "This query"}: \`bisonflow sql\` reads the files of the catalog's tables and no others.`,
      hint: "Look at a single file with `bisonflow preview FILE`, or add its folder with `bisonflow crawl FOLDER`.",
      cause: error,
    });
  }
  if (!/^[A-Z][A-Za-z ]* Error: /.test(first) || /^(INTERNAL|Internal|Fatal)/.test(first)) return error;
  const missing = /Table with name (?:\S+\.)?"?(\S+?)"? does not exist/.exec(first)?.[1]?.toLowerCase();
  const trouble = views.find((view) => view.trouble !== undefined && view.table.Name === missing)?.trouble;
  if (trouble !== undefined) return trouble;
  const names = views.map(({ table }) => `${table.DatabaseName}.${table.Name}`);
  return new UserError({
    code: "sql-wrong",
    message: `The query failed: ${first.replace(/^[A-Za-z ]* Error: /, "")}`,
    hint:
      names.length > 0
        ? `Columns of a table: bisonflow catalog show ${names[0]}`
        : "It names no table of the catalog; see what there is with `bisonflow catalog list`.",
    cause: error,
  });
}
