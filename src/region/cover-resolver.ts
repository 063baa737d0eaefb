import { type CompiledLayer, leafHeader, levels, tileSide } from "./compiled-layer.ts";
import { orientation } from "./orientation.ts";

const bits = Math.log2(tileSide);
/** The double before 180. */
export const almost180: number = 180 - 2 ** -45;

/**
 * Decides which of several regions has a point. The candidates are all regions that cover it, edges included:
 * those on whose edges it lies stand back behind the first of them by id; between that one and those that hold
 * it inside, the smallest area wins, then the id.
 */
export class CoverResolver {
  /** The lists that answers of a layer with overlap `all` name; list i holds region i alone for every region. */
  readonly sets: number[][];
  readonly #layer: CompiledLayer;
  readonly #inside: number[] = [];
  readonly #touched: number[] = [];
  /** From a list, by its last region, to the longer list: a walk that allocates nothing once it is known. */
  readonly #longer = new Map<number, number>();

  constructor(layer: CompiledLayer) {
    this.#layer = layer;
    this.sets = [];
    if (layer.overlap !== "all") return;
    layer.ids.forEach((_, region) => {
      this.sets.push([region]);
    });
    const { coverStarts, coverRegions, coverAnswers } = layer;
    coverAnswers.forEach((answer, cover) => {
      if (answer !== this.sets.length) return;
      this.sets.push([...coverRegions.subarray(coverStarts[cover], coverStarts[cover + 1])]);
    });
    // Shorter lists first: the walk to a longer one goes through them.
    const compiled = this.sets.map((_, set) => set).slice(layer.ids.length);
    compiled.sort((a, b) => (this.sets[a] as number[]).length - (this.sets[b] as number[]).length);
    for (const set of compiled) this.#learn(set);
  }

  clear(): void {
    this.#inside.length = 0;
    this.#touched.length = 0;
  }

  /** Takes the candidates of a leaf, given the bits of its polygons. */
  addLeaf(offset: number, inside: number, touched: number): void {
    const { leaves, coverStarts, coverRegions } = this.#layer;
    for (let held = inside | touched; held !== 0; held &= held - 1) {
      const bit = 31 - Math.clz32(held & -held);
      const region = leaves[offset + leafHeader + bit] as number;
      ((touched >> bit) & 1 ? this.#touched : this.#inside).push(region);
    }
    const cover = leaves[offset + 3] as number;
    for (let i = coverStarts[cover] as number; i < (coverStarts[cover + 1] as number); i++) {
      this.#inside.push(coverRegions[i] as number);
    }
  }

  /** The same for a point, all its edges tested plainly. */
  addLeafAt(offset: number, x: number, y: number): void {
    const { leaves, edges } = this.#layer;
    let inside = leaves[offset + 2] as number;
    let touched = 0;
    let word = offset + leafHeader + (leaves[offset + 1] as number);
    for (const end = word + 2 * (leaves[offset] as number); word < end; word += 2) {
      const reference = leaves[word] as number;
      const mask = leaves[word + 1] as number;
      const at = reference & ~3;
      const [x1, y1] = [edges[at] as number, edges[at + 1] as number];
      const [x2, y2] = [edges[at + 2] as number, edges[at + 3] as number];
      if (y < y1) continue;
      const turn = orientation(x1, y1, x2, y2, x, y);
      if (turn === 0 && y <= y2 && x >= Math.min(x1, x2) && x <= Math.max(x1, x2)) touched |= mask;
      let crossed = y < y2 ? turn < 0 : (reference & 3) === 3;
      if (y < y2 && (reference & 2) !== 0 && ((reference & 1) === 1) !== x1 > x2) crossed = !crossed;
      if (crossed) inside ^= mask;
    }
    this.addLeaf(offset, inside, touched);
  }

  /** The region, or for overlap `all` the list, that the candidates taken come to; -1 for none. */
  answer(): number {
    if (this.#layer.overlap === "all") return this.#list(this.#sorted());
    const ranks = this.#layer.areaRanks;
    let best = -1;
    for (const region of this.#inside) {
      if (best < 0 || (ranks[region] as number) < (ranks[best] as number)) best = region;
    }
    let first = -1;
    for (const region of this.#touched) {
      if ((first < 0 || region < first) && !this.#inside.includes(region)) first = region;
    }
    if (first < 0) return best;
    return best < 0 || (ranks[first] as number) < (ranks[best] as number) ? first : best;
  }

  /** Every region that covers a point in range; sorted. */
  allAt(x: number, y: number): number[] {
    this.clear();
    if (x === 180 || x === -180) this.#takeSeam(y);
    else this.#takePoint(x, y);
    return this.#sorted().slice();
  }

  /** The answer for a point on the antimeridian, which the regions on both sides of it may hold. */
  onSeam(y: number): number {
    this.clear();
    this.#takeSeam(y);
    return this.answer();
  }

  #takePoint(x: number, y: number): void {
    const { frame, root, nodes, leaves, columns } = this.#layer;
    const [west, south, east, north] = frame as unknown as [number, number, number, number];
    if (!(x >= west && x <= east && y >= south && y <= north)) return;
    const scale = tileSide ** levels / (frame[4] as number);
    const fineX = Math.floor((x - (frame[5] as number)) * scale);
    const fineY = Math.floor((y - (frame[6] as number)) * scale);
    let shift = bits * levels;
    let entry = root[(fineY >> shift) * columns + (fineX >> shift)] as number;
    while (entry < -1) {
      const k = -2 - entry;
      if ((k & 1) === 0) {
        for (let part = k >> 1; part >= 0; part = leaves[part + 4] as number) this.addLeafAt(part, x, y);
        return;
      }
      shift -= bits;
      const row = (fineY >> shift) & (tileSide - 1);
      entry = nodes[((k >> 1) << 6) + (row << bits) + ((fineX >> shift) & (tileSide - 1))] as number;
    }
    if (entry >= 0) this.#inside.push(entry);
  }

  /**
   * Longitudes 180 and -180 are one line, and a region may lie on both sides of it, in one ring or cut there into
   * several: where it does, the line is no edge of it.
   */
  #takeSeam(y: number): void {
    this.#takePoint(180, y);
    this.#takePoint(-180, y);
    const all = this.#sorted().slice();
    const inside = all.filter((region) => this.isGlued(region, y));
    this.clear();
    for (const region of all) (inside.includes(region) ? this.#inside : this.#touched).push(region);
  }

  /** Whether a region holds both sides of the antimeridian at a latitude, and none of its vertices is there. */
  isGlued(region: number, y: number): boolean {
    for (const x of [almost180, -almost180]) {
      this.clear();
      this.#takePoint(x, y);
      if (!this.#inside.includes(region)) return false;
    }
    const { edges, edgeRegions } = this.#layer;
    for (let at = 0; at < edges.length; at += 2) {
      if (edges[at + 1] !== y || Math.abs(edges[at] as number) !== 180) continue;
      const edge = at >> 2;
      if (edgeRegions[2 * edge] === region || edgeRegions[2 * edge + 1] === region) return false;
    }
    return true;
  }

  #sorted(): number[] {
    const all = this.#inside;
    for (const region of this.#touched) all.push(region);
    this.#touched.length = 0;
    // Sorted in place and without doubles; lists are short.
    let kept = 0;
    for (let i = 0; i < all.length; i++) {
      const region = all[i] as number;
      let at = kept - 1;
      while (at >= 0 && (all[at] as number) > region) at--;
      if (at >= 0 && all[at] === region) continue;
      for (let j = kept; j > at + 1; j--) all[j] = all[j - 1] as number;
      all[at + 1] = region;
      kept++;
    }
    all.length = kept;
    return all;
  }

  #list(sorted: readonly number[]): number {
    if (sorted.length === 0) return -1;
    const regions = this.#layer.ids.length;
    let set = sorted[0] as number;
    for (let i = 1; i < sorted.length; i++) {
      const key = set * regions + (sorted[i] as number);
      let longer = this.#longer.get(key);
      if (longer === undefined) {
        longer = this.sets.push(sorted.slice(0, i + 1)) - 1;
        this.#longer.set(key, longer);
      }
      set = longer;
    }
    return set;
  }

  /** Makes the walk to a list that the layer was compiled with end at that list's own number. */
  #learn(number: number): void {
    const list = this.sets[number] as number[];
    const before = this.#list(list.slice(0, -1));
    this.#longer.set(before * this.#layer.ids.length + (list[list.length - 1] as number), number);
  }
}
