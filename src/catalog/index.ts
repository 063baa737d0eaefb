export type {
  Catalog,
  Change,
  Column,
  Database,
  Partition,
  SerDeInfo,
  StorageDescriptor,
  Table,
} from "./catalog.ts";
export { hiveType } from "./hive-type.ts";
export { localCatalog } from "./local/local-catalog.ts";
export { partitionOf, tableName } from "./naming.ts";
