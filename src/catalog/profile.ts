import { type Engine, identifier } from "../engine/index.ts";
import { footerFigures } from "./footer-figures.ts";
import { type Basis, chooseBasis } from "./profile-basis.ts";
import { type ColumnProfile, profileColumns } from "./profile-columns.ts";
import type { TableSource } from "./table-source.ts";

export type { Basis } from "./profile-basis.ts";
export type { ColumnProfile, Figure, HistogramBin, Provenance, TopValue } from "./profile-columns.ts";

/** A table described: its size, and every column. */
export interface TableProfile {
  readonly name: string;
  readonly format: string;
  readonly files: number;
  readonly bytes: number;
  /** Rows of the table; for a text file larger than what was read, an estimate. */
  readonly rows: { readonly value: number; readonly isExact: boolean };
  /** Which rows the figures that say `rows` or `sample` come from. */
  readonly basis: Basis;
  readonly columns: readonly ColumnProfile[];
  readonly notes: readonly string[];
}

/** How many rows a profile reads. */
export interface ProfileOptions {
  /** Tables with more rows are sampled, unless `full`. Default 200,000. */
  readonly sampleRows?: number | undefined;
  /** Every row is read, whatever their number. */
  readonly full?: boolean | undefined;
}

/**
 * From so many rows on, quantiles and the distinct counts of columns with many values are DuckDB's approximations:
 * exact ones keep every value in memory.
 */
const approximateFrom = 5_000_000;

/**
 * Describes every column of a table: nulls, distinct values, range, quantiles, most frequent values, histogram.
 *
 * Each figure says where it comes from (`rows`: all of them; `sample`: some; `footer`: the statistics in
 * Parquet footers, which speak for all rows) and whether it is exact. Of a large Parquet table stretches of rows
 * all over it are read; of a large text file its first rows.
 *
 * @example
 * ```ts
 * import { openPath, profileTable } from "bisonflow/catalog";
 * import { openEngine } from "bisonflow/engine";
 * import { localStore } from "bisonflow/store";
 * import { tmpdir } from "node:os";
 * const path = `${tmpdir()}/bisonflow-profile-${process.pid}.parquet`;
 * const engine = await openEngine();
 * await engine.run(`COPY (SELECT unnest([1, 2, 2, NULL]) AS n) TO '${path}'`);
 * const source = await openPath(engine, localStore(), path);
 * if (source !== undefined) {
 *   const [n] = (await profileTable(engine, source)).columns;
 *   console.log(n?.nulls.value, n?.distinct?.value, n?.max?.value); // 1 2 2
 * }
 * engine.close();
 * ```
 */
export async function profileTable(
  engine: Engine,
  source: TableSource,
  options: ProfileOptions = {},
): Promise<TableProfile> {
  const chosen = await chooseBasis(engine, source, {
    sampleRows: options.sampleRows ?? 200_000,
    full: options.full === true,
  });
  try {
    const columns = await profileColumns(engine, chosen.relation, source.columns, {
      provenance: chosen.basis.kind === "all" ? "rows" : "sample",
      isApproximate: chosen.basis.rows >= approximateFrom,
    });
    const known =
      chosen.basis.kind === "all" ? new Map() : await footerFigures(engine, source, chosen.totalRows.value);
    return {
      name: source.name,
      format: source.format,
      files: source.files,
      bytes: source.bytes,
      rows: chosen.totalRows,
      basis: chosen.basis,
      columns: columns.map((column) => ({ ...column, ...known.get(column.name) })),
      notes: source.notes,
    };
  } finally {
    if (chosen.temporaryTable !== undefined)
      await engine.run(`DROP TABLE ${identifier(chosen.temporaryTable)}`);
  }
}
