/**
 * A path as DuckDB must be given it to read that file and no other: its readers take `*`, `?` and `[` for
 * patterns, so that `birds[1].parquet` would read `birds1.parquet`.
 *
 * @example
 * ```ts
 * import { plainPath } from "bisonflow/occurrence";
 * console.log(plainPath("birds[1].parquet")); // birds[[]1].parquet
 * ```
 */
export function plainPath(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}
