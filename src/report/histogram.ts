import type { Column } from "./column-chart.ts";
import { count } from "./numbers.ts";
import { plural } from "./sections/section.ts";

/**
 * Sorts whole numbers of at least 1 into classes for a column chart: single numbers where they are few, equal round
 * widths where they spread evenly, doubling widths (1, 2–3, 4–7 …) where a few are far above the rest.
 */
export function histogram(values: readonly number[], unit: { one: string; many: string }): Column[] {
  const sorted = values.filter((value) => value >= 1).sort((a, b) => a - b);
  const highest = sorted.at(-1);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (highest === undefined || median === undefined) return [];
  const lows = highest > 25 && highest > 12 * median ? doubling(highest) : equal(highest);
  const every = Math.ceil(lows.length / 7);
  return lows.map((low, i) => {
    const end = lows[i + 1] ?? (lows.length > 1 ? low + (low - (lows[i - 1] as number)) : highest + 1);
    const last = Math.max(low, i === lows.length - 1 ? Math.max(highest, end - 1) : end - 1);
    const value = sorted.filter((one) => one >= low && one <= last).length;
    const range = last > low ? `${count(low)} to ${count(last)}` : count(low);
    return {
      label: `${range} ${plural(last, unit.one, unit.many)}`,
      mark: i % every === 0 ? count(low) : undefined,
      value,
    };
  });
}

function doubling(highest: number): number[] {
  const lows: number[] = [];
  for (let low = 1; low <= highest; low *= 2) lows.push(low);
  return lows;
}

function equal(highest: number): number[] {
  const rough = highest / 24;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step =
    highest <= 25
      ? 1
      : ([1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power);
  // The first class starts at 1, the others at multiples of the step.
  const lows = [1];
  for (let low = step === 1 ? 2 : step; low <= highest; low += step) lows.push(low);
  return lows;
}
