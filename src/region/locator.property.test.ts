import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeOf, sourceOf } from "../../test/region/brute-force.ts";
import { compileLayer } from "./compile-layer.ts";
import { decodeLayer, encodeLayer } from "./encode-layer.ts";
import type { LayerSource } from "./layer-source.ts";
import { createLocator } from "./locator.ts";

const runs = { numRuns: Number(process.env["BISONFLOW_TEST_RUNS"] ?? 60) };
type Regions = { id: string; polygons: number[][][][] }[];

/** Vertices of a lattice: edges meet, overlap, cross in vertices and lie on each other all the time. */
const vertex = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }))
  .map((v): number[] => [...v]);
const ring = fc
  .array(vertex, { minLength: 0, maxLength: 9 })
  .chain((vertices) =>
    fc.boolean().map((closed) => (closed && vertices[0] ? [...vertices, vertices[0]] : vertices)),
  );
const polygon = fc.array(ring, { minLength: 1, maxLength: 3 });
const anyRegions = fc
  .array(fc.array(polygon, { minLength: 0, maxLength: 3 }), { minLength: 1, maxLength: 6 })
  .chain((all) =>
    fc
      .shuffledSubarray(["a", "b", "B", "c1", "c10", "c2", "é"], {
        minLength: all.length,
        maxLength: all.length,
      })
      .map((ids): Regions => all.map((polygons, i) => ({ id: ids[i] as string, polygons }))),
  );

/** Triangles of a lattice dealt out among a few regions: borders are shared, and inner edges belong to one region twice. */
const tiling = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 50, maxLength: 50 }),
    fc.integer({ min: 0, max: 1 }),
  )
  .map(([deal, slant]): Regions => {
    const parts: number[][][][][] = [[], [], []];
    for (let cell = 0; cell < 25; cell++) {
      const [x, y] = [2 * (cell % 5), 2 * Math.floor(cell / 5)];
      const [sw, se, nw, ne] = [
        [x, y],
        [x + 2, y],
        [x, y + 2],
        [x + 2, y + 2],
      ] as [number[], number[], number[], number[]];
      const halves =
        slant === 0
          ? [
              [sw, se, ne],
              [sw, ne, nw],
            ]
          : [
              [sw, se, nw],
              [se, ne, nw],
            ];
      for (const [i, half] of halves.entries()) parts[deal[2 * cell + i] as number]?.push([half]);
    }
    return parts.map((polygons, i) => ({ id: ["m", "k", "z"][i] as string, polygons }));
  });

/** From lattice units to degrees: some scales are exact, some are not; the coarse ones fill root cells, the fine ones leaves. */
const placing = fc.record({
  scale: fc.constantFrom(1, 0.25, 0.1, 0.013, 0.0007, 1e-5, 3),
  x: fc.constantFrom(0, -100, 33.3, 150),
  y: fc.constantFrom(0, -60, 44.1),
});

function place(regions: Regions, at: { scale: number; x: number; y: number }): Regions {
  const move = ([x, y]: number[]): number[] => [
    at.x + (x as number) * at.scale,
    at.y + (y as number) * at.scale,
  ];
  return regions.map(({ id, polygons }) => ({
    id,
    polygons: polygons.map((rings) => rings.map((r) => r.map(move))),
  }));
}

/** Lattice points, points halfway between them, and points a hair off. */
const probes: number[][] = [];
for (let x = -1; x <= 21; x++) for (let y = -1; y <= 21; y++) probes.push([x / 2, y / 2]);
const hair = fc.double({ min: -1, max: 10, noNaN: true }).map((x) => (Math.abs(x) < 1e-280 ? 0 : x));
const hairs = fc.array(fc.tuple(hair, hair), { minLength: 20, maxLength: 20 });

function agree(source: LayerSource, points: readonly (readonly number[])[]): void {
  const compiled = compileLayer(source);
  const locator = createLocator(decodeLayer(encodeLayer(compiled)) ?? compiled);
  const lists = createLocator(compileLayer(source, { overlap: "all" }));
  const areas = new Map(compiled.ids.map((id, i) => [id, compiled.areas[i] as number]));
  const [xs, ys] = [0, 1].map((i) => Float64Array.from(points, (p) => p[i] as number)) as [
    Float64Array,
    Float64Array,
  ];
  const out = new Int32Array(points.length);
  locator.locateMany(xs, ys, out);
  points.forEach(([x, y], i) => {
    const p = [x as number, y as number] as const;
    const right = placeOf(source.regions, areas, p);
    const all = locator.locateAll(...p).map((index) => compiled.ids[index]);
    expect(all, `all at ${p}`).toEqual(right.all);
    expect(compiled.ids[out[i] as number], `one at ${p}`).toBe(right.one);
    expect(locator.locate(...p)).toBe(out[i]);
    const list = lists.locate(...p);
    expect(list < 0 ? [] : lists.sets[list]?.map((index) => compiled.ids[index])).toEqual(right.all);
  });
}

describe("the locator", () => {
  it("agrees with brute force on rings of any kind", () => {
    fc.assert(
      fc.property(anyRegions, placing, hairs, (regions, at, extra) => {
        const points = [...probes, ...extra].map(([x, y]) => [
          at.x + (x as number) * at.scale,
          at.y + (y as number) * at.scale,
        ]);
        agree(
          sourceOf(place(regions, at)),
          points.filter(([x]) => Math.abs(x as number) < 180),
        );
      }),
      runs,
    );
  });

  it("agrees with brute force where regions share their borders", () => {
    fc.assert(
      fc.property(tiling, placing, hairs, (regions, at, extra) => {
        const points = [...probes, ...extra].map(([x, y]) => [
          at.x + (x as number) * at.scale,
          at.y + (y as number) * at.scale,
        ]);
        agree(
          sourceOf(place(regions, at)),
          points.filter(([x]) => Math.abs(x as number) < 180),
        );
      }),
      runs,
    );
  });

  it("does not care where rings start, which way they run, or in which order regions come", () => {
    fc.assert(
      fc.property(anyRegions, fc.integer({ min: 0, max: 8 }), fc.boolean(), (regions, start, reverse) => {
        const turned = [...regions].reverse().map(({ id, polygons }) => ({
          id,
          polygons: [...polygons].reverse().map((rings) =>
            rings.map((r) => {
              const open = r.length > 1 && r[0]?.join() === r.at(-1)?.join() ? r.slice(0, -1) : r;
              const from = open.length === 0 ? 0 : start % open.length;
              const moved = [...open.slice(from), ...open.slice(0, from)];
              return reverse ? moved.reverse() : moved;
            }),
          ),
        }));
        const one = createLocator(compileLayer(sourceOf(regions)));
        const other = createLocator(compileLayer(sourceOf(turned)));
        for (const [x, y] of probes as [number, number][]) {
          expect(other.locateAll(x, y)).toEqual(one.locateAll(x, y));
        }
      }),
      runs,
    );
  });

  it("finds the same across the antimeridian as away from it", () => {
    const wrap = (x: number): number => (x > 180 ? x - 360 : x < -180 ? x + 360 : x);
    fc.assert(
      fc.property(
        fc.oneof(tiling, anyRegions),
        fc.constantFrom(175, 174.5, 171, -185),
        fc.constantFrom(1, 0.5),
        (regions, x, scale) => {
          // Whole and half degrees move by 360 without rounding, and so do the latitudes where edges are cut.
          const straight = sourceOf(place(regions, { scale, x, y: 10 }));
          const wrapped = sourceOf(
            place(regions, { scale, x, y: 10 }).map(({ id, polygons }) => ({
              id,
              polygons: polygons.map((rings) =>
                rings.map((r) => r.map(([a, b]) => [wrap(a as number), b as number])),
              ),
            })),
          );
          const locator = createLocator(compileLayer(wrapped));
          const beyond = createLocator(compileLayer(straight));
          for (const [px, py] of probes as [number, number][]) {
            const p = [x + px * scale, 10 + py * scale] as const;
            if (Math.abs(p[0]) === 180) continue;
            const expected = placeOf(straight.regions, new Map(), p).all;
            const names = (found: number[]) => found.map((index) => locator.layer.ids[index]);
            expect(names(locator.locateAll(wrap(p[0]), p[1])), `wrapped at ${p}`).toEqual(expected);
            expect(names(beyond.locateAll(wrap(p[0]), p[1])), `beyond 180 at ${p}`).toEqual(expected);
          }
        },
      ),
      runs,
    );
  });
});
