import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sourceOf } from "../../test/region/brute-force.ts";
import { runPython } from "../../test/support/python.ts";
import { compileLayer } from "./compile-layer.ts";
import { geodesicMeters } from "./geodesic.ts";
import { createLocator, SNAPPED } from "./locator.ts";

describe("geodesicMeters", () => {
  it("is what GeographicLib says, within 1 part in 20,000", () => {
    const pairs: number[][] = [];
    for (const y of [-89.9, -60, -12.5, 0, 0.01, 37, 71, 85, 89.99]) {
      for (const [dx, dy] of [
        [1e-5, 0],
        [0, 1e-5],
        [0.01, 0.01],
        [0.5, -0.3],
        [3, 0.001],
        [10, 4],
      ] as const) {
        pairs.push([100, y, 100 + dx, Math.max(-90, Math.min(90, y + dy))]);
      }
    }
    const expected = runPython<number[]>(
      `import json, sys
from pyproj import Geod
geod = Geod(ellps="WGS84")
print(json.dumps([geod.inv(*pair)[2] for pair in json.loads(sys.argv[1])]))`,
      [JSON.stringify(pairs)],
    );
    pairs.forEach((pair, i) => {
      const meters = geodesicMeters(...(pair as [number, number, number, number]));
      expect(
        Math.abs(meters / (expected[i] as number) - 1),
        `${pair}: ${meters}, ${expected[i]}`,
      ).toBeLessThan(5e-5);
    });
    expect(geodesicMeters(10, 20, 10, 20)).toBe(0);
  });
});

describe("the nearest edge", () => {
  const offset = fc.double({ min: -0.5, max: 0.5, noNaN: true });

  it("is found as by measuring to many points of every edge", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(-180, -75, 0, 179.9),
        fc.constantFrom(-84, -33, 0, 47, 79.8, 88),
        fc.constantFrom(0.02, 0.4, 3),
        fc.array(fc.array(fc.tuple(offset, offset), { minLength: 2, maxLength: 6 }), {
          minLength: 1,
          maxLength: 4,
        }),
        offset,
        offset,
        fc.constantFrom(500, 20_000, 400_000),
        (west, south, size, rings, px, py, within) => {
          const regions = rings.map((ring, i) => ({
            id: `r${i}`,
            polygons: [
              [ring.map(([x, y]) => [west + size * (0.5 + x), Math.min(90, south + size * (0.5 + y))])],
            ],
          }));
          const locator = createLocator(compileLayer(sourceOf(regions), { snapMeters: within }));
          const unwrapped = west + size * (0.5 + 2 * px);
          const y = Math.min(90, south + size * (0.5 + 2 * py));
          const x = unwrapped > 180 ? unwrapped - 360 : unwrapped < -180 ? unwrapped + 360 : unwrapped;
          let best = Infinity;
          const steps = 300;
          for (const { polygons } of regions) {
            const ring = polygons[0]?.[0] ?? [];
            ring.forEach(([x1, y1], i) => {
              const [x2, y2] = ring[(i + 1) % ring.length] as [number, number];
              if (x1 === x2 && y1 === y2) return;
              for (let step = 0; step <= steps; step++) {
                const t = step / steps;
                const at = [
                  (x1 as number) + t * (x2 - (x1 as number)),
                  (y1 as number) + t * (y2 - (y1 as number)),
                ] as const;
                best = Math.min(best, geodesicMeters(unwrapped, y, ...at));
              }
            });
          }
          const found = locator.distanceToEdgeMeters(x, y, within);
          // Sampling misses the nearest point by up to half a step of the longest edge.
          const slack = (size * 1.5 * 111_700) / steps;
          if (best < within - slack) expect(found).toBeLessThanOrEqual(best * 1.0001 + 1e-6);
          if (found !== Infinity) {
            expect(found).toBeLessThanOrEqual(within);
            expect(found).toBeGreaterThan(best - slack - 1);
          } else expect(best).toBeGreaterThan(within * 0.9999 - 1e-6);
          const located = locator.locate(x, y);
          if (located >= 0 && (located & SNAPPED) !== 0) expect(found).toBeLessThanOrEqual(within);
          if (located < 0) expect(found).toBe(Infinity);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("of a point on an edge is at no distance", () => {
    const locator = createLocator(
      compileLayer(
        sourceOf([
          {
            id: "a",
            polygons: [
              [
                [
                  [0, 0],
                  [1, 0],
                  [1, 1],
                ],
              ],
            ],
          },
        ]),
      ),
    );
    expect(locator.distanceToEdgeMeters(0.5, 0, 10)).toBe(0);
    expect(locator.distanceToEdgeMeters(0.25, 0.25, 10)).toBeLessThan(1e-6);
    expect(locator.distanceToEdgeMeters(0.75, 0.25, 10)).toBe(Infinity);
    expect(locator.distanceToEdgeMeters(0.75, 0.25, 1e6)).toBeGreaterThan(27_000);
  });
});
