import type { Overlap } from "./layer-source.ts";

/**
 * Sets of polygons, each kept once under a number: what covers a point while the compiler walks over the grid. 0 is
 * the empty set.
 */
export class CoverStates {
  /** Sorted polygons of each set. */
  readonly sets: number[][] = [[]];
  readonly #ids = new Map<string, number>([["", 0]]);
  readonly #toggled = new Map<number, number>();
  readonly #polygons: number;

  constructor(polygons: number) {
    this.#polygons = polygons;
  }

  /** The set with a polygon put in where it was not, taken out where it was. */
  toggle(state: number, polygon: number): number {
    const key = state * this.#polygons + polygon;
    const known = this.#toggled.get(key);
    if (known !== undefined) return known;
    const set = this.sets[state] as number[];
    const changed = set.includes(polygon)
      ? set.filter((p) => p !== polygon)
      : [...set, polygon].sort((a, b) => a - b);
    const id = this.#intern(changed);
    this.#toggled.set(key, id);
    return id;
  }

  #intern(set: number[]): number {
    const text = set.join();
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.sets.push(set) - 1;
    this.#ids.set(text, id);
    return id;
  }
}

/** The regions of each cover, and what a point in nothing else gets. */
export interface Covers {
  readonly coverStarts: Int32Array;
  readonly coverRegions: Int32Array;
  readonly coverAnswers: Int32Array;
}

/**
 * For `one` the answer is the region of the smallest area; for `all` it is the number of the list: i for the list of
 * region i alone, then one for each longer list, in the order of the covers.
 */
export function resolveCovers(options: {
  readonly sets: readonly (readonly number[])[];
  readonly polygonRegions: Int32Array;
  readonly areaRanks: Int32Array;
  readonly overlap: Overlap;
}): Covers {
  const { sets, polygonRegions, areaRanks, overlap } = options;
  const starts = new Int32Array(sets.length + 1);
  const regions: number[] = [];
  const answers = new Int32Array(sets.length);
  const lists = new Map<string, number>();
  sets.forEach((set, cover) => {
    const held = [...new Set(set.map((polygon) => polygonRegions[polygon] as number))].sort((a, b) => a - b);
    regions.push(...held);
    starts[cover + 1] = regions.length;
    const [first] = held;
    if (first === undefined) answers[cover] = -1;
    else if (held.length === 1) answers[cover] = first;
    else if (overlap === "one") {
      answers[cover] = held.reduce((best, r) =>
        (areaRanks[r] as number) < (areaRanks[best] as number) ? r : best,
      );
    } else {
      const key = held.join();
      const known = lists.get(key) ?? areaRanks.length + lists.size;
      lists.set(key, known);
      answers[cover] = known;
    }
  });
  return { coverStarts: starts, coverRegions: Int32Array.from(regions), coverAnswers: answers };
}
