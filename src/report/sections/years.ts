import type { Column } from "../column-chart.ts";

/** Years as columns, in steps of 1, 2, 5, 10 … years so that at most 150 stand side by side; years without records are zero. */
export function yearColumns(years: readonly { year: number; occ_count: number }[]): {
  columns: Column[];
  step: number;
} {
  const first = Math.min(...years.map(({ year }) => year));
  const last = Math.max(...years.map(({ year }) => year));
  const step = [1, 2, 5, 10, 20, 50, 100].find((size) => (last - first) / size <= 150) ?? 1000;
  const start = Math.floor(first / step) * step;
  const sums = new Map<number, number>();
  for (const { year, occ_count } of years) {
    const low = Math.floor(year / step) * step;
    sums.set(low, (sums.get(low) ?? 0) + occ_count);
  }
  const length = Math.floor((last - start) / step) + 1;
  const every =
    [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000].find(
      (size) => size >= step && (length * step) / size <= 8,
    ) ?? 5000;
  const columns = Array.from({ length }, (_, i) => {
    const low = start + i * step;
    const label = step === 1 ? String(low) : `${low} to ${low + step - 1}`;
    return { label, mark: low % every === 0 ? String(low) : undefined, value: sums.get(low) ?? 0 };
  });
  return { columns, step };
}
