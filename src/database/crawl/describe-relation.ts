import { crawlerName } from "../../catalog/crawl/describe-table.ts";
import { type Column, type Table, tableName } from "../../catalog/index.ts";
import type { DatabaseTarget } from "../target/target.ts";
import type { Relation } from "./list-relations.ts";
import { postgresHiveType } from "./postgres-hive-type.ts";

/** Where the tables of a crawl come from, as their records say it. */
export interface CrawlSource {
  readonly target: DatabaseTarget;
  /** Name of the stored (or Glue's) connection, where there is one. */
  readonly connection?: string | undefined;
}

/** The server, which tells tables of two databases of one name apart. */
export const serverParameter = "bisonflowServer";

/** `host:port`, without who logs in. */
export function serverOf({ host, port }: DatabaseTarget): string {
  return `${host}:${port}`;
}

/**
 * The catalog's record of a table in PostgreSQL, as Glue's own crawlers write them: location
 * `database.schema.table`, classification postgresql, no input format (a connection reads it, no file).
 */
export function describeRelation(
  relation: Relation,
  options: { source: CrawlSource; database: string; prefix: string },
): Table {
  const { source } = options;
  const { database } = source.target;
  const rows = relation.rows;
  return {
    DatabaseName: options.database,
    Name: tableName(`${database}_${relation.schema}_${relation.name}`, options.prefix),
    ...(relation.comment === undefined ? {} : { Description: cut(relation.comment, 2048) }),
    TableType: "EXTERNAL_TABLE",
    Parameters: {
      UPDATED_BY_CRAWLER: crawlerName,
      classification: "postgresql",
      compressionType: "none",
      typeOfData: relation.kind,
      [serverParameter]: serverOf(source.target),
      ...(source.connection === undefined ? {} : { connectionName: source.connection }),
      objectCount: "1",
      sizeKey: String(relation.bytes),
      ...(rows === undefined
        ? {}
        : {
            recordCount: String(rows),
            recordCountIsEstimate: "true",
            averageRecordSize: String(rows === 0 ? 0 : Math.round(relation.bytes / rows)),
          }),
    },
    StorageDescriptor: {
      Columns: columnsOf(relation),
      Location: `${database}.${relation.schema}.${relation.name}`,
      InputFormat: "",
      OutputFormat: "",
      SerdeInfo: { SerializationLibrary: "", Parameters: {} },
    },
    PartitionKeys: [],
  };
}

/** A catalog's names are lower case; of two that differ by case alone the later ones get a number. */
function columnsOf({ columns }: Relation): Column[] {
  const taken = new Set<string>();
  return columns.map(({ name, typeName, formatted, isArray, comment }) => {
    const lower = name.toLowerCase();
    let free = lower;
    for (let i = 2; taken.has(free); i++) free = `${lower}_${i}`;
    taken.add(free);
    return {
      Name: free,
      Type: postgresHiveType({ name: typeName, formatted, isArray }),
      ...(comment === undefined ? {} : { Comment: cut(comment, 255) }),
    };
  });
}

/** Glue takes so many characters, and no more. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
