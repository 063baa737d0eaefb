/**
 * The name a folder or file gets as a table: what Glue's crawlers make of it, lower case, everything but
 * letters, digits and `_` made `_`, with the prefix in front as given.
 *
 * @example
 * ```ts
 * import { tableName } from "bisonflow/catalog";
 * console.log(tableName("occurrence.parquet", "gbif_odr_")); // gbif_odr_occurrence_parquet
 * ```
 */
export function tableName(folderName: string, prefix = ""): string {
  const name = folderName
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]/gu, "_");
  // Glue takes 255 characters at most.
  return `${prefix}${name === "" ? "_" : name}`.slice(0, 255);
}

/**
 * The parts that a folder between a table and its files stands for: `year=2024` is the key `year`, any other
 * folder is `partition_0`, `partition_1` … by its depth among those.
 *
 * @example
 * ```ts
 * import { partitionOf } from "bisonflow/catalog";
 * console.log(partitionOf(["year=2024", "us"])); // [ { key: 'year', value: '2024' }, { key: 'partition_0', value: 'us' } ]
 * ```
 */
export function partitionOf(folders: readonly string[]): { key: string; value: string }[] {
  let unnamed = 0;
  return folders.map((folder) => {
    const at = folder.indexOf("=");
    if (at <= 0) return { key: `partition_${unnamed++}`, value: folder };
    return { key: tableName(folder.slice(0, at)), value: decoded(folder.slice(at + 1)) };
  });
}

/** Hive and DuckDB write what a file system may not take as %XX. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
