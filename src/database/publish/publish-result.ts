import { createHash } from "node:crypto";
import type pg from "pg";
import { type Engine, identifier, openEngine } from "../../engine/index.ts";
import type { Store } from "../../store/index.ts";
import { type DataIssue, UserError } from "../../trouble/index.ts";
import { openSession } from "../connect/open-session.ts";
import type { Credentials } from "../secret/find-credentials.ts";
import { type DatabaseTarget, nameOfTarget } from "../target/target.ts";
import type { Geometry } from "./column-types.ts";
import { addReferences, loadTables, temporaryName } from "./load-tables.ts";
import { databaseName } from "./plan-tables.ts";
import type { PublishEvent } from "./publish-event.ts";
import { publishTrouble } from "./publish-trouble.ts";
import { type Result, readResult } from "./result-folder.ts";
import {
  contentOf,
  listTable,
  type Published,
  readPublished,
  runTable,
  writeRunTables,
} from "./run-tables.ts";
import { checkSwap, type Swap, swapTables } from "./swap-tables.ts";

/** What publishing did. */
export interface PublishReport {
  readonly database: string;
  readonly schema: string;
  /** `unchanged` when the same result stood there already. */
  readonly change: "published" | "replaced" | "unchanged";
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly rows: number;
  /** Tables of an earlier publish that this result does not have, now gone. */
  readonly removed: readonly string[];
  readonly geometry: "postgis" | "bytea";
  readonly issues: readonly DataIssue[];
  /** What a reader should know. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** What to publish, and where. */
export interface PublishOptions {
  /** Folder (or prefix) of a run. */
  readonly out: string;
  readonly store: Store;
  readonly target: DatabaseTarget;
  readonly credentials: Credentials;
  /** Made when it is not there. Default `bison`. */
  readonly schema?: string | undefined;
  readonly observe?: ((event: PublishEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads a run's tables and regions into a PostgreSQL schema: in one transaction, by COPY, into new tables that take
 * the old ones' place with keys, indexes and comments. Stopped anywhere, nothing changes. The same result again
 * changes nothing; of two at once the second waits. Shapes are PostGIS geometry where the extension is there, and
 * bytea (WKB) where it is not. Throws a UserError for a folder that is no run, for missing rights, and where
 * others' tables or views stand in the way.
 *
 * @example
 * ```ts
 * import { findCredentials, parseDatabaseUrl, publishResult } from "bisonflow/database";
 * import { localStore } from "bisonflow/store";
 * const { target, password } = parseDatabaseUrl("postgres://ada@127.0.0.1:1/bison");
 * const credentials = await findCredentials(target, { password, sources: {} });
 * const options = { out: "/no/such/run", store: localStore(), target, credentials };
 * await publishResult(options).catch(({ code }) => console.log(code)); // result-not-a-run
 * ```
 */
export async function publishResult(options: PublishOptions): Promise<PublishReport> {
  const { target, credentials, signal } = options;
  const schema = checkedSchema(options.schema ?? "bison");
  const start = performance.now();
  const result = await readResult(options.store, options.out);
  const phase = { isCommitting: false };
  const session = await openSession(target, credentials, { signal }).catch((error) => {
    throw publishTrouble(error, { target, schema, phase, signal });
  });
  const engine = await openEngine({ threads: 1, memoryLimitMiB: 512 });
  try {
    const report = await inTransaction(session.client, phase, () =>
      publish({ ...options, schema, result, engine, client: session.client }),
    );
    const seconds = (performance.now() - start) / 1000;
    return { database: nameOfTarget(session.target), schema, ...report, seconds };
  } catch (error) {
    throw publishTrouble(error, { target: session.target, schema, phase, signal });
  } finally {
    engine.close();
    await session.close();
  }
}

async function inTransaction<T>(
  client: pg.Client,
  phase: { isCommitting: boolean },
  work: () => Promise<T>,
): Promise<T> {
  // A search path of its own: names are all written with their schema. Time limits of the role are for others' queries.
  await client.query(`BEGIN;
SET LOCAL search_path = pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL lock_timeout = '10min';
SET LOCAL client_min_messages = warning`);
  const value = await work();
  phase.isCommitting = true;
  await client.query("COMMIT");
  return value;
}

interface Work extends PublishOptions {
  readonly schema: string;
  readonly result: Result;
  readonly engine: Engine;
  readonly client: pg.Client;
}

type Outcome = Omit<PublishReport, "database" | "schema" | "seconds">;

async function publish(work: Work): Promise<Outcome> {
  const { client, schema, result } = work;
  await takeTurn(work);
  const geometry = await geometryOf(client);
  const content = contentOf(result, geometry);
  const before = await readPublished(client, schema);
  const notes = notesOf(geometry, result);
  if (before?.content === content && (await isWhole(client, schema, before))) {
    const rows = before.tables.reduce((sum, table) => sum + table.rows, 0);
    const same = { change: "unchanged", tables: before.tables, rows, removed: [] } as const;
    return { ...same, geometry: geometry.as, issues: [], notes };
  }
  if (before === undefined) await makeSchema(client, schema);
  const old = await standing(client, schema, before);
  const names = [...result.files.map(({ name }) => databaseName(name)), runTable, listTable];
  await checkSwap(client, { schema, names, old });
  const planned = await loadTables({ ...work, geometry });
  await addReferences(client, { schema, loaded: planned, notes });
  const tables = planned.map(({ table, rows }) => ({ name: table.name, rows }));
  const swaps = planned.map(({ temporary, table }) => ({ temporary, name: table.name }));
  const own = { run: temporaryName("run"), list: temporaryName("list") };
  await writeRunTables(client, {
    result,
    content,
    geometry: geometry.as,
    schema,
    names: own,
    tables: planned.map(({ table, rows }) => ({
      name: table.name,
      rows,
      path: table.file.path,
      sha256: table.file.sha256,
    })),
  });
  const all: Swap[] = [
    ...swaps,
    { temporary: own.run, name: runTable },
    { temporary: own.list, name: listTable },
  ];
  await swapTables(client, { schema, swaps: all, old });
  const nuls = planned.reduce((sum, { table }) => sum + table.nuls, 0);
  const here = new Set(all.map(({ name }) => name));
  return {
    change: before === undefined ? "published" : "replaced",
    tables,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    removed: old.filter((name) => !here.has(name)),
    geometry: geometry.as,
    issues:
      nuls === 0
        ? []
        : [
            {
              code: "text-nul",
              count: nuls,
              example: "a NUL in a text, which PostgreSQL does not take, became U+FFFD",
            },
          ],
    notes,
  };
}

/** One publish at a time in a schema; the lock goes with the transaction, however it ends. */
async function takeTurn({ client, schema, observe }: Work): Promise<void> {
  const key = createHash("sha256").update(`bisonflow publish ${schema}`).digest().readBigInt64BE().toString();
  const { rows } = await client.query<{ mine: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS mine", [
    key,
  ]);
  if (rows[0]?.mine === true) return;
  observe?.({ type: "waiting", message: `Another publish is at work on schema ${schema}: waiting for it.` });
  await client.query("SELECT pg_advisory_xact_lock($1)", [key]);
}

async function geometryOf(client: pg.Client): Promise<Geometry> {
  const { rows } = await client.query<{ nspname: string }>(
    `SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'`,
  );
  const [extension] = rows;
  return extension === undefined ? { as: "bytea" } : { as: "postgis", schema: extension.nspname };
}

function notesOf(geometry: Geometry, { files }: Result): string[] {
  if (geometry.as === "postgis" || files.every(({ kind }) => kind !== "map")) return [];
  return [
    "The database has no PostGIS, so shapes are WKB in bytea columns. With it (CREATE EXTENSION postgis, then publish again) they are geometry.",
  ];
}

/** Whether all that was published is still there, with as many rows. */
async function isWhole(client: pg.Client, schema: string, { tables }: Published): Promise<boolean> {
  for (const { name, rows } of tables) {
    const at = `${identifier(schema)}.${identifier(name)}`;
    const { rows: there } = await client.query<{ there: boolean }>(
      "SELECT to_regclass($1) IS NOT NULL AS there",
      [at],
    );
    if (there[0]?.there !== true) return false;
    const { rows: counted } = await client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${at}`);
    if (Number(counted[0]?.rows) !== rows) return false;
  }
  return true;
}

async function makeSchema(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  if (rows.length === 0) await client.query(`CREATE SCHEMA ${identifier(schema)}`);
}

/** Tables of the earlier publish that are still there, the two that list them among them. */
async function standing(client: pg.Client, schema: string, before: Published | undefined): Promise<string[]> {
  if (before === undefined) return [];
  const names = [...before.tables.map(({ name }) => name), runTable, listTable];
  const { rows } = await client.query<{ relname: string }>(
    `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = ANY($2) AND c.relkind = 'r' ORDER BY 1`,
    [schema, names],
  );
  return rows.map(({ relname }) => relname);
}

function checkedSchema(schema: string): string {
  if (schema !== "" && Buffer.byteLength(schema) <= 63 && !/^pg_|^information_schema$|\0/.test(schema))
    return schema;
  throw new UserError({
    code: "schema-invalid",
    message: `${JSON.stringify(schema)}: no name for a schema of one's own; 1 to 63 bytes were expected, not beginning with pg_.`,
    hint: "Choose another: --schema bison.",
  });
}
