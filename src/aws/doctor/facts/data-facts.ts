/** Facts of RDS, Glue, S3 and CloudWatch Logs, as the checks need them. */

export interface DatabaseFact {
  readonly id: string;
  /** `postgres`, `mysql` … */
  readonly engine: string;
  readonly version: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly status: string;
  readonly isPublic: boolean;
  readonly vpc: string | undefined;
  readonly zone: string | undefined;
  readonly subnets: readonly { readonly id: string; readonly zone: string }[];
  readonly groups: readonly string[];
  readonly parameterGroup: string | undefined;
}

export interface ParameterGroupFact {
  /** The group's name. */
  readonly id: string;
  /** Every parameter that RDS lists; null where the engine's own default holds. */
  readonly values: Readonly<Record<string, string | null>>;
}

export interface ConnectionFact {
  /** The connection's name. */
  readonly id: string;
  /** `JDBC`, `NETWORK` … */
  readonly type: string;
  /** Its properties without anything secret. */
  readonly properties: Readonly<Record<string, string>>;
  readonly subnet: string | undefined;
  readonly zone: string | undefined;
  readonly groups: readonly string[];
  /** Whether Glue tested it at some time, as far as it says. */
  readonly wasTested: boolean;
}

export interface CrawlerFact {
  readonly id: string;
  readonly role: string;
  readonly database: string | undefined;
  /** S3 folders. */
  readonly locations: readonly string[];
  /** Names of connections of its JDBC targets. */
  readonly connections: readonly string[];
}

export interface GlueJobFact {
  readonly id: string;
  readonly role: string;
  readonly connections: readonly string[];
}

export interface CatalogDatabaseFact {
  readonly id: string;
  /** Whether it was asked for by its name. */
  readonly isNamed: boolean;
  readonly location: string | undefined;
}

export interface CatalogTableFact {
  /** `database.table`. */
  readonly id: string;
  readonly database: string;
  readonly name: string;
  readonly location: string | undefined;
  readonly isParquet: boolean;
  readonly columns: readonly ColumnFact[];
  readonly partitionKeys: readonly string[];
}

/** What a table's partitions say of their columns. */
export interface PartitionsFact {
  /** `database.table`. */
  readonly id: string;
  readonly partitions: readonly { readonly values: string; readonly columns: readonly ColumnFact[] }[];
}

export interface ColumnFact {
  readonly name: string;
  /** As Hive spells it. */
  readonly type: string;
}

/** What stands at an S3 location. */
export interface LocationFact {
  /** `s3://bucket/prefix/`. */
  readonly id: string;
  readonly bucketExists: boolean;
  readonly hasObjects: boolean;
}

/** Columns of the Parquet files at a location, by their footers. */
export interface FooterFact {
  /** `s3://bucket/prefix/`. */
  readonly id: string;
  readonly files: readonly { readonly uri: string; readonly columns: readonly ColumnFact[] }[];
  /** Files that are no Parquet, or broken. */
  readonly unreadable: readonly string[];
}

export interface BucketFact {
  readonly id: string;
  /** Undefined where there is no such bucket. */
  readonly region: string | undefined;
  /** What names it: a table, the stack … */
  readonly usedBy: string;
}

export interface LogGroupFact {
  readonly id: string;
}
