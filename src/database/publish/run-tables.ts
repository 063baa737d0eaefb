import { createHash } from "node:crypto";
import type pg from "pg";
import { identifier, literal } from "../../engine/index.ts";
import type { Geometry } from "./column-types.ts";
import type { Result } from "./result-folder.ts";

/** The tables that say what a schema holds. */
export const runTable = "run";
export const listTable = "run_table";

/** How a schema's own tables are known again. */
const mark = "What bisonflow published here";

/** What is published in a schema now. */
export interface Published {
  readonly content: string;
  readonly publishedAt: string;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
}

/** The identity of what would be published: the same for the same run, the same files and the same kind of shapes. */
export function contentOf({ manifest, files }: Result, geometry: Geometry): string {
  const parts = files.map(({ name, sha256 }) => [name, sha256]);
  const text = JSON.stringify(["bisonflow-published-1", manifest.plan, manifest.title, geometry.as, parts]);
  return createHash("sha256").update(text).digest("hex");
}

/** What an earlier publish left in the schema; undefined when nothing of ours is there. */
export async function readPublished(client: pg.Client, schema: string): Promise<Published | undefined> {
  const { rows: marks } = await client.query<{ ours: boolean }>(
    `SELECT coalesce(obj_description(c.oid, 'pg_class') LIKE $2, false) AS ours FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = '${runTable}' AND c.relkind = 'r'`,
    [schema, `${mark}%`],
  );
  if (marks[0]?.ours !== true) return undefined;
  const { rows } = await client.query<{ content: string; published_at: Date }>(
    `SELECT content, published_at FROM ${identifier(schema)}.${identifier(runTable)}`,
  );
  const [run] = rows;
  return {
    content: run?.content ?? "",
    publishedAt: run?.published_at.toISOString() ?? "",
    tables: await listedTables(client, schema),
  };
}

/** The tables of an earlier publish; where somebody has taken their list away, those whose comment says so. */
async function listedTables(client: pg.Client, schema: string): Promise<Published["tables"]> {
  const list = `${identifier(schema)}.${identifier(listTable)}`;
  const { rows: lists } = await client.query<{ there: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS there",
    [list],
  );
  const { rows } =
    lists[0]?.there === true
      ? await client.query<{ name: string; rows: string }>(
          `SELECT table_name AS name, row_count AS rows FROM ${list} ORDER BY table_name`,
        )
      : await client.query<{ name: string; rows: string }>(
          `SELECT c.relname AS name, '-1' AS rows FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = $1 AND c.relkind = 'r' AND obj_description(c.oid, 'pg_class') LIKE '%(bisonflow: %/%.parquet)' ORDER BY 1`,
          [schema],
        );
  return rows.map((row) => ({ name: row.name, rows: Number(row.rows) }));
}

/** Makes the two tables under temporary names and fills them. */
export async function writeRunTables(
  client: pg.Client,
  options: {
    result: Result;
    content: string;
    geometry: string;
    schema: string;
    /** Of `run` and `run_table` until the swap. */
    names: { readonly run: string; readonly list: string };
    tables: readonly {
      readonly name: string;
      readonly rows: number;
      readonly path: string;
      readonly sha256: string;
    }[];
  },
): Promise<void> {
  const { manifest } = options.result;
  const run = `${identifier(options.schema)}.${identifier(options.names.run)}`;
  const list = `${identifier(options.schema)}.${identifier(options.names.list)}`;
  await client.query(`CREATE TABLE ${run} (${runColumns.map(([name, type]) => `${name} ${type}`).join(", ")});
CREATE TABLE ${list} (
  table_name text PRIMARY KEY, row_count bigint NOT NULL, path text NOT NULL, sha256 text NOT NULL
);
COMMENT ON TABLE ${run} IS '${mark}: the run, its sources and their licences';
COMMENT ON TABLE ${list} IS '${mark}: its tables, and the files of the run that they come from';
${runColumns.map(([name, , comment]) => `COMMENT ON COLUMN ${run}.${name} IS ${literal(comment)};`).join("\n")}`);
  const { source, register, records } = manifest;
  const values: readonly unknown[] = [
    options.content,
    manifest.plan,
    manifest.title,
    manifest.synthetic,
    manifest.bisonflow,
    manifest.generatedAt,
    source.description,
    source.snapshotDate ?? null,
    source.doi ?? null,
    source.citation ?? null,
    JSON.stringify(source.licences),
    source.strictestLicence,
    records.read,
    records.kept,
    register?.name ?? null,
    register?.citation ?? null,
    options.geometry,
    // jsonb takes no NUL.
    JSON.stringify(manifest).replaceAll("\\u0000", "\\ufffd"),
  ];
  const names = runColumns.map(([name]) => name).filter((name) => name !== "published_at");
  await client.query(
    `INSERT INTO ${run} (${names.join(", ")}) VALUES (${names.map((_, i) => `$${i + 1}`).join(", ")})`,
    [...values],
  );
  for (const { name, rows, path, sha256 } of options.tables)
    await client.query(`INSERT INTO ${list} VALUES ($1, $2, $3, $4)`, [name, rows, path, sha256]);
}

const runColumns: readonly (readonly [name: string, type: string, comment: string])[] = [
  ["content", "text PRIMARY KEY", "Identity of what is published: the same for the same result"],
  ["plan", "text NOT NULL", "Identity of the plan: the same for the same inputs, parameters and code"],
  ["title", "text NOT NULL", "Title of the run"],
  ["synthetic", "boolean NOT NULL", "The records are invented"],
  ["bisonflow", "text NOT NULL", "Version that made the result"],
  ["generated_at", "timestamptz NOT NULL", "When the result was finished"],
  ["source", "text NOT NULL", "Where the records come from"],
  ["snapshot_date", "text", "Date of the snapshot"],
  ["doi", "text", "DOI of the records' download"],
  ["citation", "text", "How to cite the records"],
  ["licences", "jsonb NOT NULL", "Licences of the single records, with how many carry each"],
  ["strictest_licence", "text", "What these tables inherit"],
  ["records_read", "bigint NOT NULL", "Records read"],
  ["records_kept", "bigint NOT NULL", "Records kept; the table dropped says why others were not"],
  ["register", "text", "Register of introduced and invasive species"],
  ["register_citation", "text", "How to cite the register"],
  ["geometry", "text NOT NULL", "How shapes are kept: postgis or bytea"],
  ["manifest", "jsonb NOT NULL", "The whole manifest.json of the run"],
  ["published_at", "timestamptz NOT NULL DEFAULT now()", "When this was published"],
];
