import { identifier } from "../engine/index.ts";

/** What figures a column can have. */
export type ColumnKind = "number" | "time" | "text" | "boolean" | "list" | "other";

/** The range that a histogram spans: the numbers themselves, or seconds since 1970. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

export const quantilePoints = "[0.05, 0.25, 0.5, 0.75, 0.95]";

/** What can be said of a column of this DuckDB type. */
export function kindOf(type: string): ColumnKind {
  if (type.endsWith("]")) return "list";
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL.*)$/.test(type)) return "number";
  if (type === "DATE" || /^TIMESTAMP/.test(type)) return "time";
  if (type === "BOOLEAN") return "boolean";
  return type === "VARCHAR" || type === "UUID" || type.startsWith("ENUM") ? "text" : "other";
}

/** One row: `total`, and for column i `nulls_i`, `distinct_i`, `min_i` … as its kind has them. */
export function figuresSql(
  relation: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  isApproximate: boolean,
): string {
  const figures = columns.flatMap(({ name, type }, i) => {
    const column = identifier(name);
    return [`count(*) - count(${column}) AS nulls_${i}`, ...figuresOf(column, type, i, isApproximate)];
  });
  return `SELECT count(*) AS total, ${figures.join(",\n  ")} FROM ${relation}`;
}

function figuresOf(column: string, type: string, i: number, isApproximate: boolean): string[] {
  const kind = kindOf(type);
  const distinct = (of: string) =>
    isApproximate
      ? `approx_count_distinct(${of}) AS distinct_${i}`
      : `count(DISTINCT ${of}) AS distinct_${i}`;
  const range = (filter: string) => [
    `(min(${column})${filter})::VARCHAR AS min_${i}`,
    `(max(${column})${filter})::VARCHAR AS max_${i}`,
  ];
  if (kind === "number") {
    const number = `${column}::DOUBLE`;
    const finite = ` FILTER (isfinite(${number}))`;
    const quantile = isApproximate ? "approx_quantile" : "quantile_cont";
    return [
      distinct(column),
      ...range(finite),
      `avg(${number})${finite} AS mean_${i}`,
      `${quantile}(${number}, ${quantilePoints})${finite} AS quantiles_${i}`,
      `min(${number})${finite} AS low_${i}`,
      `max(${number})${finite} AS high_${i}`,
    ];
  }
  if (kind === "time") {
    const finite = ` FILTER (isfinite(${column}))`;
    const quantiles = `quantile_disc(${column}, ${quantilePoints})${finite}`;
    return [
      distinct(column),
      ...range(finite),
      ...(isApproximate ? [] : [`CAST(${quantiles} AS VARCHAR[]) AS quantiles_${i}`]),
      `epoch(min(${column})${finite})::DOUBLE AS low_${i}`,
      `epoch(max(${column})${finite})::DOUBLE AS high_${i}`,
    ];
  }
  if (kind === "text") return [distinct(column), ...range("")];
  if (kind === "boolean") return [distinct(column), ...range("")];
  return [];
}

/** Exact distinct counts of the named columns, `distinct_i` each. */
export function distinctSql(
  relation: string,
  columns: readonly { readonly name: string; readonly i: number }[],
): string {
  const counts = columns.map(({ name, i }) => `count(DISTINCT ${identifier(name)}) AS distinct_${i}`);
  return `SELECT ${counts.join(", ")} FROM ${relation}`;
}

/** The most frequent values, the first in the alphabet among equals; of a list its elements. */
export function topSql(relation: string, column: string, kind: ColumnKind, count: number): string {
  const values =
    kind === "list"
      ? `SELECT unnest(${column})::VARCHAR AS value FROM ${relation}`
      : `SELECT ${column}::VARCHAR AS value FROM ${relation}`;
  return `SELECT value, count(*) AS count FROM (${values}) WHERE value IS NOT NULL
    GROUP BY value ORDER BY count DESC, value LIMIT ${count}`;
}

/** Rows in each of `count` bins of equal width from `low` on; the last holds its upper end. */
export function binsSql(
  relation: string,
  column: string,
  bins: { isTime: boolean; low: number; width: number; count: number },
): string {
  const value = bins.isTime ? `epoch(${column})::DOUBLE` : `${column}::DOUBLE`;
  const filter = bins.isTime ? `isfinite(${column})` : `isfinite(${column}::DOUBLE)`;
  const bin = `least(${bins.count - 1}, floor((${value} - (${bins.low})::DOUBLE) / (${bins.width})::DOUBLE))`;
  return `SELECT (${bin})::INTEGER AS bin, count(*) AS count FROM ${relation}
    WHERE ${column} IS NOT NULL AND ${filter} GROUP BY bin`;
}
