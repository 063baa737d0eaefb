import type pg from "pg";
import { identifier } from "../../engine/index.ts";

/** A table or view of a database. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "view";
  readonly comment?: string | undefined;
  readonly bytes: number;
  /** Undefined where the server has no idea. */
  readonly rows?: number | undefined;
  readonly columns: readonly RelationColumn[];
}

/** A column of it. */
export interface RelationColumn {
  readonly name: string;
  readonly typeName: string;
  readonly formatted: string;
  readonly isArray: boolean;
  readonly comment?: string | undefined;
}

interface Row {
  oid: string;
  schema: string;
  name: string;
  kind: string;
  comment: string | null;
  bytes: string;
  rows: number;
  columns: { name: string; type: string; formatted: string; array: boolean; comment: string | null }[] | null;
}

/**
 * The tables and views that the user may read, sorted; those of extensions and the parts of partitioned tables are
 * left out. Rows are the server's estimate: from its statistics, else from its planner.
 */
export async function listRelations(client: pg.Client, schemas: readonly string[]): Promise<Relation[]> {
  const { rows } = await client.query<Row>(relationsSql, [schemas.length === 0 ? null : schemas]);
  const found: Relation[] = [];
  for (const row of rows) {
    const isCounted = row.rows >= 0 && (row.kind === "r" || row.kind === "m");
    found.push({
      schema: row.schema,
      name: row.name,
      kind: row.kind === "v" || row.kind === "m" ? "view" : "table",
      comment: row.comment ?? undefined,
      bytes: Number(row.bytes),
      rows: isCounted ? Math.round(row.rows) : await plannedRows(client, row.schema, row.name),
      columns: (row.columns ?? []).map((column) => ({
        name: column.name,
        typeName: column.type,
        formatted: column.formatted,
        isArray: column.array,
        comment: column.comment ?? undefined,
      })),
    });
  }
  return found;
}

/** Schemas that the user may look into. */
export async function listSchemas(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_catalog.pg_namespace
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'USAGE') ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

/** What the planner expects of a table without statistics, or a view; reads no row. */
async function plannedRows(client: pg.Client, schema: string, name: string): Promise<number | undefined> {
  await client.query("SAVEPOINT planned");
  try {
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] }>(
      `EXPLAIN (FORMAT JSON) SELECT * FROM ${identifier(schema)}.${identifier(name)}`,
    );
    return rows[0]?.["QUERY PLAN"][0].Plan["Plan Rows"];
  } catch {
    // A view over what is gone, a foreign server that is down: no reason not to list it.
    await client.query("ROLLBACK TO SAVEPOINT planned");
    return undefined;
  }
}

const relationsSql = `
SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
  obj_description(c.oid, 'pg_class') AS comment,
  CASE WHEN c.relkind = 'p'
    THEN (SELECT coalesce(sum(pg_total_relation_size(t.relid)), 0) FROM pg_partition_tree(c.oid) t)
    ELSE pg_total_relation_size(c.oid) END::text AS bytes,
  c.reltuples AS rows,
  (SELECT json_agg(json_build_object(
      'name', a.attname,
      'type', b.typname,
      'formatted', format_type(b.oid, CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END),
      'array', b.typelem <> 0 AND b.typlen = -1 AND b.typcategory = 'A',
      'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND ($1::text[] IS NULL OR n.nspname = ANY($1))
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 2, 3`;
