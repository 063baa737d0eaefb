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
