import type { Column } from "../column-chart.ts";

interface YearCount {
  readonly year: number;
  readonly occ_count: number;
}

/** Records as columns of years, and those whose years have no column. */
export interface YearColumns {
  readonly columns: Column[];
  /** Years a column. */
  readonly step: number;
  /** The first and last year with records that the columns show. */
  readonly first: number;
  readonly last: number;
  /** Records of years too far from the others to stand beside them; undefined where there are none. */
  readonly outside: { readonly records: number; readonly first: number; readonly last: number } | undefined;
}

const steps = [1, 2, 5, 10] as const;
const mostColumns = 150;
/** Records that are older than their neighbours by more than this are mistakes, as a rule: 20010920 for 2001. */
const mostYears = mostColumns * 10;

/**
 * Years as columns, in steps of 1, 2, 5 or 10 years so that some 150 stand side by side; years without records are
 * zero. Of years that lie further apart than 1,500 years those columns show the span of 1,500 that holds the most
 * records, from its first year with records to its last. There is one year at least.
 */
export function yearColumns(years: readonly YearCount[]): YearColumns {
  const sorted = [...years].sort((a, b) => a.year - b.year);
  const [from, to] = fullestSpan(sorted);
  const shown = sorted.slice(from, to);
  const [first, last] = [yearAt(sorted, from), yearAt(sorted, to - 1)];
  const step = steps.find((size) => (last - first) / size <= mostColumns) ?? 10;
  const start = Math.floor(first / step) * step;
  const sums = new Map<number, number>();
  for (const { year, occ_count } of shown) {
    const low = Math.floor(year / step) * step;
    sums.set(low, (sums.get(low) ?? 0) + occ_count);
  }
  const length = Math.floor((last - start) / step) + 1;
  const every =
    [1, 2, 5, 10, 20, 25, 50, 100, 200].find((size) => size >= step && (length * step) / size <= 8) ?? 500;
  const columns = Array.from({ length }, (_, i) => {
    const low = start + i * step;
    const label = step === 1 ? String(low) : `${low} to ${low + step - 1}`;
    return { label, mark: low % every === 0 ? String(low) : undefined, value: sums.get(low) ?? 0 };
  });
  const records = countRecords(sorted) - countRecords(shown);
  const beyond = from === 0 ? to : 0;
  const outside =
    shown.length === sorted.length
      ? undefined
      : {
          records,
          first: yearAt(sorted, beyond),
          last: yearAt(sorted, to === sorted.length ? from - 1 : sorted.length - 1),
        };
  return { columns, step, first, last, outside };
}

/** The half-open range of the span with the most records; of equal ones the nearest to our time. */
function fullestSpan(sorted: readonly YearCount[]): [from: number, to: number] {
  let best: [number, number] = [0, sorted.length];
  let most = -1;
  let nearest = 0;
  let [to, records] = [0, 0];
  for (let from = 0; from < sorted.length; from++) {
    while (to < sorted.length && yearAt(sorted, to) - yearAt(sorted, from) <= mostYears) {
      records += sorted[to]?.occ_count ?? 0;
      to++;
    }
    const distance = Math.abs(yearAt(sorted, to - 1) - 2000);
    if (records > most || (records === most && distance < nearest)) {
      best = [from, to];
      most = records;
      nearest = distance;
    }
    records -= sorted[from]?.occ_count ?? 0;
  }
  return best;
}

function yearAt(years: readonly YearCount[], index: number): number {
  return years[index]?.year ?? 0;
}

function countRecords(years: readonly YearCount[]): number {
  return years.reduce((sum, { occ_count }) => sum + occ_count, 0);
}
