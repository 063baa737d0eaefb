/**
 * The catalog port. Its records are AWS Glue's, under AWS's own names, so that what a crawl finds here can be
 * written to the Glue Data Catalog and read by Athena, Trino and Spark unchanged.
 */

/** A namespace of tables. */
export interface Database {
  readonly Name: string;
  readonly Description?: string | undefined;
  readonly LocationUri?: string | undefined;
}

/** A column with its Hive type, for example `array<string>`. */
export interface Column {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string | undefined;
}

/** What reads the bytes, as Hive names it, and its settings. */
export interface SerDeInfo {
  readonly SerializationLibrary: string;
  readonly Parameters: Readonly<Record<string, string>>;
}

/** Where the bytes are and how to read them. `Location` is a folder or, for a table of one file, that file. */
export interface StorageDescriptor {
  readonly Columns: readonly Column[];
  readonly Location: string;
  readonly InputFormat: string;
  readonly OutputFormat: string;
  readonly SerdeInfo: SerDeInfo;
}

/** A table. Its figures (`recordCount`, `sizeKey` in bytes …) are texts in `Parameters`, as Glue has them. */
export interface Table {
  readonly DatabaseName: string;
  readonly Name: string;
  readonly Description?: string | undefined;
  readonly TableType: string;
  readonly Parameters: Readonly<Record<string, string>>;
  readonly StorageDescriptor: StorageDescriptor;
  readonly PartitionKeys: readonly Column[];
  /** Set by the catalog: rises by one with every change of the table. Ignored when given. */
  readonly VersionId?: string | undefined;
}

/** One partition; `Values` in the order of the table's PartitionKeys. */
export interface Partition {
  readonly Values: readonly string[];
  readonly StorageDescriptor: StorageDescriptor;
  readonly Parameters?: Readonly<Record<string, string>> | undefined;
}

/** What a write did to a record. */
export type Change = "added" | "updated" | "unchanged";

/**
 * Databases and tables, as bisonflow uses them. Every write is idempotent: what is there already with the same
 * content stays as it is and makes no new version. Asking for what is not there answers undefined, [] or false;
 * writing a table into a database that is not there is a UserError `database-not-found`.
 */
export interface Catalog {
  /** Sorted by name. */
  listDatabases(): Promise<Database[]>;
  getDatabase(name: string): Promise<Database | undefined>;
  /** Makes the database unless it is there; one that is there keeps its record. */
  createDatabase(database: Database): Promise<{ created: boolean }>;
  /** Removes a database and its tables (the records, never the data). */
  deleteDatabase(name: string): Promise<boolean>;
  /** Sorted by name. */
  listTables(database: string): Promise<Table[]>;
  getTable(database: string, name: string): Promise<Table | undefined>;
  /** Writes a table; its partitions stay unless its PartitionKeys are others. */
  putTable(table: Table): Promise<Change>;
  deleteTable(database: string, name: string): Promise<boolean>;
  /** Sorted by values. */
  listPartitions(database: string, table: string): Promise<Partition[]>;
  /** Adds or replaces partitions by their Values; says what became of each kind. */
  putPartitions(
    database: string,
    table: string,
    partitions: readonly Partition[],
  ): Promise<Record<Change, number>>;
  /** Removes partitions by their Values; returns how many there were. */
  deletePartitions(database: string, table: string, values: readonly (readonly string[])[]): Promise<number>;
}
