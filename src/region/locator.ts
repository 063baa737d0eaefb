import { type CompiledLayer, leafHeader, levels, tileSide } from "./compiled-layer.ts";
import { CoverResolver } from "./cover-resolver.ts";
import { createEdgeSearch } from "./edge-search.ts";
import { exactOrientation } from "./orientation.ts";

/** Set in what a locator answers where the point is in no region and only snapping found one. */
export const SNAPPED = 1 << 30;

/** Finds the region of points, as fast as the machine allows: nothing is allocated for a point. */
export interface Locator {
  readonly layer: CompiledLayer;
  /**
   * The region of a point: its index in `layer.ids`; for a layer with overlap `all` the index of a list in `sets`.
   * -1 outside and for coordinates that are no numbers or out of range. With the SNAPPED bit where only snapping
   * found it.
   */
  locate(longitude: number, latitude: number): number;
  /** The same for the first `count` points (all by default), into `out`. */
  locateMany(longitudes: Float64Array, latitudes: Float64Array, out: Int32Array, count?: number): void;
  /** Every region that covers the point, edges included, whatever the layer's overlap; sorted; without snapping. */
  locateAll(longitude: number, latitude: number): number[];
  /** For overlap `all`: the lists of regions that answers name. It grows as new lists are met. */
  readonly sets: readonly (readonly number[])[];
  /** Metres to the nearest edge of the layer; Infinity where it is farther than `withinMeters`. */
  distanceToEdgeMeters(longitude: number, latitude: number, withinMeters: number): number;
}

/** Shewchuk's bound on the error of the plain determinant; below it the exact one decides. */
const errorBound = (3 + 16 * 2 ** -53) * 2 ** -53;
const bits = Math.log2(tileSide);
const inTile = tileSide - 1;

/**
 * A locator over a compiled layer.
 *
 * A point on an outer edge is inside. On an edge that several regions share, the one whose id sorts first has it.
 * Where regions overlap and the layer gives one, the smallest area wins, then the id; there the regions on whose
 * edges the point lies count as one, the first by id.
 *
 * @example
 * ```ts
 * import { compileLayer, createLocator } from "bisonflow/region";
 * const square = (x: number) => [[Float64Array.of(x, 0, x + 1, 0, x + 1, 1, x, 1)]];
 * const region = (id: string, x: number) => ({ id, name: id, fields: {}, polygons: square(x) });
 * const locator = createLocator(
 *   compileLayer({
 *     name: "plots",
 *     idField: "id",
 *     nameField: "id",
 *     regions: [region("b", 0), region("a", 1)],
 *     crs: "EPSG:4326",
 *     issues: [],
 *     coarser: [],
 *   }),
 * );
 * console.log(locator.layer.ids[locator.locate(0.5, 0.5)], locator.layer.ids[locator.locate(1, 0.5)]); // b a
 * ```
 */
export function createLocator(layer: CompiledLayer): Locator {
  const { root, nodes, leaves, edges, columns, snapMeters, coverAnswers } = layer;
  const [west, south, east, north, cell, originX, originY] = layer.frame as unknown as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const scale = tileSide ** levels / cell;
  const resolver = new CoverResolver(layer);
  const search = createEdgeSearch(layer);
  const rootShift = bits * levels;

  /** The answer for a point in a leaf. */
  function inLeaf(offset: number, x: number, y: number): number {
    let inside = leaves[offset + 2] as number;
    let touched = 0;
    const firstEdge = offset + leafHeader + (leaves[offset + 1] as number);
    const end = firstEdge + 2 * (leaves[offset] as number);
    for (let word = firstEdge; word < end; word += 2) {
      const reference = leaves[word] as number;
      const at = reference & ~3;
      const y1 = edges[at + 1] as number;
      if (y < y1) continue;
      const y2 = edges[at + 3] as number;
      if (y < y2) {
        // The edge crosses the point's own latitude: on which side of the point?
        const x1 = edges[at] as number;
        const x2 = edges[at + 2] as number;
        let right: number;
        if (x < x1 && x < x2) right = 0;
        else if (x > x1 && x > x2) right = 1;
        else {
          const a = (x1 - x) * (y2 - y);
          const b = (y1 - y) * (x2 - x);
          let turn = a - b;
          const bound = errorBound * (Math.abs(a) + Math.abs(b));
          // Products near the smallest doubles lose bits: those are left to the exact test too.
          if ((turn <= bound && -turn <= bound) || bound < 1e-280)
            turn = exactOrientation(x1, y1, x2, y2, x, y);
          if (turn === 0) {
            touched |= leaves[word + 1] as number;
            continue;
          }
          right = turn < 0 ? 1 : 0;
        }
        // From the corner up and then across: the corner's side of the edge and the point's decide together.
        if ((reference & 2) !== 0) right ^= (reference & 1) ^ (x1 > x2 ? 1 : 0);
        if (right !== 0) inside ^= leaves[word + 1] as number;
      } else {
        if ((reference & 3) === 3) inside ^= leaves[word + 1] as number;
        if (y === y2) {
          const x2 = edges[at + 2] as number;
          if (x === x2 || (y1 === y2 && x <= x2 && x >= (edges[at] as number)))
            touched |= leaves[word + 1] as number;
        }
      }
    }
    const held = inside | touched;
    if (
      (held & (held - 1)) === 0 &&
      (leaves[offset + 3] as number) === 0 &&
      (leaves[offset + 4] as number) < 0
    ) {
      // 31 - clz32 is the place of the only bit.
      return held === 0 ? -1 : (leaves[offset + leafHeader + 31 - Math.clz32(held)] as number);
    }
    return several(offset, inside, touched, x, y);
  }

  /** The rarer cases: more than one polygon, covers, leaves in parts. */
  function several(offset: number, inside: number, touched: number, x: number, y: number): number {
    if ((inside | touched) === 0 && (leaves[offset + 4] as number) < 0) {
      return coverAnswers[leaves[offset + 3] as number] as number;
    }
    resolver.clear();
    resolver.addLeaf(offset, inside, touched);
    for (let part = leaves[offset + 4] as number; part >= 0; part = leaves[part + 4] as number) {
      resolver.addLeafAt(part, x, y);
    }
    return resolver.answer();
  }

  /** The answer without snapping and but for the antimeridian; the point is within the frame. */
  function find(x: number, y: number): number {
    const fineX = ((x - originX) * scale) | 0;
    const fineY = ((y - originY) * scale) | 0;
    let entry = root[(fineY >> rootShift) * columns + (fineX >> rootShift)] as number;
    let shift = rootShift;
    while (entry < -1) {
      const k = -2 - entry;
      if ((k & 1) === 0) return inLeaf(k >> 1, x, y);
      shift -= bits;
      entry = nodes[
        ((k >> 1) << 6) + (((fineY >> shift) & inTile) << bits) + ((fineX >> shift) & inTile)
      ] as number;
    }
    return entry;
  }

  /** Points outside the frame, on the antimeridian, or in no region. */
  function rest(x: number, y: number, answer: number): number {
    if (!(x >= -180 && x <= 180 && y >= -90 && y <= 90)) return -1;
    if (x === 180 || x === -180) {
      const found = resolver.onSeam(y);
      if (found >= 0) return found;
    } else if (answer >= 0) return answer;
    if (snapMeters > 0) {
      const near = search.nearestRegion(x, y, snapMeters);
      if (near >= 0) return near | SNAPPED;
    }
    return -1;
  }

  function locate(x: number, y: number): number {
    if (x > -180 && x < 180 && x >= west && x <= east && y >= south && y <= north) {
      const answer = find(x, y);
      if (answer >= 0 || snapMeters === 0) return answer;
    }
    return rest(x, y, -1);
  }

  const outside = snapMeters === 0;
  function locateMany(
    longitudes: Float64Array,
    latitudes: Float64Array,
    out: Int32Array,
    count: number = longitudes.length,
  ): void {
    for (let i = 0; i < count; i++) {
      const x = longitudes[i] as number;
      const y = latitudes[i] as number;
      if (x > -180 && x < 180 && x >= west && x <= east && y >= south && y <= north) {
        const answer = find(x, y);
        out[i] = answer >= 0 || outside ? answer : rest(x, y, -1);
      } else out[i] = outside && x > -180 && x < 180 ? -1 : rest(x, y, -1);
    }
  }

  function locateAll(x: number, y: number): number[] {
    if (!(x >= -180 && x <= 180 && y >= -90 && y <= 90)) return [];
    return resolver.allAt(x, y);
  }

  return {
    layer,
    locate,
    locateMany,
    locateAll,
    sets: resolver.sets,
    distanceToEdgeMeters: (x, y, within) =>
      x >= -180 && x <= 180 && y >= -90 && y <= 90 ? search.distance(x, y, within) : Infinity,
  };
}
