import type {
  Column as GlueColumn,
  Partition as GluePartition,
  StorageDescriptor as GlueStorage,
  Table as GlueTable,
  PartitionInput,
  TableInput,
} from "@aws-sdk/client-glue";
import type { Column, Partition, StorageDescriptor, Table } from "../../catalog/index.ts";

/** Glue's record of a table as the port has it: what only Glue knows (times, owners, buckets) is left out. */
export function tableFrom(table: GlueTable): Table {
  return {
    DatabaseName: table.DatabaseName ?? "",
    Name: table.Name ?? "",
    ...(isBlank(table.Description) ? {} : { Description: table.Description }),
    TableType: table.TableType ?? "",
    Parameters: { ...table.Parameters },
    StorageDescriptor: storageFrom(table.StorageDescriptor),
    PartitionKeys: (table.PartitionKeys ?? []).map(columnFrom),
    ...(table.VersionId === undefined ? {} : { VersionId: table.VersionId }),
  };
}

/** A partition as the port has it. */
export function partitionFrom(partition: GluePartition): Partition {
  return {
    Values: partition.Values ?? [],
    StorageDescriptor: storageFrom(partition.StorageDescriptor),
    ...(partition.Parameters === undefined ? {} : { Parameters: { ...partition.Parameters } }),
  };
}

/** A table as Glue's crawlers write it; what Glue's record `before` says beyond the port stays as it was. */
export function tableInput(table: Table, before?: GlueTable): TableInput {
  return {
    Owner: before?.Owner ?? "owner",
    Retention: before?.Retention ?? 0,
    ...(before?.ViewOriginalText === undefined ? {} : { ViewOriginalText: before.ViewOriginalText }),
    ...(before?.ViewExpandedText === undefined ? {} : { ViewExpandedText: before.ViewExpandedText }),
    Name: table.Name,
    ...(table.Description === undefined ? {} : { Description: table.Description }),
    TableType: table.TableType,
    Parameters: { ...table.Parameters },
    StorageDescriptor: storageInput(table.StorageDescriptor, table.Parameters, before?.StorageDescriptor),
    PartitionKeys: table.PartitionKeys.map(columnInput),
  };
}

/** A partition as Glue's crawlers write it. */
export function partitionInput(partition: Partition): PartitionInput {
  const { Values, StorageDescriptor, Parameters } = partition;
  return {
    Values: [...Values],
    StorageDescriptor: storageInput(StorageDescriptor, Parameters ?? {}),
    ...(Parameters === undefined ? {} : { Parameters: { ...Parameters } }),
  };
}

function storageFrom(storage: GlueStorage | undefined): StorageDescriptor {
  return {
    Columns: (storage?.Columns ?? []).map(columnFrom),
    Location: storage?.Location ?? "",
    InputFormat: storage?.InputFormat ?? "",
    OutputFormat: storage?.OutputFormat ?? "",
    SerdeInfo: {
      SerializationLibrary: storage?.SerdeInfo?.SerializationLibrary ?? "",
      Parameters: { ...storage?.SerdeInfo?.Parameters },
    },
  };
}

function storageInput(
  storage: StorageDescriptor,
  figures: Readonly<Record<string, string>>,
  before?: GlueStorage,
): GlueStorage {
  return {
    // What a crawler writes of a table without buckets.
    Compressed: false,
    NumberOfBuckets: -1,
    BucketColumns: [],
    SortColumns: [],
    StoredAsSubDirectories: false,
    ...before,
    Columns: storage.Columns.map(columnInput),
    Location: storage.Location,
    InputFormat: storage.InputFormat,
    OutputFormat: storage.OutputFormat,
    SerdeInfo: {
      ...before?.SerdeInfo,
      // A table of a database has none, and Glue takes no empty text.
      ...(isBlank(storage.SerdeInfo.SerializationLibrary)
        ? {}
        : { SerializationLibrary: storage.SerdeInfo.SerializationLibrary }),
      Parameters: { ...storage.SerdeInfo.Parameters },
    },
    // A crawler says its figures twice, of the table and of its storage.
    Parameters: { ...before?.Parameters, ...figures },
  };
}

function columnFrom({ Name, Type, Comment }: GlueColumn): Column {
  return { Name: Name ?? "", Type: Type ?? "string", ...(isBlank(Comment) ? {} : { Comment }) };
}

function columnInput({ Name, Type, Comment }: Column): GlueColumn {
  return { Name, Type, ...(Comment === undefined ? {} : { Comment }) };
}

/** Some writers of Glue leave an empty text where nothing was said. */
function isBlank(text: string | undefined): boolean {
  return text === undefined || text === "";
}
