import { type Engine, identifier, stringList } from "../engine/index.ts";
import type { TableSource } from "./table-source.ts";

/** The rows that a profile reads: all, stretches spread over the table, or its first ones. */
export interface Basis {
  readonly kind: "all" | "spread" | "first";
  readonly rows: number;
}

export interface ChosenBasis {
  readonly basis: Basis;
  readonly totalRows: { readonly value: number; readonly isExact: boolean };
  readonly relation: string;
  /** To be dropped when done. */
  readonly temporaryTable?: string;
}

/** Text files up to this size are read whole. */
const smallTextBytes = 64 * 1024 * 1024;
/** Stretches of rows, few enough for each to be a seek and many enough to be spread. */
const stretches = 16;

let tables = 0;

/** Decides which rows a profile reads and, unless they are all the rows of a big table, holds them in memory. */
export async function chooseBasis(
  engine: Engine,
  source: TableSource,
  options: { sampleRows: number; full: boolean },
): Promise<ChosenBasis> {
  const { sampleRows, full } = options;
  if (source.parquet !== undefined) {
    const files = await rowsOfFiles(engine, source.paths);
    const total = files.reduce((sum, { rows }) => sum + rows, 0);
    const totalRows = { value: total, isExact: true };
    if (total <= sampleRows) return held(engine, await allOf(source), "all", totalRows);
    if (full) {
      const { relation } = await source.fetch();
      return { basis: { kind: "all", rows: total }, totalRows, relation };
    }
    return held(engine, await spreadSql(source, files, total, sampleRows), "spread", totalRows);
  }
  if (full || source.bytes <= smallTextBytes) return held(engine, await allOf(source), "all");
  const first = await held(engine, `SELECT * FROM ${source.relation} LIMIT ${sampleRows}`, "first");
  if (first.basis.rows < sampleRows && source.isCut !== true)
    return { ...first, basis: { kind: "all", rows: first.basis.rows } };
  return { ...first, totalRows: { value: first.totalRows.value, isExact: false } };
}

async function allOf(source: TableSource): Promise<string> {
  return `SELECT * FROM ${(await source.fetch()).relation}`;
}

async function held(
  engine: Engine,
  sql: string,
  kind: Basis["kind"],
  totalRows?: ChosenBasis["totalRows"],
): Promise<ChosenBasis> {
  const temporaryTable = `bisonflow_profile_${tables++}`;
  const name = identifier(temporaryTable);
  await engine.run(`CREATE TEMP TABLE ${name} AS ${sql}`);
  const { rows } = await engine.row<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${name}`);
  const value = Number(rows);
  return {
    basis: { kind, rows: value },
    totalRows: totalRows ?? { value, isExact: true },
    relation: name,
    temporaryTable,
  };
}

async function rowsOfFiles(
  engine: Engine,
  paths: readonly string[],
): Promise<{ path: string; rows: number }[]> {
  const rows = await engine.rows<{ file_name: string; num_rows: bigint }>(
    `SELECT file_name, num_rows FROM parquet_file_metadata(${stringList(paths)})`,
  );
  const byPath = new Map(rows.map(({ file_name, num_rows }) => [file_name, Number(num_rows)]));
  return paths.map((path) => ({ path, rows: byPath.get(path) ?? 0 }));
}

/** Stretches of equal length at equal distances over the rows of all files; DuckDB skips the row groups between. */
async function spreadSql(
  source: TableSource,
  files: readonly { path: string; rows: number }[],
  total: number,
  sampleRows: number,
): Promise<string> {
  const length = Math.floor(sampleRows / stretches);
  const ranges: { path: string; start: number; end: number }[] = [];
  for (let i = 0; i < stretches; i++) {
    let start = Math.floor((i * (total - length)) / (stretches - 1));
    let left = length;
    for (const { path, rows } of files) {
      if (start >= rows) {
        start -= rows;
        continue;
      }
      const end = Math.min(rows, start + left);
      ranges.push({ path, start, end });
      left -= end - start;
      start = 0;
      if (left <= 0) break;
    }
  }
  const relations = await Promise.all(ranges.map(({ path, ...rows }) => source.parquet?.stretch(path, rows)));
  const selects = relations.map((relation) => `SELECT * FROM ${relation}`);
  return selects.join(" UNION ALL BY NAME ");
}
