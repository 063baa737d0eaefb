import { literal, stringList } from "../engine/index.ts";

/** Reads Parquet files as one relation: columns by name, missing ones null, hive folders left alone. */
export function parquetScan(paths: readonly string[], options: { withPosition?: boolean } = {}): string {
  const union = paths.length > 1 ? ", union_by_name = true" : "";
  const position = options.withPosition === true ? ", file_row_number = true" : "";
  return `read_parquet(${stringList(paths)}, hive_partitioning = false, filename = 'bisonflow_file'${union}${position})`;
}

/**
 * Reads text files with a header as one relation. Tab separated files have no quoting (GBIF's never do); short
 * rows are padded. `asText` leaves every column as text, for files whose types change after the sample.
 */
export function textScan(
  paths: readonly string[],
  delimiter: string,
  options: { asText?: boolean; isPacked?: boolean } = {},
): string {
  const quote = delimiter === "\t" ? `quote = '', escape = ''` : `quote = '"', escape = '"'`;
  // A copy of a file elsewhere has no ending that says so.
  const packing = options.isPacked === true ? ", compression = 'gzip'" : "";
  const types = options.asText === true ? ", all_varchar = true" : ", sample_size = 20480";
  const union = paths.length > 1 ? ", union_by_name = true" : "";
  return `read_csv(${stringList(paths)}, delim = ${literal(delimiter)}, ${quote}, header = true, null_padding = true, strict_mode = false, hive_partitioning = false, filename = 'bisonflow_file'${types}${packing}${union})`;
}

/** The column that both scans add: which file a row came from. Never shown. */
export const fileColumn = "bisonflow_file";
