import { describe, expect, it } from "vitest";
import { sourceOf } from "../../test/region/brute-force.ts";
import { compileLayer } from "./compile-layer.ts";
import type { Overlap } from "./layer-source.ts";
import { createLocator, SNAPPED } from "./locator.ts";

type Box = [west: number, south: number, east: number, north: number];
const box = ([west, south, east, north]: Box): number[][] => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];

function locatorOf(
  regions: Record<string, number[][][][]>,
  options: { overlap?: Overlap; snapMeters?: number } = {},
) {
  const source = sourceOf(Object.entries(regions).map(([id, polygons]) => ({ id, polygons })));
  return createLocator(compileLayer(source, options));
}

function idAt(locator: ReturnType<typeof locatorOf>, x: number, y: number): string | undefined {
  const found = locator.locate(x, y);
  if (found < 0) return undefined;
  return `${locator.layer.ids[found & ~SNAPPED]}${(found & SNAPPED) === 0 ? "" : " (snapped)"}`;
}

describe("who has a point", () => {
  const nested = locatorOf({
    a: [[box([0, 0, 10, 10])]],
    b: [[box([2, 2, 4, 4])]],
    c: [[box([4, 2, 6, 4])]],
  });

  it("inside several regions: the smallest", () => {
    expect(idAt(nested, 3, 3)).toBe("b");
    expect(idAt(nested, 8, 8)).toBe("a");
  });

  it("on the edge of a region within a larger one: the smaller, whose edge is inside too", () => {
    expect(idAt(nested, 2, 3)).toBe("b");
  });

  it("on an edge that two regions share: the first by id, though a larger one lies below both", () => {
    expect(idAt(nested, 4, 3)).toBe("b");
    expect(nested.locateAll(4, 3)).toEqual([0, 1, 2]);
  });

  it("on an edge that two share, one inside the other: the first by id", () => {
    const corner = locatorOf({ a: [[box([0, 0, 10, 10])]], b: [[box([0, 0, 2, 2])]] });
    expect(idAt(corner, 0, 1)).toBe("a");
    expect(idAt(corner, 1, 1)).toBe("b");
  });

  it("in regions of the same area: the first by id", () => {
    const twins = locatorOf({ z: [[box([0, 0, 2, 2])]], y: [[box([0, 0, 2, 2])]] });
    expect(idAt(twins, 1, 1)).toBe("y");
    expect(idAt(twins, 0, 0)).toBe("y");
  });

  it("ids are compared by code units", () => {
    const letters = locatorOf({
      a: [[box([0, 0, 1, 1])]],
      B: [[box([1, 0, 2, 1])]],
      "10": [[box([0, 1, 1, 2])]],
      "9": [[box([1, 1, 2, 2])]],
    });
    expect(letters.layer.ids).toEqual(["10", "9", "B", "a"]);
    expect(idAt(letters, 1, 0.5)).toBe("B");
    expect(idAt(letters, 1, 1)).toBe("10");
  });

  it("nowhere: coordinates that are no numbers or out of range", () => {
    const xs = Float64Array.of(NaN, 1, Infinity, 181, 1, -180.0001, 1);
    const ys = Float64Array.of(1, NaN, 1, 1, 91, 1, 1);
    const out = new Int32Array(8).fill(7);
    nested.locateMany(xs, ys, out);
    expect([...out]).toEqual([-1, -1, -1, -1, -1, -1, 0, 7]);
    nested.locateMany(xs, ys, out.fill(7), 2);
    expect([...out]).toEqual([-1, -1, 7, 7, 7, 7, 7, 7]);
    expect(nested.locateAll(NaN, 1)).toEqual([]);
    expect(nested.distanceToEdgeMeters(NaN, 1, 1e6)).toBe(Infinity);
  });

  it("lists for overlap `all`: each list has one number, and they grow", () => {
    const lists = locatorOf(
      { a: [[box([0, 0, 10, 10])]], b: [[box([2, 2, 4, 4])]], c: [[box([3, 3, 6, 6])]] },
      { overlap: "all" },
    );
    const at = (x: number, y: number) => lists.sets[lists.locate(x, y)];
    expect([at(1, 1), at(2.5, 2.5), at(3.5, 3.5), at(5, 5), at(3, 3.2)]).toEqual([
      [0],
      [0, 1],
      [0, 1, 2],
      [0, 2],
      [0, 1, 2],
    ]);
    expect(lists.locate(3.5, 3.5)).toBe(lists.locate(3, 3.2));
    expect(lists.locate(20, 20)).toBe(-1);
    expect(new Set(lists.sets.map(String)).size).toBe(lists.sets.length);
  });

  it("more regions at one point than a leaf holds", () => {
    const many: Record<string, number[][][][]> = {};
    for (let i = 0; i < 75; i++)
      many[`r${String(i).padStart(2, "0")}`] = [[box([0, 0, 1 + i / 100, 1 + i / 100])]];
    const locator = locatorOf(many, { overlap: "all" });
    expect(locator.sets[locator.locate(0, 0)]).toHaveLength(75);
    expect(locator.sets[locator.locate(1.3, 1.3)]).toHaveLength(45);
    const one = locatorOf(many);
    expect([idAt(one, 0, 0), idAt(one, 0.5, 0.5), idAt(one, 1.305, 1)]).toEqual(["r00", "r00", "r31"]);
  });

  it("an empty layer, and regions without polygons, have none", () => {
    expect(locatorOf({}).locate(0, 0)).toBe(-1);
    expect(locatorOf({ a: [] }, { snapMeters: 1e5 }).locate(0, 0)).toBe(-1);
    expect(locatorOf({ a: [[[]]], b: [[[[1, 1]]]] }).locate(1, 1)).toBe(-1);
  });
});

describe("the antimeridian and the poles", () => {
  const crossing = {
    a: [
      [
        [
          [179, 0],
          [-179, 0],
          [-179, 1],
          [179, 1],
        ],
      ],
    ],
    b: [
      [
        [
          [179, 1],
          [-179, 1],
          [-179, 2],
          [179, 2],
        ],
      ],
    ],
  };
  const cut = {
    a: [[box([179, 0, 180, 1])], [box([-180, 0, -179, 1])]],
    b: [[box([179, 1, 180, 2])], [box([-180, 1, -179, 2])]],
  };

  it.each([
    ["in one ring", crossing],
    ["cut there", cut],
  ])("regions across it, %s", (_, regions) => {
    const locator = locatorOf(regions);
    for (const x of [179, 179.5, 180, -180, -179.5, -179]) {
      expect([
        x,
        idAt(locator, x, 0.5),
        idAt(locator, x, 1),
        idAt(locator, x, 1.5),
        idAt(locator, x, 2.5),
      ]).toEqual([x, "a", "a", "b", undefined]);
    }
    expect(idAt(locator, 0, 0.5)).toBeUndefined();
    const nested = locatorOf({
      ...regions,
      Z: [
        [
          [
            [179.9, 0.2],
            [-179.9, 0.2],
            [-179.9, 1.8],
            [179.9, 1.8],
          ],
        ],
      ],
    });
    expect(idAt(nested, 180, 0.5)).toBe("Z");
    // The cut is no border.
    expect(Math.round(locator.distanceToEdgeMeters(180, 0.5, 1e6))).toBe(55287);
  });

  it("a border along it is one", () => {
    const locator = locatorOf({
      a: [[box([179, 0, 180, 1])]],
      b: [
        [
          [
            [180, 0],
            [-179, 0],
            [-179, 1],
            [180, 1],
          ],
        ],
      ],
    });
    expect([
      idAt(locator, 179.9, 0.5),
      idAt(locator, 180, 0.5),
      idAt(locator, -180, 0.5),
      idAt(locator, -179.9, 0.5),
    ]).toEqual(["a", "a", "a", "b"]);
    expect(locator.distanceToEdgeMeters(-180, 0.5, 1e6)).toBe(0);
  });

  it("longitudes from 0 to 360", () => {
    const locator = locatorOf({ a: [[box([170, 0, 200, 10])]], b: [[box([200, 0, 350, 10])]] });
    expect([175, -175, -160, -159, -11, -5].map((x) => idAt(locator, x, 5))).toEqual([
      "a",
      "a",
      "a",
      "b",
      "b",
      undefined,
    ]);
  });

  it("a ring round a pole holds the pole", () => {
    const ring = (y: number): number[][] =>
      Array.from({ length: 36 }, (_, i) => [-180 + 10 * i, y + (i % 2)]);
    const locator = locatorOf({ north: [[ring(80)]], south: [[ring(-75).reverse()]] });
    for (const x of [-180, -175, -170, 0, 33, 179.99, 180]) {
      expect([
        x,
        idAt(locator, x, 90),
        idAt(locator, x, 85),
        idAt(locator, x, 79),
        idAt(locator, x, -80),
        idAt(locator, x, -90),
        idAt(locator, x, -73),
      ]).toEqual([x, "north", "north", undefined, "south", "south", undefined]);
    }
    // Where the ring begins there is no border up to the pole.
    expect(locator.distanceToEdgeMeters(-180, 86, 3e5)).toBe(Infinity);
  });

  it("Antarctica closed along the pole, and a world-wide box", () => {
    const coast = Array.from({ length: 37 }, (_, i) => [-180 + 10 * i, -70 - (i % 3)]);
    const locator = locatorOf({
      antarctica: [[[[-180, -90], ...coast, [180, -90], [-180, -90]]]],
      belt: [[box([-180, -10, 180, 10])]],
    });
    for (const x of [-180, -60, 180]) {
      expect([
        idAt(locator, x, -90),
        idAt(locator, x, -80),
        idAt(locator, x, 0),
        idAt(locator, x, 10),
        idAt(locator, x, 11),
      ]).toEqual(["antarctica", "antarctica", "belt", "belt", undefined]);
    }
  });
});

describe("snapping", () => {
  const regions = { b: [[box([0, 0, 1, 1])]], a: [[box([1.01, 0, 2, 1])]], c: [[box([1, 2, 2, 3])]] };

  it("takes the nearest region within so many metres, marked", () => {
    const locator = locatorOf(regions, { snapMeters: 1000 });
    expect([idAt(locator, 0.5, 0.5), idAt(locator, 1.004, 0.5), idAt(locator, 1.006, 0.5)]).toEqual([
      "b",
      "b (snapped)",
      "a (snapped)",
    ]);
    expect([idAt(locator, 0.5, -0.0089), idAt(locator, 0.5, -0.0091), idAt(locator, -0.02, 0.5)]).toEqual([
      "b (snapped)",
      undefined,
      undefined,
    ]);
    const out = new Int32Array(2);
    locator.locateMany(Float64Array.of(1.004, -50), Float64Array.of(0.5, 0.5), out);
    expect([...out]).toEqual([1 | SNAPPED, -1]);
  });

  it("takes the first by id of those as near", () => {
    const locator = locatorOf({ z: [[box([0, 0, 1, 1])]], y: [[box([0, 1, 1, 2])]] }, { snapMeters: 5000 });
    expect(idAt(locator, 1.001, 1)).toBe("y (snapped)");
    expect(idAt(locator, 1.001, 0.999)).toBe("z (snapped)");
  });

  it("reaches over the antimeridian and beyond the layer", () => {
    const locator = locatorOf({ a: [[box([179, 0, 179.999, 1])]] }, { snapMeters: 2000 });
    expect([
      idAt(locator, -179.995, 0.5),
      idAt(locator, 180, 0.5),
      idAt(locator, -179.98, 0.5),
      idAt(locator, 179.5, 1.01),
    ]).toEqual(["a (snapped)", "a (snapped)", undefined, "a (snapped)"]);
  });

  it("is off unless asked for", () => {
    expect(idAt(locatorOf(regions), 1.004, 0.5)).toBeUndefined();
  });

  it("gives a list of one in a layer with overlap `all`", () => {
    const locator = locatorOf(regions, { overlap: "all", snapMeters: 1000 });
    const found = locator.locate(1.004, 0.5);
    expect([found & SNAPPED, locator.sets[found & ~SNAPPED]]).toEqual([SNAPPED, [1]]);
  });
});
