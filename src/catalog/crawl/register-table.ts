import type { Catalog, Change, Table } from "../catalog.ts";
import { crawlerName, type DescribedTable } from "./describe-table.ts";
import type { Drift } from "./merge-schemas.ts";

/** A table that a crawl found, or found gone. */
export interface CrawledTable {
  readonly name: string;
  readonly change: Change | "gone";
  readonly location: string;
  /** The location before, where it is another now. */
  readonly movedFrom?: string | undefined;
  readonly format: string;
  readonly files: number;
  readonly rows: number;
  /** False where the rows of a large text file are estimated from its length. */
  readonly rowsAreExact: boolean;
  readonly bytes: number;
  readonly columns: number;
  readonly partitionKeys: readonly string[];
  readonly partitions: Readonly<Record<Change | "gone", number>>;
  readonly drift: readonly Drift[];
}

/** Writes a table and its partitions, and says what that changed. */
export async function registerTable(catalog: Catalog, found: DescribedTable): Promise<CrawledTable> {
  const { DatabaseName, Name } = found.table;
  const before = await catalog.getTable(DatabaseName, Name);
  const table = before === undefined ? found.table : withEdits(found.table, before);
  const change = await catalog.putTable(table);
  const partitions = { added: 0, updated: 0, unchanged: 0, gone: 0 };
  if (table.PartitionKeys.length > 0) {
    const here = new Set(found.partitions.map(({ Values }) => JSON.stringify(Values)));
    const all = (await catalog.listPartitions(DatabaseName, Name)).map(({ Values }) => Values);
    partitions.gone = await catalog.deletePartitions(
      DatabaseName,
      Name,
      all.filter((values) => !here.has(JSON.stringify(values))),
    );
    Object.assign(partitions, await catalog.putPartitions(DatabaseName, Name, found.partitions));
  }
  const location = table.StorageDescriptor.Location;
  const oldLocation = before?.StorageDescriptor.Location;
  return {
    name: Name,
    change:
      change === "unchanged" && partitions.added + partitions.updated + partitions.gone > 0
        ? "updated"
        : change,
    location,
    ...(oldLocation === undefined || oldLocation === location ? {} : { movedFrom: oldLocation }),
    format: table.Parameters.classification ?? "",
    files: Number(table.Parameters.objectCount),
    rows: found.rows,
    rowsAreExact: found.rowsAreExact,
    bytes: found.bytes,
    columns: table.StorageDescriptor.Columns.length,
    partitionKeys: table.PartitionKeys.map((key) => key.Name),
    partitions,
    drift: found.drift,
  };
}

/** What people wrote into a record stays; what a crawl knows (types, figures, formats) is the files'. */
function withEdits(table: Table, before: Table): Table {
  const comments = new Map(before.StorageDescriptor.Columns.map(({ Name, Comment }) => [Name, Comment]));
  const ours = new Set([
    "exclusions",
    "geoparquet",
    "delimiter",
    "skip.header.line.count",
    "columnsOrdered",
    "recordCountIsEstimate",
  ]);
  const theirs = Object.entries(before.Parameters).filter(([name]) => !ours.has(name));
  return {
    ...table,
    Description: before.Description,
    Parameters: { ...Object.fromEntries(theirs), ...table.Parameters },
    StorageDescriptor: {
      ...table.StorageDescriptor,
      Columns: table.StorageDescriptor.Columns.map((column) => ({
        ...column,
        Comment: comments.get(column.Name),
      })),
    },
  };
}

/** Removes the tables that an earlier crawl found under `folder` and this one did not. */
export async function removeGone(options: {
  catalog: Catalog;
  database: string;
  folder: string;
  found: readonly CrawledTable[];
  /** Files whose tables stay in any case. */
  kept: readonly string[];
}): Promise<CrawledTable[]> {
  const { catalog, database, folder, found, kept } = options;
  const here = new Set(found.map(({ name }) => name));
  const gone: CrawledTable[] = [];
  for (const table of await catalog.listTables(database)) {
    const { Location } = table.StorageDescriptor;
    const isOurs = table.Parameters.UPDATED_BY_CRAWLER === crawlerName && Location.startsWith(folder);
    if (!isOurs || here.has(table.Name) || kept.some((uri) => uri.startsWith(Location))) continue;
    await catalog.deleteTable(database, table.Name);
    gone.push({
      name: table.Name,
      change: "gone",
      location: Location,
      format: table.Parameters.classification ?? "",
      files: 0,
      rows: 0,
      rowsAreExact: true,
      bytes: 0,
      columns: table.StorageDescriptor.Columns.length,
      partitionKeys: table.PartitionKeys.map(({ Name }) => Name),
      partitions: { added: 0, updated: 0, unchanged: 0, gone: 0 },
      drift: [],
    });
  }
  return gone;
}
