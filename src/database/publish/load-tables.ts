import type pg from "pg";
import { type Engine, identifier } from "../../engine/index.ts";
import type { Store } from "../../store/index.ts";
import type { Geometry } from "./column-types.ts";
import { copyRows } from "./copy-rows.ts";
import { createTableSql, finishSql, type PlannedTable, planTable } from "./plan-tables.ts";
import type { PublishEvent } from "./publish-event.ts";
import { type Result, type ResultFile, stageChecked } from "./result-folder.ts";

/** What loading needs of a publish. */
export interface Loading {
  readonly client: pg.Client;
  readonly engine: Engine;
  readonly store: Store;
  readonly schema: string;
  readonly result: Result;
  readonly geometry: Geometry;
  readonly observe?: ((event: PublishEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A table that stands under a temporary name, filled and finished. */
export interface Loaded {
  readonly table: PlannedTable;
  readonly temporary: string;
  readonly rows: number;
}

/** Loads every file of the result into a table of its own. */
export async function loadTables(loading: Loading): Promise<Loaded[]> {
  const loaded: Loaded[] = [];
  for (const [number, file] of loading.result.files.entries()) {
    loading.signal?.throwIfAborted();
    const staged = await stageChecked(loading.store, file);
    try {
      loaded.push(await load(loading, { file, path: staged.path, number }));
    } finally {
      await staged.release();
    }
  }
  return loaded;
}

async function load(
  { client, engine, schema, geometry, result, observe }: Loading,
  { file, path, number }: { file: ResultFile; path: string; number: number },
): Promise<Loaded> {
  const start = performance.now();
  const table = await planTable(engine, { file, path, geometry, files: result.files });
  const temporary = temporaryName(String(number));
  const at = `${identifier(schema)}.${identifier(temporary)}`;
  await client.query(createTableSql(at, table.columns, table.primaryKey));
  const rows = await copyRows({
    engine,
    client,
    path,
    table: at,
    columns: table.columns,
    onRows: (so) => observe?.({ type: "rows", table: table.name, rows: so }),
  });
  for (const statement of finishSql(schema, temporary, table)) await client.query(statement);
  observe?.({ type: "table", table: table.name, rows, seconds: (performance.now() - start) / 1000 });
  return { table, temporary, rows };
}

/**
 * Adds foreign keys where they hold; a result whose tables do not agree is published without them, which `notes`
 * are told.
 */
export async function addReferences(
  client: pg.Client,
  { schema, loaded, notes }: { schema: string; loaded: readonly Loaded[]; notes: string[] },
): Promise<void> {
  const at = (name: string): string => `${identifier(schema)}.${identifier(name)}`;
  const temporaryOf = new Map(loaded.map(({ table, temporary }) => [table.name, temporary]));
  for (const { table, temporary } of loaded) {
    for (const { column, table: other, key } of table.references) {
      const target = temporaryOf.get(other);
      if (target === undefined) continue;
      await client.query("SAVEPOINT reference");
      try {
        await client.query(
          `ALTER TABLE ${at(temporary)} ADD CONSTRAINT ${identifier(`${temporary}_${column}_fkey`)}
           FOREIGN KEY (${identifier(column)}) REFERENCES ${at(target)} (${identifier(key)})`,
        );
        await client.query("RELEASE SAVEPOINT reference");
      } catch (error) {
        if ((error as { code?: string }).code !== "23503") throw error;
        await client.query("ROLLBACK TO SAVEPOINT reference");
        notes.push(
          `${table.name}.${column} has values that ${other} lacks, so there is no foreign key between them.`,
        );
      }
    }
  }
}

/** A name for a table that is not yet in its place. */
export function temporaryName(what: string): string {
  return `bisonflow_new_${what}`;
}
