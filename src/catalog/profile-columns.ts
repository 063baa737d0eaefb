import { type Engine, identifier } from "../engine/index.ts";
import {
  binsSql,
  type ColumnKind,
  distinctSql,
  figuresSql,
  kindOf,
  type Span,
  topSql,
} from "./profile-sql.ts";

/** Where a figure comes from: every row, some rows, or the statistics in Parquet footers (which cover every row). */
export type Provenance = "rows" | "sample" | "footer";

/** A figure with where it comes from. */
export interface Figure<T> {
  readonly value: T;
  readonly from: Provenance;
  /** False for approximations, and for every figure of a sample. */
  readonly isExact: boolean;
}

/** A value, as text, and how many rows have it. */
export interface TopValue {
  readonly value: string;
  readonly count: number;
}

/** Half-open, but for the last, which holds its end. Of times, ISO 8601 texts. */
export interface HistogramBin {
  readonly from: number | string;
  readonly to: number | string;
  readonly count: number;
}

/** What is known of one column; what its kind does not have is absent. */
export interface ColumnProfile {
  readonly name: string;
  /** DuckDB's spelling. */
  readonly type: string;
  readonly kind: ColumnKind;
  readonly nulls: Figure<number>;
  /** Distinct values that are not null; not for lists. */
  readonly distinct?: Figure<number> | undefined;
  /** As text. NaN and infinities are left out. */
  readonly min?: Figure<string> | undefined;
  readonly max?: Figure<string> | undefined;
  readonly mean?: Figure<number> | undefined;
  /** At 5, 25, 50, 75 and 95 %; between two values, interpolated. Of times, texts, not interpolated. */
  readonly quantiles?: Figure<readonly (number | string)[]> | undefined;
  /** Most frequent first, then by value; of lists, their elements. */
  readonly top?: Figure<readonly TopValue[]> | undefined;
  readonly histogram?: Figure<readonly HistogramBin[]> | undefined;
}

const binCount = 24;
const topCount = 5;
const manyValues = 200_000;

/** Profiles the columns of a relation. One pass for the figures of all, one small query a column for the rest. */
export async function profileColumns(
  engine: Engine,
  relation: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  how: { provenance: Provenance; isApproximate: boolean },
): Promise<ColumnProfile[]> {
  const isExact = how.provenance === "rows";
  const figure = <T>(value: T, isRight = true): Figure<T> => ({
    value,
    from: how.provenance,
    isExact: isExact && isRight,
  });
  const rows = await engine.row(figuresSql(relation, columns, how.isApproximate));
  const few = columns.flatMap(({ name }, i) =>
    Number(rows[`distinct_${i}`] ?? manyValues) < manyValues ? [{ name, i }] : [],
  );
  // An approximation can be a quarter off: where the values are few enough to be held they are counted.
  const counted = how.isApproximate && few.length > 0 ? await engine.row(distinctSql(relation, few)) : {};
  const profiles: ColumnProfile[] = [];
  for (const [i, { name, type }] of columns.entries()) {
    const kind = kindOf(type);
    const get = (what: string): unknown => rows[`${what}_${i}`];
    const isCounted = !how.isApproximate || counted[`distinct_${i}`] !== undefined;
    const values = counted[`distinct_${i}`] ?? get("distinct");
    const distinct = values === undefined ? undefined : Number(values);
    const nulls = Number(get("nulls"));
    const filled = Number(rows.total) - nulls;
    const min = get("min") as string | null | undefined;
    const max = get("max") as string | null | undefined;
    const mean = get("mean") as number | null | undefined;
    const quantiles = get("quantiles") as (number | string)[] | null | undefined;
    const wantsTop = (kind === "text" || kind === "boolean" || kind === "list") && filled > 0;
    const top = wantsTop ? await topValues(engine, relation, name, kind) : [];
    const span = { low: get("low"), high: get("high") } as Partial<Span>;
    const bins = filled > 0 ? await histogram(engine, { relation, name, type, span }) : [];
    profiles.push({
      name,
      type,
      kind,
      nulls: figure(nulls),
      ...(distinct === undefined ? {} : { distinct: figure(Math.min(distinct, filled), isCounted) }),
      ...(min === null || min === undefined ? {} : { min: figure(min) }),
      ...(max === null || max === undefined ? {} : { max: figure(max) }),
      ...(typeof mean === "number" ? { mean: figure(mean) } : {}),
      ...(quantiles === null || quantiles === undefined
        ? {}
        : { quantiles: figure(quantiles, !how.isApproximate) }),
      ...(top.length === 0 ? {} : { top: figure(top) }),
      ...(bins.length === 0 ? {} : { histogram: figure(bins) }),
    });
  }
  return profiles;
}

async function topValues(
  engine: Engine,
  relation: string,
  name: string,
  kind: ColumnKind,
): Promise<TopValue[]> {
  const rows = await engine.rows<{ value: string; count: bigint }>(
    topSql(relation, identifier(name), kind, topCount),
  );
  return rows.map(({ value, count }) => ({ value, count: Number(count) }));
}

async function histogram(
  engine: Engine,
  of: { relation: string; name: string; type: string; span: Partial<Span> },
): Promise<HistogramBin[]> {
  const { low, high } = of.span;
  if (typeof low !== "number" || typeof high !== "number" || !Number.isFinite(high - low)) return [];
  const isTime = kindOf(of.type) === "time";
  const isWhole = /INT|HUGE/.test(of.type);
  const values = high - low + 1;
  // A whole number has a bin of its own where they are few: months, not 24ths of a year.
  const isOneEach = isWhole && values <= binCount;
  const count = low === high ? 1 : isOneEach ? values : binCount;
  const width = isOneEach ? 1 : (high - low) / count || 1;
  const rows = await engine.rows<{ bin: number; count: bigint }>(
    binsSql(of.relation, identifier(of.name), { isTime, low, width, count }),
  );
  const counts = new Array<number>(count).fill(0);
  for (const row of rows) counts[row.bin] = Number(row.count);
  // JavaScript's dates end before DuckDB's do, in the year 275760.
  const latest = 8.64e12;
  const edge = (at: number): number | string =>
    isTime ? new Date(Math.max(-latest, Math.min(latest, at)) * 1000).toISOString() : at;
  return counts.map((rowsIn, i) => ({
    from: edge(low + i * width),
    to: edge(i === count - 1 && !isOneEach ? high : low + (i + 1) * width),
    count: rowsIn,
  }));
}
