import type { Store } from "../../store/index.ts";
import type { Catalog, Change, Table } from "../catalog.ts";
import { otherKind } from "../other-kind.ts";
import { type DescribedTable, sourceParameter } from "./describe-table.ts";
import type { Clash } from "./find-clashes.ts";
import type { MemberFile } from "./group-tables.ts";
import { type Difference, isLinked, isOurs, keepEdits, writtenParameter, writtenText } from "./keep-edits.ts";
import type { Drift } from "./merge-schemas.ts";
import type { TablePlace } from "./place-table.ts";
import { removeLinks, writeLinks } from "./write-links.ts";

/** A table that a crawl found, or found gone. */
export interface CrawledTable {
  readonly name: string;
  /** `left` where a table of this name that is not ours stands for other files, or is of another kind. */
  readonly change: Change | "gone" | "left";
  /** The table's folder or file. */
  readonly location: string;
  /** The location before, where it is another now; of a table that is left, its own. */
  readonly movedFrom?: string | undefined;
  /** The folder with lists of the table's files to which Athena and its kin are pointed, where there is one. */
  readonly links?: string | undefined;
  /** Why Athena and its kin cannot read the table, where they can't. */
  readonly trouble?: string | undefined;
  readonly format: string;
  readonly files: number;
  readonly rows: number;
  /** False where the rows of a large text file are estimated from its length. */
  readonly rowsAreExact: boolean;
  readonly bytes: number;
  readonly columns: number;
  readonly partitionKeys: readonly string[];
  readonly partitions: Readonly<Record<Change | "gone", number>>;
  /** How files of the table differ from each other. */
  readonly drift: readonly Drift[];
  /** Columns in which the files differ more than Athena and its kin can bear. */
  readonly clashes: readonly Clash[];
  /** How the catalog's record differed from the files, and what became of that. */
  readonly differences: readonly Difference[];
}

/** A table that is to be written, with its files. */
export interface FoundTable extends DescribedTable {
  readonly place: TablePlace;
  readonly members: readonly MemberFile[];
}

/** Where tables are written. */
export interface RegisterOptions {
  readonly catalog: Catalog;
  readonly store: Store;
  /** Columns and formats that people changed in the catalog follow the files again. */
  readonly overwrite: boolean;
}

/** Writes a table and its partitions, and says what that changed. */
export async function registerTable(
  { catalog, store, overwrite }: RegisterOptions,
  found: FoundTable,
): Promise<CrawledTable> {
  const { DatabaseName, Name } = found.table;
  const before = await catalog.getTable(DatabaseName, Name);
  const oldSource = before === undefined ? undefined : sourceOf(before);
  const isElsewhere = oldSource?.replace(/\/*$/, "") !== found.place.source.replace(/\/*$/, "");
  const isTheirs = before !== undefined && !isOurs(before);
  // Of an Iceberg table the files at its location are not the table: its record is never ours to write.
  if (isTheirs && ((isElsewhere && !overwrite) || otherKind(before) !== undefined))
    return { ...figuresOf(found, before), change: "left", movedFrom: oldSource };
  const { table, differences } =
    before === undefined
      ? { table: noted(found.table), differences: [] }
      : keepEdits(found.table, before, { overwrite });
  // The lists first: a table in the catalog can be read at once.
  if (found.place.isLinked) await writeLinks(store, found.place.location, found.members);
  const change = await catalog.putTable(table);
  const partitions = await registerPartitions(catalog, table, found);
  const hasNews = partitions.added + partitions.updated + partitions.gone > 0;
  return {
    ...figuresOf(found, table),
    change: change === "unchanged" && hasNews ? "updated" : change,
    ...(oldSource === undefined || !isElsewhere ? {} : { movedFrom: oldSource }),
    partitions,
    differences,
  };
}

async function registerPartitions(
  catalog: Catalog,
  table: Table,
  found: FoundTable,
): Promise<CrawledTable["partitions"]> {
  const partitions = { added: 0, updated: 0, unchanged: 0, gone: 0 };
  if (table.PartitionKeys.length === 0) return partitions;
  const { DatabaseName, Name, StorageDescriptor } = table;
  const here = new Set(found.partitions.map(({ Values }) => JSON.stringify(Values)));
  const all = (await catalog.listPartitions(DatabaseName, Name)).map(({ Values }) => Values);
  partitions.gone = await catalog.deletePartitions(
    DatabaseName,
    Name,
    all.filter((values) => !here.has(JSON.stringify(values))),
  );
  // As the table has it, edits and all, so that partitions and table never disagree.
  const alike = found.partitions.map((partition) => ({
    ...partition,
    StorageDescriptor: { ...StorageDescriptor, Location: partition.StorageDescriptor.Location },
  }));
  return Object.assign(partitions, await catalog.putPartitions(DatabaseName, Name, alike));
}

function figuresOf(found: FoundTable, table: Table): CrawledTable {
  const { place } = found;
  return {
    name: found.table.Name,
    change: "unchanged",
    location: place.source,
    ...(place.isLinked ? { links: place.location } : {}),
    ...(place.trouble === undefined ? {} : { trouble: place.trouble }),
    format: found.table.Parameters.classification ?? "",
    files: Number(found.table.Parameters.objectCount),
    rows: found.rows,
    rowsAreExact: found.rowsAreExact,
    bytes: found.bytes,
    columns: table.StorageDescriptor.Columns.length,
    partitionKeys: table.PartitionKeys.map(({ Name }) => Name),
    partitions: { added: 0, updated: 0, unchanged: 0, gone: 0 },
    drift: found.drift,
    clashes: found.clashes,
    differences: [],
  };
}

function noted(table: Table): Table {
  return { ...table, Parameters: { ...table.Parameters, [writtenParameter]: writtenText(table) } };
}

/** The folder or file of a table's rows. */
function sourceOf({ Parameters, StorageDescriptor }: Table): string {
  return Parameters[sourceParameter] ?? StorageDescriptor.Location.replace(/^s3[an]:/, "s3:");
}

/** Removes the tables that an earlier crawl found under `folder` and this one did not. */
export async function removeGone(options: {
  catalog: Catalog;
  store: Store;
  database: string;
  folder: string;
  found: readonly CrawledTable[];
  /** Files whose tables stay in any case. */
  kept: readonly string[];
}): Promise<CrawledTable[]> {
  const { catalog, store, database, folder, found, kept } = options;
  const here = new Set(found.map(({ name }) => name));
  const gone: CrawledTable[] = [];
  for (const table of await catalog.listTables(database)) {
    const source = sourceOf(table);
    if (!isOurs(table) || !source.startsWith(folder)) continue;
    if (here.has(table.Name) || kept.some((uri) => uri.startsWith(source))) continue;
    await catalog.deleteTable(database, table.Name);
    if (isLinked(table)) await removeLinks(store, table.StorageDescriptor.Location);
    gone.push({
      name: table.Name,
      change: "gone",
      location: source,
      format: table.Parameters.classification ?? "",
      files: 0,
      rows: 0,
      rowsAreExact: true,
      bytes: 0,
      columns: table.StorageDescriptor.Columns.length,
      partitionKeys: table.PartitionKeys.map(({ Name }) => Name),
      partitions: { added: 0, updated: 0, unchanged: 0, gone: 0 },
      drift: [],
      clashes: [],
      differences: [],
    });
  }
  return gone;
}
