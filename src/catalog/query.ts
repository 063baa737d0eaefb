import { availableParallelism } from "node:os";
import { type Engine, identifier, openEngine, stringList } from "../engine/index.ts";
import type { Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import type { Catalog, Table } from "./catalog.ts";
import { jsonRows, textRows } from "./rows.ts";
import { openCatalogTable, type TableSource } from "./table-source.ts";

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
 * and nothing else: it can write nothing, read no other file, load nothing and change no setting. Throws a
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
    await makeViews({ engine, store, tables, sources, skipMissing: wantsAll });
    await lock(engine, sources);
    const columns = await guarded(tables, () => engine.columns(`SELECT * FROM (\n${sql}\n)`));
    return {
      columns,
      texts: () => explained(tables, textRows(engine, sql)),
      jsonLines: () => explained(tables, jsonRows(engine, sql)),
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

/** Tables whose names stand in the text, all without one. */
async function tablesFor(catalog: Catalog, sql: string | undefined): Promise<Table[]> {
  const text = sql?.toLowerCase();
  const tables: Table[] = [];
  for (const { Name } of await catalog.listDatabases()) tables.push(...(await catalog.listTables(Name)));
  return tables.filter(({ Name }) => text === undefined || text.includes(Name));
}

async function makeViews(options: {
  engine: Engine;
  store: Store;
  tables: readonly Table[];
  /** Filled with what was opened, so that it is released even when a later one fails. */
  sources: TableSource[];
  skipMissing: boolean;
}): Promise<void> {
  const { engine, store, tables, sources, skipMissing } = options;
  for (const table of tables) {
    let source: TableSource;
    try {
      source = await openCatalogTable(engine, store, table);
    } catch (error) {
      if (skipMissing && error instanceof UserError && error.code === "table-files-missing") continue;
      throw error;
    }
    sources.push(source);
    const schema = identifier(table.DatabaseName);
    const name = identifier(table.Name);
    await engine.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await engine.run(`CREATE VIEW ${schema}.${name} AS SELECT * FROM ${source.relation}`);
    const isUnique = tables.filter((other) => other.Name === table.Name).length === 1;
    if (isUnique && table.DatabaseName !== "main")
      await engine.run(`CREATE VIEW main.${name} AS FROM ${schema}.${name}`);
  }
}

async function lock(engine: Engine, sources: readonly TableSource[]): Promise<void> {
  const paths = sources.flatMap(({ paths }) => paths);
  await engine.run(`SET allowed_paths = ${stringList(paths)}`);
  await engine.run("SET enable_external_access = false");
  await engine.run("SET lock_configuration = true");
}

async function* explained<T>(tables: readonly Table[], rows: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* rows;
  } catch (error) {
    throw inWords(error, tables);
  }
}

async function guarded<T>(tables: readonly Table[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inWords(error, tables);
  }
}

/** DuckDB's refusals are the user's to mend; anything else is ours. */
function inWords(error: unknown, tables: readonly Table[]): unknown {
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
  const names = tables.map(({ DatabaseName, Name }) => `${DatabaseName}.${Name}`);
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
