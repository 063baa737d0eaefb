import type { LayerSource, SourceRegion } from "../../src/region/index.ts";

// The rules of placement once more, written as plainly as can be: every region, every polygon, every edge, whole
// numbers of any size, a ray straight up. Nothing here is shared with src/region.

/** Where a point lies with regard to a region. */
export type Position = "inside" | "edge" | "outside";

/** A double times 2^1000, exactly, for doubles of 10^-280 and more. */
function whole(value: number): bigint {
  const known = wholes.get(value);
  if (known !== undefined) return known;
  if (wholes.size > 10_000) wholes.clear();
  const exact = BigInt(value * 2 ** 1000);
  wholes.set(value, exact);
  return exact;
}

const wholes = new Map<number, bigint>();

function turn(a: readonly number[], b: readonly number[], p: readonly number[]): bigint {
  const [ax, ay, bx, by, px, py] = [...a, ...b, ...p].map(whole) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  return (bx - ax) * (py - ay) - (by - ay) * (px - ax);
}

function inPolygon(rings: readonly Float64Array[], p: readonly [number, number]): Position {
  let inside = false;
  for (const ring of rings) {
    const count = ring.length / 2;
    for (let i = 0; i < count; i++) {
      const a = [ring[2 * i] as number, ring[2 * i + 1] as number] as const;
      const j = (i + 1) % count;
      const b = [ring[2 * j] as number, ring[2 * j + 1] as number] as const;
      if (a[0] === b[0] && a[1] === b[1]) continue;
      const within =
        p[0] >= Math.min(a[0], b[0]) &&
        p[0] <= Math.max(a[0], b[0]) &&
        p[1] >= Math.min(a[1], b[1]) &&
        p[1] <= Math.max(a[1], b[1]);
      if (within && turn(a, b, p) === 0n) return "edge";
      if (a[0] <= p[0] === b[0] <= p[0]) continue;
      if (p[1] > Math.max(a[1], b[1])) continue;
      if (p[1] < Math.min(a[1], b[1])) {
        inside = !inside;
        continue;
      }
      // Does the edge cross the ray straight up from the point? It does where it passes above it.
      const above = a[0] < b[0] ? turn(a, b, p) < 0n : turn(b, a, p) < 0n;
      if (above) inside = !inside;
    }
  }
  return inside ? "inside" : "outside";
}

export function positionIn(region: SourceRegion, p: readonly [number, number]): Position {
  const positions = region.polygons.map((polygon) => inPolygon(polygon, p));
  return positions.includes("inside") ? "inside" : positions.includes("edge") ? "edge" : "outside";
}

/** What is right at a point: every region that covers it, sorted by id; and the one that has it, by createLocator's rules. */
export function placeOf(
  regions: readonly SourceRegion[],
  areas: ReadonlyMap<string, number>,
  p: readonly [number, number],
): { readonly all: readonly string[]; readonly one: string | undefined } {
  const places = regions
    .map((region) => ({ id: region.id, position: positionIn(region, p) }))
    .filter(({ position }) => position !== "outside")
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const onEdge = places.filter(({ position }) => position === "edge").slice(0, 1);
  const candidates = [...places.filter(({ position }) => position === "inside"), ...onEdge];
  candidates.sort((a, b) => (areas.get(a.id) ?? 0) - (areas.get(b.id) ?? 0) || (a.id < b.id ? -1 : 1));
  return { all: places.map(({ id }) => id), one: candidates[0]?.id };
}

/** A layer of regions given as id and polygons of rings of vertices. */
export function sourceOf(regions: readonly { id: string; polygons: number[][][][] }[]): LayerSource {
  return {
    name: "test",
    idField: "id",
    nameField: "id",
    crs: "EPSG:4326",
    issues: [],
    coarser: [],
    regions: regions.map(({ id, polygons }) => ({
      id,
      name: id,
      fields: {},
      polygons: polygons.map((rings) => rings.map((ring) => Float64Array.from(ring.flat()))),
    })),
  };
}
