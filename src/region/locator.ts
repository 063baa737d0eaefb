import { type CompiledLayer, leafHeader, levels, tileSide } from "./compiled-layer.ts";
import { almost180, CoverResolver } from "./cover-resolver.ts";
import { createEdgeSearch, type EdgeSearch } from "./edge-search.ts";
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
const rootShift = bits * levels;

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
  return new GridLocator(layer);
}

/**
 * The kernel. A class, so that locators of several layers run the same machine code: closures would each want
 * their own.
 */
class GridLocator implements Locator {
  readonly layer: CompiledLayer;
  readonly sets: readonly (readonly number[])[];
  readonly #resolver: CoverResolver;
  readonly #search: EdgeSearch;
  readonly #root: Int32Array;
  readonly #nodes: Int32Array;
  readonly #leaves: Int32Array;
  readonly #edges: Float64Array;
  readonly #columns: number;
  readonly #snapMeters: number;
  readonly #west: number;
  readonly #south: number;
  readonly #east: number;
  readonly #north: number;
  readonly #originX: number;
  readonly #originY: number;
  readonly #scale: number;

  constructor(layer: CompiledLayer) {
    this.layer = layer;
    this.#resolver = new CoverResolver(layer);
    this.#search = createEdgeSearch(layer, (region, y) => this.#resolver.isGlued(region, y));
    this.sets = this.#resolver.sets;
    this.#root = layer.root;
    this.#nodes = layer.nodes;
    this.#leaves = layer.leaves;
    this.#edges = layer.edges;
    this.#columns = layer.columns;
    this.#snapMeters = layer.snapMeters;
    const frame = layer.frame;
    // Points on the antimeridian go the long way round: they may lie in regions on both sides.
    this.#west = Math.max(frame[0] as number, -almost180);
    this.#east = Math.min(frame[2] as number, almost180);
    this.#south = frame[1] as number;
    this.#north = frame[3] as number;
    this.#scale = tileSide ** levels / (frame[4] as number);
    this.#originX = frame[5] as number;
    this.#originY = frame[6] as number;
  }

  locate(x: number, y: number): number {
    if (x >= this.#west && x <= this.#east && y >= this.#south && y <= this.#north) {
      const answer = this.#find(x, y);
      return answer >= 0 ? answer : this.#snap(x, y);
    }
    return this.#beyond(x, y);
  }

  locateMany(
    longitudes: Float64Array,
    latitudes: Float64Array,
    out: Int32Array,
    count: number = longitudes.length,
  ): void {
    const [west, east] = [this.#west, this.#east];
    const [south, north] = [this.#south, this.#north];
    for (let i = 0; i < count; i++) {
      const x = longitudes[i] as number;
      const y = latitudes[i] as number;
      if (x >= west && x <= east && y >= south && y <= north) {
        const answer = this.#find(x, y);
        out[i] = answer >= 0 ? answer : this.#snap(x, y);
      } else out[i] = this.#beyond(x, y);
    }
  }

  locateAll(x: number, y: number): number[] {
    return isPlace(x, y) ? this.#resolver.allAt(x, y) : [];
  }

  distanceToEdgeMeters(x: number, y: number, withinMeters: number): number {
    return isPlace(x, y) ? this.#search.distance(x, y, withinMeters) : Infinity;
  }

  /** The answer, without snapping, for a point within the frame and off the antimeridian. */
  #find(x: number, y: number): number {
    const fineX = ((x - this.#originX) * this.#scale) | 0;
    const fineY = ((y - this.#originY) * this.#scale) | 0;
    let entry = this.#root[(fineY >> rootShift) * this.#columns + (fineX >> rootShift)] as number;
    let shift = rootShift;
    while (entry < -1) {
      const k = -2 - entry;
      if ((k & 1) === 0) return this.#inLeaf(k >> 1, x, y);
      shift -= bits;
      const row = (fineY >> shift) & inTile;
      entry = this.#nodes[((k >> 1) << (2 * bits)) + (row << bits) + ((fineX >> shift) & inTile)] as number;
    }
    return entry;
  }

  /** The answer for a point in a leaf. */
  #inLeaf(offset: number, x: number, y: number): number {
    const leaves = this.#leaves;
    const edges = this.#edges;
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
    return this.#several(offset, inside, touched, x, y);
  }

  /** The rarer cases: more than one polygon, covers, leaves in parts. */
  #several(offset: number, inside: number, touched: number, x: number, y: number): number {
    const leaves = this.#leaves;
    if ((inside | touched) === 0 && (leaves[offset + 4] as number) < 0) {
      return this.layer.coverAnswers[leaves[offset + 3] as number] as number;
    }
    this.#resolver.clear();
    this.#resolver.addLeaf(offset, inside, touched);
    for (let part = leaves[offset + 4] as number; part >= 0; part = leaves[part + 4] as number) {
      this.#resolver.addLeafAt(part, x, y);
    }
    return this.#resolver.answer();
  }

  #snap(x: number, y: number): number {
    if (this.#snapMeters === 0) return -1;
    const near = this.#search.nearestRegion(x, y, this.#snapMeters);
    return near < 0 ? -1 : near | SNAPPED;
  }

  /** Points outside the frame, on the antimeridian, or nowhere on Earth. */
  #beyond(x: number, y: number): number {
    if (!isPlace(x, y)) return -1;
    if (x === 180 || x === -180) {
      const found = this.#resolver.onSeam(y);
      if (found >= 0) return found;
    }
    return this.#snap(x, y);
  }
}

function isPlace(x: number, y: number): boolean {
  return x >= -180 && x <= 180 && y >= -90 && y <= 90;
}
