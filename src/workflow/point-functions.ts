import type { CellFunction } from "../engine/index.ts";
import { type Locator, SNAPPED } from "../region/index.ts";
import { layersPerCall, snappedBit } from "./annotate-sql.ts";

/**
 * One SQL function for up to three layers: the crossing from SQL to JavaScript is paid once for all of them.
 * It answers INTEGER for one layer; for more a BIGINT of 21 bits a layer. A layer's code is 0 outside, else
 * the region's index + 1, with bit 20 set where only snapping found it.
 */
export function locateFunction(name: string, locators: readonly Locator[]): CellFunction {
  let found = new Int32Array(0);
  const [only] = locators;
  if (locators.length === 1 && only !== undefined) {
    return {
      name,
      returns: "integer",
      call: (xs, ys, out) => {
        only.locateMany(xs, ys, out, xs.length);
        for (let i = 0; i < xs.length; i++) out[i] = code(out[i] as number);
      },
    };
  }
  if (locators.length > layersPerCall) throw new Error("Bug in bisonflow: too many layers for one call.");
  return {
    name,
    returns: "bigint",
    call: (xs, ys, out) => {
      const count = xs.length;
      if (found.length < count) found = new Int32Array(count);
      out.fill(0);
      locators.forEach((locator, position) => {
        locator.locateMany(xs, ys, found, count);
        for (let i = 0; i < count; i++) {
          const value = code(found[i] as number);
          const low = 2 * i;
          // 21 bits each: the first in the low word, the second across both, the third in the high word.
          if (position === 0) out[low] = value;
          else if (position === 1) {
            out[low] = (out[low] as number) | (value << 21);
            out[low + 1] = value >>> 11;
          } else out[low + 1] = (out[low + 1] as number) | (value << 10);
        }
      });
    },
  };
}

function code(located: number): number {
  if (located < 0) return 0;
  return (located & SNAPPED) === 0 ? located + 1 : ((located & ~SNAPPED) + 1) | snappedBit;
}

/** Metres from a point to the nearest edge of a layer, whole metres rounded down; `farMeters` where it is farther. */
export function edgeDistanceFunction(name: string, locator: Locator, farMeters: number): CellFunction {
  return {
    name,
    returns: "integer",
    call: (xs, ys, out) => {
      for (let i = 0; i < xs.length; i++) {
        const meters = locator.distanceToEdgeMeters(xs[i] as number, ys[i] as number, farMeters);
        out[i] = Math.min(farMeters, Math.floor(meters));
      }
    },
  };
}

/** What `misplacedFunction` answers, as bits. */
export const misplaced = { swapped: 1, negated: 2 } as const;

/**
 * For a point outside every region: 1 where the point with latitude and longitude swapped is inside one,
 * 2 where one with a sign turned is, 3 for both; 0 for a point that is inside as it stands.
 */
export function misplacedFunction(name: string, locator: Locator): CellFunction {
  const inside = (x: number, y: number): boolean => Math.abs(y) <= 90 && locator.locate(x, y) >= 0;
  return {
    name,
    returns: "integer",
    call: (xs, ys, out) => {
      for (let i = 0; i < xs.length; i++) {
        const x = xs[i] as number;
        const y = ys[i] as number;
        if (Number.isNaN(x) || Number.isNaN(y) || inside(x, y)) {
          out[i] = 0;
          continue;
        }
        const negated = inside(-x, y) || inside(x, -y) || inside(-x, -y);
        out[i] = (inside(y, x) ? misplaced.swapped : 0) | (negated ? misplaced.negated : 0);
      }
    },
  };
}
