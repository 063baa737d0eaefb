/** A table of the result, and the files that hold it. */
export interface TableMeta {
  /** Name of the table, for example county_counts. */
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly columns: readonly TableColumn[];
  readonly primaryKey?: readonly string[] | undefined;
  /** Files of the same table; several of one format are its parts, in order. */
  readonly files: readonly TableFile[];
}

/** A column of a table of the result. */
export interface TableColumn {
  readonly name: string;
  /** DuckDB's type, for example VARCHAR, BIGINT, DOUBLE, VARCHAR[]. */
  readonly type: string;
  readonly description: string;
}

/** A file that holds a table or a part of it. */
export interface TableFile {
  /** Relative to the data package, with slashes. The extension (csv, tsv, parquet) is the format. */
  readonly path: string;
  readonly bytes?: number | undefined;
  /** Hexadecimal. */
  readonly sha256?: string | undefined;
}
