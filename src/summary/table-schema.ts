/** Type of a column, as DuckDB and Parquet name it. */
export type ColumnType = "VARCHAR" | "BIGINT" | "INTEGER" | "DOUBLE";

/** A column of a table, with what a reader of it should know. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: ColumnType;
  /** One sentence or phrase, plain English. */
  readonly description: string;
  /** What a number counts or measures, where its name does not say. */
  readonly unit?: string;
}

/** A table of tables/: name, columns in order, keys. */
export interface TableSchema {
  /** File name without its ending. In TABLES it may hold the word LAYER. */
  readonly name: string;
  readonly title: string;
  readonly columns: readonly ColumnSchema[];
  /** Columns that name a row, none of them ever null; empty where no such set exists. */
  readonly primaryKey: readonly string[];
  /** Columns by which rows are sorted (text by its bytes, null last); empty where the order means something else. */
  readonly sortKeys: readonly string[];
}

/** A table pattern: written once, once for each layer, or once for each layer that has a matrix. */
export interface TablePattern extends TableSchema {
  readonly per: "run" | "layer" | "matrix";
}
