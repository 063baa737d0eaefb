import { identifier } from "../../engine/index.ts";
import { UserError } from "../../trouble/index.ts";
import { nameOfTarget } from "../target/target.ts";
import type { Session } from "./open-session.ts";
import { statementTrouble } from "./server-trouble.ts";
import { type Found, outside } from "./step.ts";
import { within } from "./within.ts";

/** What a connection is for. */
export type Purpose = "read" | "publish";

/** What the server is. */
export interface ServerFacts {
  readonly version: string;
  readonly versionNumber: number;
  readonly encoding: string;
  /** It takes no changes: a standby, or a role or database that is set to read only. */
  readonly isReadOnly: boolean;
  readonly postgis?: string | undefined;
}

interface VersionRow {
  version: string;
  number: string;
  encoding: string;
  standby: boolean;
  readOnly: boolean;
  postgis: string | null;
}

/** The first query: who answers, and that it answers. */
export async function askServer(session: Session): Promise<Found<ServerFacts>> {
  const rows = await ask<VersionRow>(
    session,
    `SELECT split_part(version(), ' on ', 1) AS version, current_setting('server_version_num') AS number,
      current_setting('server_encoding') AS encoding, pg_catalog.pg_is_in_recovery() AS standby,
      current_setting('transaction_read_only') = 'on' AS "readOnly",
      (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'postgis') AS postgis`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("Bug in bisonflow: a query without its one row.");
  const postgis = row.postgis ?? undefined;
  return {
    value: {
      version: row.version,
      versionNumber: Number(row.number),
      encoding: row.encoding,
      isReadOnly: row.readOnly,
      postgis,
    },
    seen: `${row.version}, ${postgis === undefined ? "without PostGIS" : `PostGIS ${postgis}`}, encoding ${row.encoding}${row.standby ? ", a read-only standby" : row.readOnly ? ", read only" : ""}`,
    ...(row.encoding === "UTF8"
      ? {}
      : { hint: "Names of places and species may hold letters that this encoding lacks; UTF8 has all." }),
  };
}

interface RightsRow {
  readable: number;
  tables: number;
  createSchema: boolean;
  schemaThere: boolean;
  usage: boolean | null;
  create: boolean | null;
  foreign: string[] | null;
}

/** What the user may do: reads are counted, and what publishing into a schema needs is looked for. */
export async function askRights(
  session: Session,
  options: { purpose: Purpose; schema: string; isReadOnly: boolean },
): Promise<Found<void>> {
  const { purpose, schema } = options;
  const [row] = await ask<RightsRow>(
    session,
    `WITH relation AS (
      SELECT c.oid, c.relowner, n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    )
    SELECT
      (SELECT count(*) FILTER (WHERE has_schema_privilege(nspname, 'USAGE') AND has_any_column_privilege(oid, 'SELECT')) FROM relation)::int AS readable,
      (SELECT count(*) FROM relation)::int AS tables,
      has_database_privilege(current_database(), 'CREATE') AS "createSchema",
      EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1) AS "schemaThere",
      (SELECT has_schema_privilege(oid, 'USAGE') FROM pg_catalog.pg_namespace WHERE nspname = $1) AS usage,
      (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace WHERE nspname = $1) AS create,
      (SELECT array_agg(relname::text ORDER BY relname) FROM relation
        WHERE nspname = $1 AND NOT pg_has_role(relowner, 'USAGE')) AS foreign`,
    [schema],
  );
  if (row === undefined) throw new Error("Bug in bisonflow: a query without its one row.");
  const reads = `may read ${row.readable} of ${row.tables} ${row.tables === 1 ? "table" : "tables"}`;
  const lack = missingRight(session, row, options);
  if (lack === undefined) return { value: undefined, seen: `${reads}; may publish into schema ${schema}` };
  if (purpose === "publish") throw lack;
  return { value: undefined, seen: `${reads}; may not publish into schema ${schema}`, hint: lack.hint };
}

function missingRight(
  session: Session,
  row: RightsRow,
  { schema, isReadOnly }: { schema: string; isReadOnly: boolean },
): UserError | undefined {
  const { target } = session;
  const where = nameOfTarget(target);
  const user = identifier(target.user);
  const right = (message: string, hint: string): UserError =>
    new UserError({ code: "database-right-missing", message: `${where}: ${message}`, hint });
  if (isReadOnly) {
    return outside({
      code: "database-read-only",
      message: `${where}: the server is a standby, or default_transaction_read_only is on: it takes no changes.`,
      hint: "Use the primary (on RDS and Aurora: the writer endpoint), or have the setting changed.",
    });
  }
  if (!row.schemaThere) {
    if (row.createSchema) return undefined;
    return right(
      `there is no schema ${schema}, and ${target.user} may not make one.`,
      `The database's owner says: CREATE SCHEMA ${identifier(schema)} AUTHORIZATION ${user};`,
    );
  }
  if (row.usage !== true || row.create !== true) {
    return right(
      `${target.user} may not make tables in schema ${schema}.`,
      `Its owner says: GRANT USAGE, CREATE ON SCHEMA ${identifier(schema)} TO ${user};`,
    );
  }
  if (row.foreign !== null) {
    return right(
      `${row.foreign.length} tables of schema ${schema} belong to others (${row.foreign.slice(0, 3).join(", ")} …), so ${target.user} could not replace them.`,
      `Publish into another schema (--schema), or let their owner say: ALTER TABLE … OWNER TO ${user};`,
    );
  }
  return undefined;
}

/** A query that must answer within the target's patience. */
async function ask<T extends object>(
  session: Session,
  text: string,
  values: readonly string[] = [],
): Promise<T[]> {
  const { client, target } = session;
  try {
    const answer = await within(target.timeoutSeconds, client.query<T>(text, [...values]), () =>
      outside({
        code: "database-query-timeout",
        message: `${nameOfTarget(target)}: a query that takes milliseconds was not answered in ${target.timeoutSeconds} s.`,
        hint: "The server is overloaded, or a proxy waits for its database: try again later.",
      }),
    );
    return answer.rows;
  } catch (error) {
    throw statementTrouble(error, target, "a first query") ?? error;
  }
}
