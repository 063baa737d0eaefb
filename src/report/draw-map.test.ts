import type { Position } from "geojson";
import { describe, expect, it } from "vitest";
import { atlas, multiPolygonWkb } from "../../test/support/report-sample.ts";
import { drawMap } from "./draw-map.ts";
import type { MapGeometry } from "./map-geometry.ts";
import { parentsOf } from "./parents.ts";

function layer(regions: Record<string, Position[][][]>): MapGeometry {
  const ids = Object.keys(regions);
  return {
    layer: "x",
    ids,
    names: ids,
    wkb: ids.map((id) => multiPolygonWkb({ type: "MultiPolygon", coordinates: regions[id] ?? [] })),
  };
}

function box(west: number, south: number, east: number, north: number): Position[][] {
  return [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ];
}

/** Points of a path of the drawing, closed rings. */
function rings(path: string | null): [number, number][][] {
  return (path ?? "")
    .split("M")
    .slice(1)
    .map((text) => {
      const numbers = (text.match(/-?\d+/g) ?? []).map(Number);
      const points: [number, number][] = [];
      let [x, y] = [0, 0];
      for (let i = 0; i < numbers.length; i += 2) {
        x += numbers[i] as number;
        y += numbers[i + 1] as number;
        points.push([x, y]);
      }
      return points;
    });
}

function bounds(path: string | null): [number, number, number, number] {
  const points = rings(path).flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

describe("the counties of the United States", () => {
  const counties = atlas("counties", "county");
  const states = atlas("states", "state");
  const parents = parentsOf(counties.ids, new Map(states.ids.map((id, i) => [id, states.names[i] ?? ""])));
  const drawing = drawMap(counties, { parents });

  it("are all drawn on the sheet, the territories in insets", () => {
    expect(drawing.paths.filter((path) => path === null)).toHaveLength(1);
    for (const path of drawing.paths) {
      if (path === null) continue;
      const [left, top, right, bottom] = bounds(path);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(drawing.width);
      expect(bottom).toBeLessThanOrEqual(drawing.height);
    }
    expect(drawing.insets.map(({ title }) => title)).toContain("Puerto Rico & Virgin Is.");
  });

  it("fit into the budget", () => {
    expect(drawing.paths.join("").length + drawing.borders.length).toBeLessThan(700_000);
    const small = drawMap(counties, { parents, budgetBytes: 250_000 });
    expect(small.paths.join("").length + small.borders.length).toBeLessThan(250_000);
    expect(small.paths.filter((path) => path === null)).toHaveLength(1);
  });

  it("share the points of their borders", () => {
    // Colorado's and Nebraska's neighbours: simplified apart, some of their edges would differ.
    const seen = new Map<string, number>();
    for (const [i, path] of drawing.paths.entries()) {
      if (!/^(08|20|31)/.test(counties.ids[i] ?? "")) continue;
      for (const ring of rings(path))
        for (const [j, point] of ring.entries()) {
          const edge = [point, ring[(j + 1) % ring.length]].map(String).sort().join(" ");
          seen.set(edge, (seen.get(edge) ?? 0) + 1);
        }
    }
    const once = [...seen.values()].filter((n) => n === 1).length;
    expect(Math.max(...seen.values())).toBe(2);
    // Only the outer border of the three states together is met once.
    expect(once / seen.size).toBeLessThan(0.2);
  });
});

describe("other layers", () => {
  it("fill the sheet in a projection fitted to them", () => {
    const drawing = drawMap(layer({ a: [box(3, 50, 4.5, 51)], b: [box(4.5, 50, 6, 51)] }));
    const [left, , right] = bounds(drawing.paths.join(""));
    expect(right - left).toBeGreaterThan(0.9 * drawing.width);
    expect(drawing.insets).toEqual([]);
  });

  it("stand together when they lie on both sides of the antimeridian", () => {
    const drawing = drawMap(layer({ west: [box(177, -19, 180, -16)], east: [box(-180, -19, -178, -16)] }));
    // Meridians of a cone lean, so the two bounds overlap a little.
    const gap = bounds(drawing.paths[1] ?? null)[0] - bounds(drawing.paths[0] ?? null)[2];
    expect(Math.abs(gap)).toBeLessThan(0.01 * drawing.width);
  });

  it("may span the globe", () => {
    const drawing = drawMap(layer({ a: [box(-170, -80, -10, 80)], b: [box(-10, -80, 170, 80)] }));
    expect(drawing.paths.every((path) => path !== null)).toBe(true);
    expect(drawing.height).toBeLessThan(drawing.width);
  });

  it("keep a region that is smaller than a unit of the drawing", () => {
    const drawing = drawMap(layer({ large: [box(0, 0, 40, 40)], speck: [box(20, 20, 20.0001, 20.0001)] }));
    expect(drawing.paths[1]).not.toBeNull();
  });

  it("may be a small part of the United States, empty, or a region without polygons", () => {
    expect(drawMap(layer({ yosemite: [box(-119.9, 37.5, -119.2, 38.2)] })).insets).toEqual([]);
    expect(drawMap(layer({})).paths).toEqual([]);
    expect(drawMap(layer({ nothing: [], some: [box(0, 0, 1, 1)] })).paths[0]).toBeNull();
  });
});
