import type { Column, Partition, StorageDescriptor, Table } from "../catalog.ts";
import { hiveType, textHiveType } from "../hive-type.ts";
import { partitionOf } from "../naming.ts";
import { storageFormat } from "../storage-format.ts";
import { type Clash, findClashes } from "./find-clashes.ts";
import type { MemberFile, TableGroup } from "./group-tables.ts";
import { type Drift, type FileColumn, mergeSchemas } from "./merge-schemas.ts";
import type { TablePlace } from "./place-table.ts";

/** Who wrote the record: tables with another value here were made by hand and are never removed by a crawl. */
export const crawlerName = "bisonflow";

/** Parameter with the folder or file of a table whose location holds lists of its files. */
export const sourceParameter = "bisonflow_source";

/** A table as it will be written to the catalog, with what its files disagree in. */
export interface DescribedTable {
  readonly table: Table;
  readonly partitions: readonly Partition[];
  readonly drift: readonly Drift[];
  readonly clashes: readonly Clash[];
  readonly rows: number;
  /** False where the rows of a large text file are estimated from its length. */
  readonly rowsAreExact: boolean;
  readonly bytes: number;
}

/** Makes the catalog's records of a group of files. */
export function describeTable(options: {
  group: TableGroup;
  name: string;
  database: string;
  place: TablePlace;
}): DescribedTable {
  const { group, place } = options;
  const files = group.members.map(({ file }) => file);
  const { columns, drift } = mergeSchemas(files);
  const format = files[0]?.format ?? "parquet";
  const delimiter = files[0]?.delimiter ?? ",";
  const keys = partitionOf(group.members[0]?.folders ?? []).map(({ key }) => key);
  const isKey = new Set(keys);
  const isQuoted = files.some((file) => file.isQuoted === true);
  const column = format === "parquet" ? asColumn : isQuoted ? asTextColumn : asPlainColumn;
  const descriptor: StorageDescriptor = {
    // Hive takes a column from the files or from the folders, never from both.
    Columns: columns.map(column).filter(({ Name }) => !isKey.has(Name)),
    Location: place.location,
    ...storageFormat({ format, delimiter, isQuoted, isLinked: place.isLinked }),
  };
  const figures = figuresOf(group.members);
  const rowsAreExact = files.every(({ rowsFrom }) => rowsFrom !== "estimate");
  const geometry = files[0]?.geometry ?? [];
  return {
    table: {
      DatabaseName: options.database,
      Name: options.name,
      TableType: "EXTERNAL_TABLE",
      Parameters: {
        EXTERNAL: "TRUE",
        UPDATED_BY_CRAWLER: crawlerName,
        classification: format,
        compressionType: "none",
        typeOfData: "file",
        ...figures.parameters,
        ...(format === "csv"
          ? {
              delimiter,
              "skip.header.line.count": "1",
              columnsOrdered: "true",
              areColumnsQuoted: String(isQuoted),
            }
          : {}),
        ...(rowsAreExact ? {} : { recordCountIsEstimate: "true" }),
        ...(geometry.length > 0 ? { geoparquet: geometry.join(",") } : {}),
        ...(place.isLinked ? { [sourceParameter]: place.source } : {}),
        ...(group.excluded.length > 0 ? { exclusions: JSON.stringify([...group.excluded].sort()) } : {}),
      },
      StorageDescriptor: descriptor,
      PartitionKeys: keys.map((Name) => ({ Name, Type: "string" })),
    },
    partitions: keys.length === 0 ? [] : partitionsOf(group.members, descriptor),
    drift,
    clashes: format === "parquet" ? findClashes(columns, drift) : [],
    rows: figures.rows,
    rowsAreExact,
    bytes: figures.bytes,
  };
}

/** A catalog's names are lower case. */
function asColumn({ name, type }: FileColumn): Column {
  return { Name: name.toLowerCase(), Type: hiveType(type) };
}

function asPlainColumn({ name, type }: FileColumn): Column {
  return { Name: name.toLowerCase(), Type: textHiveType(type) };
}

/** What reads quoted text gives text alone. */
function asTextColumn({ name }: FileColumn): Column {
  return { Name: name.toLowerCase(), Type: "string" };
}

function partitionsOf(members: readonly MemberFile[], descriptor: StorageDescriptor): Partition[] {
  const byFolder = new Map<string, MemberFile[]>();
  for (const member of members) {
    const key = member.folders.join("/");
    byFolder.set(key, [...(byFolder.get(key) ?? []), member]);
  }
  return [...byFolder].map(([folder, files]) => ({
    Values: partitionOf(files[0]?.folders ?? []).map(({ value }) => value),
    StorageDescriptor: { ...descriptor, Location: `${descriptor.Location}${folder}/` },
    Parameters: { ...figuresOf(files).parameters },
  }));
}

function figuresOf(members: readonly MemberFile[]) {
  let rows = 0;
  let bytes = 0;
  for (const { file } of members) {
    rows += file.rows;
    bytes += file.bytes;
  }
  const parameters = {
    objectCount: String(members.length),
    recordCount: String(rows),
    sizeKey: String(bytes),
    averageRecordSize: String(rows === 0 ? 0 : Math.round(bytes / rows)),
  };
  return { rows, bytes, parameters };
}
