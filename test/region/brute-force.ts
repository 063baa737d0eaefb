import type { LayerSource, SourceRegion } from "../../src/region/index.ts";

// The rules of placement once more, written as plainly as can be: every region, every polygon, every edge, whole
// numbers of any size, a ray straight up. Nothing here is shared with src/region.

/** Where a point lies with regard to a region. */
export type Position = "inside" | "edge" | "outside";

/** A double times 2^300, exactly, for doubles of ordinary size. */
function whole(value: number): bigint {
  return BigInt(value * 2 ** 300);
}

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

/** All regions that cover the point, sorted by id. */
export function coveringIds(regions: readonly SourceRegion[], p: readonly [number, number]): string[] {
  return regions
    .filter((region) => positionIn(region, p) !== "outside")
    .map(({ id }) => id)
    .sort();
}

/** The one that has the point, by the rules of createLocator; areas by id. */
export function winningId(
  regions: readonly SourceRegion[],
  areas: ReadonlyMap<string, number>,
  p: readonly [number, number],
): string | undefined {
  const sorted = [...regions].sort((a, b) => (a.id < b.id ? -1 : 1));
  const onEdge = sorted.filter((region) => positionIn(region, p) === "edge").slice(0, 1);
  const candidates = [...sorted.filter((region) => positionIn(region, p) === "inside"), ...onEdge];
  candidates.sort((a, b) => (areas.get(a.id) ?? 0) - (areas.get(b.id) ?? 0) || (a.id < b.id ? -1 : 1));
  return candidates[0]?.id;
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
