import { least, most } from "./extremes.ts";
import { count, percent } from "./numbers.ts";

/** How one figure of the regions is shown as colours: class i holds values from breaks[i] up to breaks[i + 1]. */
export interface Classes {
  /** Lower bounds, ascending, at most seven. */
  readonly breaks: readonly number[];
  /** What each class is called in the legend. */
  readonly labels: readonly string[];
  /** The tone of each class on the page's scale from 0 to 6, spread over it. */
  readonly tones: readonly number[];
  /** A character a region: its tone, `n` without records, `u` where the figure is undefined. */
  readonly codes: string;
  /** Regions in each class, without records, and undefined. */
  readonly regions: readonly number[];
  readonly withoutRecords: number;
  readonly undefinedRegions: number;
}

const MOST = 6;
/** Tones of the scale in report.css, 0 to 6. */
const TONES = 7;

/**
 * Sorts the regions' values into at most six classes (seven where zeros have one of their own) with round bounds:
 * powers of ten where values span three orders of magnitude or more, equal numbers of regions otherwise.
 *
 * `values` holds null where the figure is undefined; `occurrences` tells regions without records apart.
 */
export function classify(
  values: readonly (number | null)[],
  occurrences: readonly number[],
  kind: "count" | "share",
): Classes {
  const seen = values.filter((value, i): value is number => value !== null && (occurrences[i] ?? 0) > 0);
  const breaks = kind === "count" ? countBreaks(seen) : shareBreaks(seen);
  const tones = breaks.map((_, i) =>
    breaks.length === 1 ? 3 : Math.round((i * (TONES - 1)) / (breaks.length - 1)),
  );
  const codes = values.map((value, i) => {
    if (!((occurrences[i] ?? 0) > 0)) return "n";
    return value === null ? "u" : String(tones[classOf(value, breaks)]);
  });
  const top = Math.max(most(seen), 0);
  return {
    breaks,
    labels: breaks.map((low, i) => label(low, breaks[i + 1], top, kind)),
    tones,
    codes: codes.join(""),
    regions: tones.map((tone) => codes.filter((code) => code === String(tone)).length),
    withoutRecords: codes.filter((code) => code === "n").length,
    undefinedRegions: codes.filter((code) => code === "u").length,
  };
}

function classOf(value: number, breaks: readonly number[]): number {
  let found = 0;
  while (found + 1 < breaks.length && value >= (breaks[found + 1] as number)) found++;
  return found;
}

function countBreaks(seen: readonly number[]): number[] {
  const positive = seen.filter((value) => value > 0);
  if (positive.length === 0) return seen.length > 0 ? [0] : [];
  const zeros = seen.length > positive.length;
  const [low, high] = [least(positive), most(positive)];
  const first = 10 ** Math.floor(Math.log10(low));
  const decades = Math.floor(Math.log10(high)) - Math.log10(first) + 1;
  let breaks: number[];
  if (high / low >= 1000) {
    // More decades than tones: those at the low end share one.
    const tones = zeros ? TONES - 1 : TONES;
    const powers = Array.from({ length: decades }, (_, i) => first * 10 ** i);
    breaks = decades > tones ? [first, ...powers.slice(decades - tones + 1)] : powers;
  } else breaks = quantiles(positive, (value) => roundTo(value, 2, 1));
  return zeros ? [0, ...breaks] : breaks;
}

function shareBreaks(seen: readonly number[]): number[] {
  const positive = seen.filter((value) => value > 0);
  if (positive.length === 0) return seen.length > 0 ? [0] : [];
  const breaks = quantiles(positive, (value) => roundTo(value, value < 0.1 ? 1 : 2, 0.001));
  return seen.length > positive.length ? [0, ...breaks] : breaks;
}

/** Bounds between equal parts of the values, made round, each once. */
function quantiles(values: readonly number[], round: (value: number) => number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const [first] = sorted;
  if (first === undefined) return [];
  const bounds = new Set([Math.min(round(first), first)]);
  for (let i = 1; i < MOST; i++) {
    const bound = round(sorted[Math.floor((i * sorted.length) / MOST)] as number);
    if (bound > first) bounds.add(bound);
  }
  return [...bounds].sort((a, b) => a - b);
}

/** Rounded down to so many significant digits, and to a multiple of `unit`. */
function roundTo(value: number, digits: number, unit: number): number {
  if (value <= unit) return unit;
  const step = Math.max(unit, 10 ** (Math.floor(Math.log10(value)) - digits + 1));
  return Number((Math.floor(value / step + 1e-9) * step).toPrecision(12));
}

function label(low: number, next: number | undefined, top: number, kind: "count" | "share"): string {
  // Where there are zeros they have a class of their own, and the next one starts at or below the least of the others.
  if (low === 0) return kind === "count" ? "0" : "0%";
  if (kind === "count") {
    const last = next === undefined ? top : next - 1;
    return last <= low ? count(low) : `${count(low)} – ${count(last)}`;
  }
  const end = next ?? top;
  return end <= low ? bound(low) : `${bound(low)} – ${bound(end)}`;
}

/** Bounds are round: 4%, not 4.0%. */
function bound(share: number): string {
  return percent(share).replace(".0%", "%");
}
