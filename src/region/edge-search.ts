import type { CompiledLayer } from "./compiled-layer.ts";
import { edgeMeters, latitudeReach, longitudeReach } from "./geodesic.ts";

export interface EdgeSearch {
  /** The region nearest to a point, by its index; where several are as near the first; -1 for none within so many metres. */
  nearestRegion(x: number, y: number, withinMeters: number): number;
  /** Metres to the nearest edge; Infinity for none within so many metres. */
  distance(x: number, y: number, withinMeters: number): number;
}

/** Searches root cells in rings around the point, and stops where no nearer edge can be. */
export function createEdgeSearch(
  layer: CompiledLayer,
  isGlued: (region: number, latitude: number) => boolean,
): EdgeSearch {
  const { root, edges, edgeRegions, tileEdges, cellEdges, columns, rows } = layer;
  const [west, south, east, north] = [0, 1, 2, 3].map((i) => layer.frame[i] as number) as [
    number,
    number,
    number,
    number,
  ];
  const cell = layer.frame[4] as number;
  const originX = layer.frame[5] as number;
  const originY = layer.frame[6] as number;
  let seam: ReadonlySet<number> | undefined;
  let best = Infinity;
  let region = -1;
  /** Degrees that `best` reaches from the point's latitude, across and up. */
  let across = 180;
  let up = 180;

  function reach(meters: number, latitude: number): void {
    best = meters;
    across = longitudeReach(meters, latitude);
    up = latitudeReach(meters);
  }

  /** Looks at the edges of one root cell. */
  function scan(entry: number, x: number, y: number): void {
    const list = tileEdges[(-2 - entry) >> 1] as number;
    const end = list + 1 + (cellEdges[list] as number);
    for (let i = list + 1; i < end; i++) {
      const edge = cellEdges[i] as number;
      const y1 = edges[4 * edge + 1] as number;
      const y2 = edges[4 * edge + 3] as number;
      if (y1 > y + up || y2 < y - up) continue;
      const x1 = edges[4 * edge] as number;
      const x2 = edges[4 * edge + 2] as number;
      if ((x1 > x + across && x2 > x + across) || (x1 < x - across && x2 < x - across)) continue;
      const meters = edgeMeters(x, y, x1, y1, x2, y2, best);
      if (meters > best || (seam as ReadonlySet<number>).has(edge)) continue;
      const one = edgeRegions[2 * edge] as number;
      const two = edgeRegions[2 * edge + 1] as number;
      const first = two >= 0 && two < one ? two : one;
      if (meters < best || region < 0 || first < region) region = first;
      if (meters < best) reach(meters, y);
    }
  }

  /** Rings of root cells around a point, the nearest first; the point may lie outside the grid. */
  function rings(x: number, y: number): void {
    const centerX = Math.floor((x - originX) / cell);
    const centerY = Math.floor((y - originY) / cell);
    for (let ring = 0; ; ring++) {
      // A hair more than it reaches: cells begin a hair before their points.
      const leftX = Math.floor((x - across - 1e-9 - originX) / cell);
      const rightX = Math.floor((x + across + 1e-9 - originX) / cell);
      const lowY = Math.floor((y - up - 1e-9 - originY) / cell);
      const highY = Math.floor((y + up + 1e-9 - originY) / cell);
      if (ring > Math.max(centerX - leftX, rightX - centerX, centerY - lowY, highY - centerY)) return;
      const fromX = Math.max(0, leftX, centerX - ring);
      const toX = Math.min(columns - 1, rightX, centerX + ring);
      const fromY = Math.max(0, lowY, centerY - ring);
      const toY = Math.min(rows - 1, highY, centerY + ring);
      for (let row = fromY; row <= toY; row++) {
        const whole = Math.abs(row - centerY) === ring;
        for (let column = fromX; column <= toX; column++) {
          if (!whole && Math.abs(column - centerX) !== ring) {
            // The inside of the ring was seen: on to its other side.
            column = Math.max(column, Math.min(toX, centerX + ring - 1));
            continue;
          }
          const entry = root[row * columns + column] as number;
          if (entry < -1 && ((-2 - entry) & 1) === 1) scan(entry, x, y);
        }
      }
    }
  }

  function search(x: number, y: number, withinMeters: number): void {
    seam ??= seamEdges(layer, isGlued);
    region = -1;
    if (!(withinMeters >= 0) || edges.length === 0) return;
    reach(withinMeters, y);
    if (y + up < south || y - up > north) return;
    for (let turn = -360; turn <= 360; turn += 360) {
      if (x + turn + across >= west && x + turn - across <= east) rings(x + turn, y);
    }
  }

  return {
    nearestRegion(x, y, withinMeters) {
      search(x, y, withinMeters);
      return region;
    },
    distance(x, y, withinMeters) {
      search(x, y, withinMeters);
      return region < 0 ? Infinity : best;
    },
  };
}

/** Edges along the antimeridian whose regions go on beyond it: where rings were cut there, no border of anything. */
function seamEdges(
  layer: CompiledLayer,
  isGlued: (region: number, latitude: number) => boolean,
): ReadonlySet<number> {
  const { edges, edgeRegions } = layer;
  const found = new Set<number>();
  for (let at = 0; at < edges.length; at += 4) {
    const x = edges[at] as number;
    if (Math.abs(x) !== 180 || edges[at + 2] !== x) continue;
    const edge = at >> 2;
    const middle = ((edges[at + 1] as number) + (edges[at + 3] as number)) / 2;
    const regions = [edgeRegions[2 * edge] as number, edgeRegions[2 * edge + 1] as number];
    if (regions.every((region) => region < 0 || isGlued(region, middle))) found.add(edge);
  }
  return found;
}
