/**
 * Quotes a name for SQL. The one function that does, for every column, table and schema.
 *
 * @example
 * ```ts
 * import { identifier } from "bisonflow/engine";
 * console.log(identifier('order')); // "order"
 * ```
 */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Writes a value as an SQL literal, for the places where DuckDB takes no bound parameter
 * (file names in COPY and read_parquet, CREATE TABLE).
 *
 * @example
 * ```ts
 * import { literal } from "bisonflow/engine";
 * console.log(literal("O'Brien"), literal(3), literal(null)); // 'O''Brien' 3 NULL
 * ```
 */
export function literal(value: string | number | bigint | boolean | null): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  return String(value);
}

/**
 * Writes an SQL list of string literals, `['a', 'b']`.
 *
 * @example
 * ```ts
 * import { stringList } from "bisonflow/engine";
 * console.log(stringList(["a.parquet", "b.parquet"])); // ['a.parquet', 'b.parquet']
 * ```
 */
export function stringList(values: readonly string[]): string {
  return `[${values.map((value) => literal(value)).join(", ")}]`;
}

/**
 * A path as DuckDB must be given it to read that file and no other: its readers take `*`, `?` and `[` for
 * patterns, so that `birds[1].parquet` would read `birds1.parquet`.
 *
 * @example
 * ```ts
 * import { plainPath } from "bisonflow/engine";
 * console.log(plainPath("birds[1].parquet")); // birds[[]1].parquet
 * ```
 */
export function plainPath(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}

/**
 * SQL that scans just these Parquet files, in order, with their own columns: nothing in the path is taken for a
 * pattern, nor `year=2024` in a folder's name for a column.
 *
 * @example
 * ```ts
 * import { parquetScan } from "bisonflow/engine";
 * console.log(parquetScan("runs/year=2024/part-0.parquet"));
 * // read_parquet(['runs/year=2024/part-0.parquet'], hive_partitioning = false)
 * ```
 */
export function parquetScan(paths: string | readonly string[]): string {
  const files = typeof paths === "string" ? [paths] : paths;
  return `read_parquet(${stringList(files.map(plainPath))}, hive_partitioning = false)`;
}
