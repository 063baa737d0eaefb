import { crawlerName } from "../../catalog/crawl/describe-table.ts";
import type { Catalog, CrawledTable, CrawlResult, Table } from "../../catalog/index.ts";
import { UserError } from "../../trouble/index.ts";
import { openSession, type Session } from "../connect/open-session.ts";
import { statementTrouble } from "../connect/server-trouble.ts";
import type { Credentials } from "../secret/find-credentials.ts";
import { type DatabaseTarget, nameOfTarget } from "../target/target.ts";
import { type CrawlSource, describeRelation, serverOf, serverParameter } from "./describe-relation.ts";
import { listRelations, listSchemas, type Relation } from "./list-relations.ts";

/** What to crawl, and where its tables go. */
export interface DatabaseCrawlOptions {
  readonly catalog: Catalog;
  readonly target: DatabaseTarget;
  readonly credentials: Credentials;
  /** Name of the connection, kept with each table. */
  readonly connection?: string | undefined;
  /** Schemas to look into; all that the user may when empty. */
  readonly schemas?: readonly string[] | undefined;
  /** The catalog's database; made when it is not there. Default `bison_metadata`. */
  readonly database?: string | undefined;
  /** In front of every table's name. */
  readonly tablePrefix?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the tables and views of a PostgreSQL database into a catalog: columns with Hive's types, comments, rows
 * and bytes by the server's own estimate. No row is read. Running it again changes what changed; tables of an earlier
 * crawl of these schemas that are gone are removed. Throws a UserError `schema-not-found` or `no-tables-found`.
 *
 * @example
 * ```ts
 * import { localCatalog } from "bisonflow/catalog";
 * import { crawlDatabase, findCredentials, parseDatabaseUrl } from "bisonflow/database";
 * const { target, password } = parseDatabaseUrl("postgres://ada@127.0.0.1:1/bison");
 * const credentials = await findCredentials(target, { password, sources: {} });
 * const catalog = localCatalog("/tmp/catalog-of-nobody");
 * await crawlDatabase({ catalog, target, credentials }).catch(({ code }) => console.log(code)); // database-refused
 * ```
 */
export async function crawlDatabase(options: DatabaseCrawlOptions): Promise<CrawlResult> {
  const { catalog, target, database = "bison_metadata", schemas = [] } = options;
  const session = await openSession(target, options.credentials, { signal: options.signal });
  let relations: Relation[];
  try {
    relations = await readRelations(session, schemas);
  } finally {
    await session.close();
  }
  const source: CrawlSource = { target, connection: options.connection };
  const described = relations.map((relation) =>
    describeRelation(relation, { source, database, prefix: options.tablePrefix ?? "" }),
  );
  const { created } = await catalog.createDatabase({ Name: database });
  const tables: CrawledTable[] = [];
  for (const table of unambiguous(described)) tables.push(await register(catalog, table));
  tables.push(...(await removeGone({ catalog, database, target, schemas, found: tables })));
  tables.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { database, databaseCreated: created, tables, strays: [], unreadable: [] };
}

async function readRelations({ client, target }: Session, schemas: readonly string[]): Promise<Relation[]> {
  const where = nameOfTarget(target);
  try {
    // One snapshot, and nothing that could change anything.
    await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const there = await listSchemas(client);
    const missing = schemas.find((schema) => !there.includes(schema));
    if (missing !== undefined) {
      throw new UserError({
        code: "schema-not-found",
        message: `${where}: no schema ${missing} that ${target.user} may look into.`,
        hint: `There are ${there.join(", ")}. Letter case counts.`,
      });
    }
    const relations = await listRelations(client, schemas);
    await client.query("COMMIT");
    if (relations.length > 0) return relations;
  } catch (error) {
    throw statementTrouble(error, target, "looking at its tables") ?? error;
  }
  throw new UserError({
    code: "no-tables-found",
    message: `${where}: no table that ${target.user} may read${schemas.length === 0 ? "" : ` in ${schemas.join(", ")}`}.`,
    hint: "Its owner says: GRANT USAGE ON SCHEMA …; GRANT SELECT ON ALL TABLES IN SCHEMA …",
  });
}

/** Where two tables would have one name in the catalog, the later ones get a number. */
function unambiguous(tables: readonly Table[]): Table[] {
  const taken = new Set<string>();
  return tables.map((table) => {
    let name = table.Name;
    for (let i = 2; taken.has(name); i++) name = `${table.Name.slice(0, 250)}_${i}`;
    taken.add(name);
    return name === table.Name ? table : { ...table, Name: name };
  });
}

async function register(catalog: Catalog, found: Table): Promise<CrawledTable> {
  const before = await catalog.getTable(found.DatabaseName, found.Name);
  const table = before === undefined ? found : withEdits(found, before);
  const change = await catalog.putTable(table);
  const moved = before?.StorageDescriptor.Location;
  return {
    ...rowOf(table, change),
    ...(moved === undefined || moved === table.StorageDescriptor.Location ? {} : { movedFrom: moved }),
  };
}

function rowOf(table: Table, change: CrawledTable["change"]): CrawledTable {
  return {
    name: table.Name,
    change,
    location: table.StorageDescriptor.Location,
    format: "postgresql",
    files: 0,
    rows: Number(table.Parameters.recordCount ?? 0),
    rowsAreExact: false,
    bytes: Number(table.Parameters.sizeKey ?? 0),
    columns: table.StorageDescriptor.Columns.length,
    partitionKeys: [],
    partitions: { added: 0, updated: 0, unchanged: 0, gone: 0 },
    drift: [],
    differences: [],
    clashes: [],
  };
}

/** What people wrote into a record stays where the database itself says nothing. */
function withEdits(table: Table, before: Table): Table {
  const comments = new Map(before.StorageDescriptor.Columns.map(({ Name, Comment }) => [Name, Comment]));
  const ours = new Set(["recordCount", "recordCountIsEstimate", "averageRecordSize", "connectionName"]);
  const theirs = Object.entries(before.Parameters).filter(([name]) => !ours.has(name));
  const description = table.Description ?? before.Description;
  return {
    ...table,
    ...(description === undefined ? {} : { Description: description }),
    Parameters: { ...Object.fromEntries(theirs), ...table.Parameters },
    StorageDescriptor: {
      ...table.StorageDescriptor,
      Columns: table.StorageDescriptor.Columns.map((column) => {
        const comment = column.Comment ?? comments.get(column.Name);
        return comment === undefined ? column : { ...column, Comment: comment };
      }),
    },
  };
}

/** Removes what an earlier crawl found in these schemas of this database and this one did not. */
async function removeGone(options: {
  catalog: Catalog;
  database: string;
  target: DatabaseTarget;
  schemas: readonly string[];
  found: readonly CrawledTable[];
}): Promise<CrawledTable[]> {
  const { catalog, database, target, schemas, found } = options;
  const here = new Set(found.map(({ name }) => name));
  const fronts =
    schemas.length === 0 ? [`${target.database}.`] : schemas.map((schema) => `${target.database}.${schema}.`);
  const gone: CrawledTable[] = [];
  for (const table of await catalog.listTables(database)) {
    const { Parameters, StorageDescriptor } = table;
    const isOurs =
      Parameters.UPDATED_BY_CRAWLER === crawlerName &&
      Parameters.classification === "postgresql" &&
      Parameters[serverParameter] === serverOf(target) &&
      fronts.some((front) => StorageDescriptor.Location.startsWith(front));
    if (!isOurs || here.has(table.Name)) continue;
    await catalog.deleteTable(database, table.Name);
    gone.push({ ...rowOf(table, "gone"), rows: 0, bytes: 0 });
  }
  return gone;
}
