import type pg from "pg";
import { identifier } from "../../engine/index.ts";
import { UserError } from "../../trouble/index.ts";
import { databaseName } from "./plan-tables.ts";

/** A table that is loaded under a temporary name, and the name that it will have. */
export interface Swap {
  readonly temporary: string;
  readonly name: string;
}

/**
 * Looks, before anything is loaded, whether the tables could be swapped: none of the names is taken by a table that
 * is not ours, and nothing of others hangs on the old ones.
 */
export async function checkSwap(
  client: pg.Client,
  options: { schema: string; names: readonly string[]; old: readonly string[] },
): Promise<void> {
  const { schema, names, old } = options;
  const { rows: taken } = await client.query<{ relname: string }>(
    `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = ANY($2) AND NOT c.relname = ANY($3) ORDER BY 1`,
    [schema, names, old],
  );
  if (taken.length > 0) {
    const list = taken.map(({ relname }) => relname).join(", ");
    throw new UserError({
      code: "publish-table-not-ours",
      message: `Schema ${schema} has ${list} already, which bisonflow did not publish.`,
      hint: "Publish into a schema of its own: --schema NAME.",
    });
  }
  const { rows: hanging } = await client.query<{ what: string }>(
    `WITH ours AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = ANY($2)
    )
    SELECT DISTINCT 'view ' || r.ev_class::regclass::text AS what FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM ours)
    UNION SELECT DISTINCT 'foreign key of ' || conrelid::regclass::text FROM pg_constraint
      WHERE contype = 'f' AND confrelid IN (SELECT oid FROM ours) AND conrelid NOT IN (SELECT oid FROM ours)
    UNION SELECT DISTINCT 'child table ' || inhrelid::regclass::text FROM pg_inherits WHERE inhparent IN (SELECT oid FROM ours)
    ORDER BY 1`,
    [schema, old],
  );
  if (hanging.length > 0) {
    throw new UserError({
      code: "publish-table-in-use",
      message: `Schema ${schema}: its tables cannot be replaced, since these hang on them: ${hanging.map(({ what }) => what).join(", ")}.`,
      hint: "Drop those first and make them again afterwards, or publish into another schema: --schema NAME.",
    });
  }
}

/** Takes the old tables away and gives the new ones their names, and the rights that others had on the old ones. */
export async function swapTables(
  client: pg.Client,
  options: { schema: string; swaps: readonly Swap[]; old: readonly string[] },
): Promise<void> {
  const { schema, swaps, old } = options;
  const at = (name: string): string => `${identifier(schema)}.${identifier(name)}`;
  const grants = await readGrants(client, schema, old);
  if (old.length > 0) await client.query(`DROP TABLE ${old.map(at).join(", ")}`);
  for (const { temporary, name } of swaps) {
    await client.query(`ALTER TABLE ${at(temporary)} RENAME TO ${identifier(name)}`);
    await renameParts(client, { schema, name, temporary });
    for (const grant of grants.get(name) ?? []) await client.query(grant);
  }
}

/** Indexes and constraints are called after the table. */
async function renameParts(
  client: pg.Client,
  { schema, name, temporary }: { schema: string; name: string; temporary: string },
): Promise<void> {
  const { rows } = await client.query<{ part: string; constraint: boolean }>(
    `SELECT i.relname AS part, false AS constraint FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
      WHERE x.indrelid = $1::regclass AND i.relname LIKE $2 || '%'
     UNION ALL SELECT conname, true FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'f' AND conname LIKE $2 || '%'`,
    [`${identifier(schema)}.${identifier(name)}`, temporary],
  );
  for (const { part, constraint } of rows) {
    const to = identifier(databaseName(`${name}${part.slice(temporary.length)}`));
    await client.query(
      constraint
        ? `ALTER TABLE ${identifier(schema)}.${identifier(name)} RENAME CONSTRAINT ${identifier(part)} TO ${to}`
        : `ALTER INDEX ${identifier(schema)}.${identifier(part)} RENAME TO ${to}`,
    );
  }
}

async function readGrants(
  client: pg.Client,
  schema: string,
  tables: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{
    relname: string;
    grantee: string | null;
    right: string;
    option: boolean;
  }>(
    `SELECT c.relname, r.rolname AS grantee, a.privilege_type AS right, a.is_grantable AS option
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
     WHERE n.nspname = $1 AND c.relname = ANY($2) AND a.grantee <> c.relowner AND (a.grantee = 0 OR r.oid IS NOT NULL)`,
    [schema, tables],
  );
  const grants = new Map<string, string[]>();
  for (const { relname, grantee, right, option } of rows) {
    const to = grantee === null ? "PUBLIC" : identifier(grantee);
    const text = `GRANT ${right} ON ${identifier(schema)}.${identifier(relname)} TO ${to}${option ? " WITH GRANT OPTION" : ""}`;
    grants.set(relname, [...(grants.get(relname) ?? []), text]);
  }
  return grants;
}
