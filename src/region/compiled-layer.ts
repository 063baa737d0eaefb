import type { DataIssue } from "../trouble/index.ts";
import type { Overlap } from "./layer-source.ts";

/** A coarser layer that a compiled layer's regions lie in. */
export interface CoarserLayer {
  readonly name: string;
  /** Sorted. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** For each region of the finer layer the index of its coarser one; -1 for none. */
  readonly of: Int32Array;
}

/**
 * A layer ready to locate points in: a tree of grid cells, 8 by 8 at each level, in typed arrays alone.
 *
 * An entry of `root` or `nodes` is the index of the one region that covers the whole cell, -1 for none, or a
 * reference: with k = -2 - entry, a tile of `nodes` at 64 * (k >> 1) where k is odd, else a leaf of `leaves` at
 * k >> 1. A leaf is: number of edges; number of its polygons; a bit for each of them that holds the cell's
 * lower left corner; the cover of regions that hold the whole cell; the leaf to read besides (-1 for none);
 * the region of each polygon; then two words an edge (4 * edge + crossing bits, the polygons it bounds).
 */
export interface CompiledLayer {
  readonly name: string;
  readonly overlap: Overlap;
  readonly snapMeters: number;
  /** Sorted by code units, unique; a region's index everywhere else is its place here. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** Square metres on the sphere of the Earth's surface area. */
  readonly areas: Float64Array;
  readonly coarser: readonly CoarserLayer[];
  /** Longitude and latitude for each region: the planar centroid, weighted by area. */
  readonly centroids: Float64Array;
  /** West, south, east, north for each region, degrees: all longitudes where it crosses the antimeridian, NaN without polygons. */
  readonly bounds: Float64Array;
  /** How many edges of non-zero length the regions have, shared ones counted for each. */
  readonly edgeCount: number;
  /** What was odd when it was read and compiled. */
  readonly issues: readonly DataIssue[];

  /** West, south, east, north of all edges; cell size of the root grid and its origin, degrees. */
  readonly frame: Float64Array;
  readonly columns: number;
  readonly rows: number;
  readonly root: Int32Array;
  readonly nodes: Int32Array;
  readonly leaves: Int32Array;
  /** x1, y1, x2, y2 of each distinct edge, the lower end first. */
  readonly edges: Float64Array;
  /** The one or two regions that each distinct edge bounds; -1 for none. */
  readonly edgeRegions: Int32Array;
  /** For each tile of the first level where its edges stand in `cellEdges` (a count, then edges); -1 for deeper tiles. */
  readonly tileEdges: Int32Array;
  readonly cellEdges: Int32Array;
  /** Sets of regions that cover a cell whole: cover c is coverRegions[coverStarts[c] .. coverStarts[c + 1]], sorted. */
  readonly coverStarts: Int32Array;
  readonly coverRegions: Int32Array;
  /** What a point in such a cell and in nothing else gets. */
  readonly coverAnswers: Int32Array;
  /** The rank of each region by area, then by id: the smallest wins. */
  readonly areaRanks: Int32Array;
}

/** Levels of tiles below the root grid; the smallest cell is 8^levels times smaller than a root cell. */
export const levels = 4;
/** Cells across and up in a tile. */
export const tileSide = 8;
/** Words before the polygons of a leaf. */
export const leafHeader = 5;
/** Added to -1 and -2 k: see CompiledLayer. */
export function tileEntry(tile: number): number {
  return -2 - (2 * tile + 1);
}
export function leafEntry(offset: number): number {
  return -2 - 2 * offset;
}
/** Where cell number `index`, in units of the smallest cells, begins: a hair before every point that falls in it. */
export function cellStart(origin: number, index: number, step: number): number {
  return origin + index * step - 1e-11;
}
