import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, identifier, literal, parquetScan } from "../engine/index.ts";
import type { TableSchema } from "./table-schema.ts";

/** A format of the tables. */
export type TableFormat = "parquet" | "csv";

/** A table as it was written. */
export interface WrittenTable {
  readonly name: string;
  readonly rows: number;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly format: TableFormat }[];
}

/** Rows of a row group: fixed, so that the same rows give the same bytes. */
const rowGroupRows = 122_880;

/**
 * Writes a query, sorted by itself, as NAME.parquet and NAME.csv with exactly the columns and types of its schema.
 * The CSV is RFC 4180: UTF-8 without a mark, a header, CRLF, null as nothing and an empty text as `""`, doubles
 * in the fewest digits that read back the same.
 */
export async function writeTable(
  engine: Engine,
  options: { schema: TableSchema; query: string; outFolder: string; formats: readonly TableFormat[] },
): Promise<WrittenTable> {
  const { schema, query, outFolder, formats } = options;
  const found = new Map((await engine.columns(query)).map(({ name, type }) => [name, type]));
  // Parquet has an ENUM as text, and DuckDB writes it without looking at each value.
  const columns = schema.columns.map(({ name, type }) =>
    type === "VARCHAR" && found.get(name)?.startsWith("ENUM(") === true
      ? identifier(name)
      : `${identifier(name)}::${type} AS ${identifier(name)}`,
  );
  const parquet = join(outFolder, `${schema.name}.parquet`);
  const rows = await engine.run(
    `COPY (SELECT ${columns.join(", ")} FROM (${query})) TO ${literal(parquet)}
     (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE ${rowGroupRows})`,
  );
  // The CSV is made of the Parquet file, so the two cannot differ and nothing is sorted twice.
  const csv = join(outFolder, `${schema.name}.csv`);
  if (formats.includes("csv")) {
    await engine.run(
      `COPY (SELECT * FROM ${parquetScan(parquet)}) TO ${literal(csv)} (FORMAT csv, HEADER true, NEW_LINE '\\r\\n')`,
    );
  }
  if (!formats.includes("parquet")) await rm(parquet);
  const paths = { parquet, csv };
  const files = formats.map(async (format) => ({
    path: paths[format],
    bytes: (await stat(paths[format])).size,
    format,
  }));
  return { name: schema.name, rows, files: await Promise.all(files) };
}
