import type { SourceRegion } from "./layer-source.ts";
import { isPlain, layOutRing } from "./seam.ts";

/** The distinct edges of a layer's polygons. Regions are given by their index among the sorted ids. */
export interface LayerEdges {
  /** x1, y1, x2, y2 of each, the lower end first, the left one first where both are as low. */
  readonly edges: Float64Array;
  /** The one or two polygons that each bounds; -1 for none. Two alike in one polygon stay two edges: they cancel out. */
  readonly owners: Int32Array;
  /** The region of each polygon. */
  readonly polygonRegions: Int32Array;
  /** Edges before equal ones of two polygons became one. */
  readonly edgeCount: number;
  /** Rings that crossed the antimeridian or lay beyond it. */
  readonly wrappedRings: number;
  /** Vertices that were no numbers, left out. */
  readonly lostVertices: number;
}

/** Takes the regions' rings apart. A ring may be open or closed, of any orientation, and may touch itself. */
export function collectEdges(regions: readonly SourceRegion[]): LayerEdges {
  const store = new EdgeStore();
  const polygonRegions: number[] = [];
  let edgeCount = 0;
  let wrappedRings = 0;
  let lostVertices = 0;
  regions.forEach((region, index) => {
    for (const polygon of region.polygons) {
      const rings = polygon.map((ring) => {
        const clean = finiteVertices(ring);
        lostVertices += (ring.length - clean.length) / 2;
        return clean;
      });
      store.polygon = polygonRegions.length;
      polygonRegions.push(index);
      for (const ring of rings) {
        edgeCount += countEdges(ring);
        if (isPlain(ring)) addRing(ring, store.add);
        else {
          layOutRing(ring, store.add);
          wrappedRings++;
        }
      }
    }
  });
  const { edges, owners } = store.finish();
  return {
    edges,
    owners,
    polygonRegions: Int32Array.from(polygonRegions),
    edgeCount,
    wrappedRings,
    lostVertices,
  };
}

function finiteVertices(ring: Float64Array): Float64Array {
  if (ring.every(Number.isFinite)) return ring;
  const kept: number[] = [];
  for (let i = 0; i < ring.length; i += 2) {
    const x = ring[i] as number;
    const y = ring[i + 1] as number;
    if (Number.isFinite(x) && Number.isFinite(y)) kept.push(x, y);
  }
  return Float64Array.from(kept);
}

/** Edges of non-zero length. */
function countEdges(ring: Float64Array): number {
  let count = 0;
  let last = ring.length - 2;
  for (let i = 0; i < ring.length; i += 2) {
    if (ring[i] !== ring[last] || ring[i + 1] !== ring[last + 1]) count++;
    last = i;
  }
  return count;
}

function addRing(ring: Float64Array, add: EdgeStore["add"]): void {
  const length = ring.length;
  if (length === 0) return;
  let x = ring[length - 2] as number;
  let y = ring[length - 1] as number;
  for (let i = 0; i < length; i += 2) {
    const nextX = ring[i] as number;
    const nextY = ring[i + 1] as number;
    add(x, y, nextX, nextY);
    x = nextX;
    y = nextY;
  }
}

/** A growing table of edges with a hash of their coordinates: the border of two regions is kept once. */
class EdgeStore {
  polygon = 0;
  #count = 0;
  #edges = new Float64Array(4 * 4096);
  #owners = new Int32Array(2 * 4096);
  #slots = new Int32Array(4 * 4096).fill(-1);
  readonly #key = new Float64Array(4);
  readonly #words = new Int32Array(this.#key.buffer);

  readonly add = (x1: number, y1: number, x2: number, y2: number): void => {
    if (x1 === x2 && y1 === y2) return;
    const key = this.#key;
    // Plus 0, so that minus zero is the same key as zero.
    const swap = y1 > y2 || (y1 === y2 && x1 > x2);
    key[0] = (swap ? x2 : x1) + 0;
    key[1] = (swap ? y2 : y1) + 0;
    key[2] = (swap ? x1 : x2) + 0;
    key[3] = (swap ? y1 : y2) + 0;
    if (4 * this.#count >= 2 * this.#slots.length) this.#rehash();
    let slot = this.#hash() & (this.#slots.length - 1);
    for (;;) {
      const edge = this.#slots[slot] as number;
      if (edge < 0) break;
      if (this.#same(edge)) {
        const owner = this.#owners[2 * edge] as number;
        if ((this.#owners[2 * edge + 1] as number) < 0 && owner !== this.polygon) {
          this.#owners[2 * edge + 1] = this.polygon;
          return;
        }
      }
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    const edge = this.#count++;
    this.#slots[slot] = edge;
    if (4 * edge === this.#edges.length) this.#grow();
    this.#edges.set(key, 4 * edge);
    this.#owners[2 * edge] = this.polygon;
    this.#owners[2 * edge + 1] = -1;
  };

  finish(): { edges: Float64Array; owners: Int32Array } {
    return { edges: this.#edges.slice(0, 4 * this.#count), owners: this.#owners.slice(0, 2 * this.#count) };
  }

  #same(edge: number): boolean {
    const [edges, key, at] = [this.#edges, this.#key, 4 * edge];
    return (
      edges[at] === key[0] && edges[at + 1] === key[1] && edges[at + 2] === key[2] && edges[at + 3] === key[3]
    );
  }

  #hash(): number {
    let hash = 0;
    for (let i = 0; i < 8; i++)
      hash = Math.imul(hash ^ (this.#words[i] as number), 0x9e3779b1) ^ (hash >>> 15);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #grow(): void {
    const edges = new Float64Array(2 * this.#edges.length);
    edges.set(this.#edges);
    this.#edges = edges;
    const owners = new Int32Array(2 * this.#owners.length);
    owners.set(this.#owners);
    this.#owners = owners;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(-1);
    this.#slots = slots;
    const kept = this.#key.slice();
    for (let edge = 0; edge < this.#count; edge++) {
      this.#key.set(this.#edges.subarray(4 * edge, 4 * edge + 4));
      let slot = this.#hash() & (slots.length - 1);
      while ((slots[slot] as number) >= 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = edge;
    }
    this.#key.set(kept);
  }
}
