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
export { type CrawlOptions, type CrawlResult, crawl } from "./crawl/crawl.ts";
export type { Clash } from "./crawl/find-clashes.ts";
export type { Difference } from "./crawl/keep-edits.ts";
export type { Drift } from "./crawl/merge-schemas.ts";
export type { CrawledTable } from "./crawl/register-table.ts";
export { hiveType } from "./hive-type.ts";
export { defaultCatalogFolder } from "./local/default-folder.ts";
export { localCatalog } from "./local/local-catalog.ts";
export { partitionOf, tableName } from "./naming.ts";
export { type OpenOptions, openCatalogTable, openPath } from "./open-table.ts";
export {
  type Basis,
  type ColumnProfile,
  type Figure,
  type HistogramBin,
  type ProfileOptions,
  type Provenance,
  profileTable,
  type TableProfile,
  type TopValue,
} from "./profile.ts";
export { type CatalogAnswer, queryCatalog } from "./query.ts";
export { jsonRows, textRows } from "./rows.ts";
export type { TableSource } from "./table-source.ts";
