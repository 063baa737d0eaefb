import { cellStart, leafEntry, leafHeader, levels, tileEntry, tileSide } from "./compiled-layer.ts";
import type { CoverStates } from "./cover-states.ts";
import { GrowingInts } from "./growing-ints.ts";
import type { LayerEdges } from "./layer-edges.ts";
import { orientation } from "./orientation.ts";

/** Degrees by which a cell is widened when edges are dealt out, so that rounding never loses one. */
const margin = 1e-9;
/** A cell below the first level with more edges than this is split again. */
const edgesPerLeaf = 8;
/** Polygons that one leaf can tell apart: bits of a word, its sign left alone. */
const polygonsPerLeaf = 30;
const tileCells = tileSide * tileSide;

/** Where the root grid lies. */
export interface Frame {
  readonly originX: number;
  readonly originY: number;
  readonly cell: number;
  readonly columns: number;
  readonly rows: number;
}

export interface Grid {
  readonly root: Int32Array;
  readonly nodes: Int32Array;
  readonly leaves: Int32Array;
  readonly tileEdges: Int32Array;
  readonly cellEdges: Int32Array;
}

/** Lists of edges for each cell of a block, as counts, ends and members. */
interface Deal {
  ends: Int32Array;
  members: Int32Array;
}

/**
 * Deals edges out to cells, and walks from cell to cell along their lower left corners, so that each cell knows what
 * covers its corner. Everything on the way is decided at points moved by an infinitesimal to the right and by a far
 * smaller one upwards, so that no vertex or edge is ever met exactly.
 */
export class GridBuilder {
  readonly #frame: Frame;
  readonly #edges: Float64Array;
  readonly #owners: Int32Array;
  readonly #polygonRegions: Int32Array;
  readonly #states: CoverStates;
  readonly #nodes = new GrowingInts();
  readonly #leaves = new GrowingInts();
  readonly #tileEdges = new GrowingInts();
  readonly #cellEdges = new GrowingInts();
  readonly #coverLeaves = new Map<number, number>();
  /** Scratch for each level: the deal of the tile at hand. */
  readonly #deals: Deal[] = [];
  readonly #step: number;

  constructor(frame: Frame, layer: LayerEdges, states: CoverStates) {
    this.#frame = frame;
    this.#edges = layer.edges;
    this.#owners = layer.owners;
    this.#polygonRegions = layer.polygonRegions;
    this.#states = states;
    this.#step = frame.cell / tileSide ** levels;
    for (let level = 0; level <= levels; level++) {
      this.#deals.push({ ends: new Int32Array(tileCells), members: new Int32Array(256) });
    }
  }

  build(): Grid {
    const { columns, rows } = this.#frame;
    const size = tileSide ** levels;
    const root = new Int32Array(columns * rows);
    const deal: Deal = { ends: new Int32Array(columns * rows), members: new Int32Array(0) };
    const all = Int32Array.from({ length: this.#edges.length / 4 }, (_, edge) => edge);
    this.#dealOut(deal, { list: all, from: 0, to: all.length, x: 0, y: 0, size, columns, rows });
    const before = all.filter((edge) => {
      const ends = Math.min(this.#edges[4 * edge] as number, this.#edges[4 * edge + 2] as number);
      return ends <= this.#frame.originX;
    });
    for (let row = 0; row < rows; row++) {
      let state = this.#walkIn(before, row * size);
      let from = row === 0 ? 0 : (deal.ends[row * columns - 1] as number);
      for (let column = 0; column < columns; column++) {
        const at = row * columns + column;
        const to = deal.ends[at] as number;
        if (from === to) root[at] = this.#covered(state);
        else {
          const cell = { list: deal.members, from, to, x: column * size, y: row * size, size };
          root[at] = this.#tile(cell, 0, state);
          state = this.#walkRight(state, cell);
        }
        from = to;
      }
    }
    return {
      root,
      nodes: this.#nodes.finish(),
      leaves: this.#leaves.finish(),
      tileEdges: this.#tileEdges.finish(),
      cellEdges: this.#cellEdges.finish(),
    };
  }

  #entry(cell: Cell, level: number, state: number): number {
    const count = cell.to - cell.from;
    if (count === 0) return this.#covered(state);
    if (count > edgesPerLeaf && level < levels) return this.#tile(cell, level, state);
    return this.#leaf(cell, state);
  }

  #tile(cell: Cell, level: number, corner: number): number {
    const size = cell.size / tileSide;
    const deal = this.#deals[level] as Deal;
    this.#dealOut(deal, { ...cell, size, columns: tileSide, rows: tileSide });
    if (level > 0 && !isWorthIt(deal, cell.to - cell.from)) return this.#leaf(cell, corner);
    const tile = this.#nodes.length / tileCells;
    this.#nodes.extend(tileCells);
    if (level === 0) {
      this.#tileEdges.push(this.#cellEdges.length);
      this.#cellEdges.push(cell.to - cell.from);
      for (let i = cell.from; i < cell.to; i++) this.#cellEdges.push(cell.list[i] as number);
    } else this.#tileEdges.push(-1);
    let left = corner;
    const child: Cell = { list: deal.members, from: 0, to: 0, x: 0, y: 0, size };
    for (let row = 0; row < tileSide; row++) {
      let state = left;
      for (let column = 0; column < tileSide; column++) {
        const at = row * tileSide + column;
        child.from = at === 0 ? 0 : (deal.ends[at - 1] as number);
        child.to = deal.ends[at] as number;
        child.x = cell.x + column * size;
        child.y = cell.y + row * size;
        const here = state;
        if (child.to > child.from) {
          if (column === 0 && row + 1 < tileSide) left = this.#walkUp(state, child);
          if (column + 1 < tileSide) state = this.#walkRight(state, child);
        }
        this.#nodes.set(tile * tileCells + at, this.#entry(child, level + 1, here));
      }
    }
    return tileEntry(tile);
  }

  /** Fills `deal` with the edges of each cell of a block, those that only come near included. */
  #dealOut(deal: Deal, block: Cell & { columns: number; rows: number }): void {
    const { columns, rows } = block;
    const cells = columns * rows;
    const ends = deal.ends.fill(0, 0, cells);
    this.#visit(block, (cell) => {
      ends[cell] = (ends[cell] as number) + 1;
    });
    let total = 0;
    for (let cell = 0; cell < cells; cell++) {
      const count = ends[cell] as number;
      ends[cell] = total;
      total += count;
    }
    if (deal.members.length < total) deal.members = new Int32Array(2 * total);
    const members = deal.members;
    this.#visit(block, (cell, edge) => {
      const at = ends[cell] as number;
      members[at] = edge;
      ends[cell] = at + 1;
    });
  }

  #visit(block: Cell & { columns: number; rows: number }, each: (cell: number, edge: number) => void): void {
    const { columns, rows, list, size } = block;
    const [step, edges] = [this.#step, this.#edges];
    const width = size * step;
    const originX = this.#frame.originX + block.x * step;
    const originY = this.#frame.originY + block.y * step;
    for (let i = block.from; i < block.to; i++) {
      const edge = list[i] as number;
      const x1 = edges[4 * edge] as number;
      const y1 = edges[4 * edge + 1] as number;
      const x2 = edges[4 * edge + 2] as number;
      const y2 = edges[4 * edge + 3] as number;
      const firstRow = Math.max(0, Math.floor((y1 - margin - originY) / width));
      const lastRow = Math.min(rows - 1, Math.floor((y2 + margin - originY) / width));
      for (let row = firstRow; row <= lastRow; row++) {
        let [a, b] = [x1, x2];
        if (firstRow !== lastRow || row !== firstRow || y1 < originY || y2 > originY + rows * width) {
          // The part of the edge within this row, a little more than that.
          const low = Math.max(y1, originY + row * width - margin);
          const high = Math.min(y2, originY + (row + 1) * width + margin);
          const slope = y2 > y1 ? (x2 - x1) / (y2 - y1) : 0;
          if (y2 > y1) {
            a = low === y1 ? x1 : x1 + (low - y1) * slope;
            b = high === y2 ? x2 : x2 - (y2 - high) * slope;
          }
        }
        const first = Math.max(0, Math.floor((Math.min(a, b) - margin - originX) / width));
        const last = Math.min(columns - 1, Math.floor((Math.max(a, b) + margin - originX) / width));
        for (let column = first; column <= last; column++) each(row * columns + column, edge);
      }
    }
  }

  /** What covers the first corner of a row: nothing, but for rings that run on beyond the antimeridian. */
  #walkIn(before: Int32Array, row: number): number {
    const y = cellStart(this.#frame.originY, row, this.#step);
    const x = cellStart(this.#frame.originX, 0, this.#step);
    let walked = 0;
    for (const edge of before) {
      const low = this.#edges[4 * edge + 1] as number;
      const high = this.#edges[4 * edge + 3] as number;
      // Far out in the west every edge that crosses this latitude is on the right.
      if (low <= y && y < high && this.#side(edge, x, y)) walked = this.#cross(walked, edge);
    }
    return walked;
  }

  #walkRight(state: number, cell: Cell): number {
    const fromX = cellStart(this.#frame.originX, cell.x, this.#step);
    const toX = cellStart(this.#frame.originX, cell.x + cell.size, this.#step);
    const y = cellStart(this.#frame.originY, cell.y, this.#step);
    let walked = state;
    for (let i = cell.from; i < cell.to; i++) {
      const edge = cell.list[i] as number;
      const low = this.#edges[4 * edge + 1] as number;
      const high = this.#edges[4 * edge + 3] as number;
      if (low <= y && y < high && this.#side(edge, fromX, y) !== this.#side(edge, toX, y)) {
        walked = this.#cross(walked, edge);
      }
    }
    return walked;
  }

  #walkUp(state: number, cell: Cell): number {
    const fromY = cellStart(this.#frame.originY, cell.y, this.#step);
    const toY = cellStart(this.#frame.originY, cell.y + cell.size, this.#step);
    const x = cellStart(this.#frame.originX, cell.x, this.#step);
    let walked = state;
    for (let i = cell.from; i < cell.to; i++) {
      const edge = cell.list[i] as number;
      const x1 = this.#edges[4 * edge] as number;
      const x2 = this.#edges[4 * edge + 2] as number;
      if (x1 <= x !== x2 <= x && this.#side(edge, x, fromY) !== this.#side(edge, x, toY)) {
        walked = this.#cross(walked, edge);
      }
    }
    return walked;
  }

  /** Whether a point, moved by the infinitesimals, lies right of an edge that runs upwards (or to the right, if level). */
  #side(edge: number, x: number, y: number): boolean {
    const [x1, y1] = [this.#edges[4 * edge] as number, this.#edges[4 * edge + 1] as number];
    const [x2, y2] = [this.#edges[4 * edge + 2] as number, this.#edges[4 * edge + 3] as number];
    const turn = orientation(x1, y1, x2, y2, x, y);
    return turn === 0 ? y2 > y1 : turn < 0;
  }

  #cross(state: number, edge: number): number {
    const one = this.#states.toggle(state, this.#owners[2 * edge] as number);
    const other = this.#owners[2 * edge + 1] as number;
    return other < 0 ? one : this.#states.toggle(one, other);
  }

  /** The entry of a cell without edges: its region; where several cover it, a leaf that names the cover alone. */
  #covered(state: number): number {
    if (state === 0) return -1;
    const polygons = this.#states.sets[state] as number[];
    const region = this.#polygonRegions[polygons[0] as number] as number;
    if (polygons.every((polygon) => this.#polygonRegions[polygon] === region)) return region;
    const known = this.#coverLeaves.get(state);
    if (known !== undefined) return known;
    const entry = leafEntry(this.#leaves.length);
    for (const word of [0, 0, 0, state, -1]) this.#leaves.push(word);
    this.#coverLeaves.set(state, entry);
    return entry;
  }

  #leaf(cell: Cell, state: number): number {
    const x = cellStart(this.#frame.originX, cell.x, this.#step);
    const y = cellStart(this.#frame.originY, cell.y, this.#step);
    const kept: number[] = [];
    const polygons: number[] = [];
    for (let i = cell.from; i < cell.to; i++) {
      const edge = cell.list[i] as number;
      // What ends left of the cell only came near: it is neither met nor crossed on the way to any point in it.
      if ((this.#edges[4 * edge] as number) <= x && (this.#edges[4 * edge + 2] as number) <= x) continue;
      kept.push(edge);
      for (const polygon of [this.#owners[2 * edge] as number, this.#owners[2 * edge + 1] as number]) {
        if (polygon >= 0 && !polygons.includes(polygon)) polygons.push(polygon);
      }
    }
    if (kept.length === 0) return this.#covered(state);
    let base = state;
    for (const polygon of polygons) {
      if ((this.#states.sets[state] as number[]).includes(polygon)) base = this.#states.toggle(base, polygon);
    }
    // Parts from the last to the first: each names the next.
    let next = -1;
    let offset = -1;
    const parts = Math.ceil(polygons.length / polygonsPerLeaf);
    for (let part = parts - 1; part >= 0; part--) {
      const some = polygons.slice(part * polygonsPerLeaf, (part + 1) * polygonsPerLeaf);
      offset = this.#leaves.length;
      this.#writeLeaf({ some, kept, x, y, state, base: part === 0 ? base : 0, next });
      next = offset;
    }
    return leafEntry(offset);
  }

  #writeLeaf(leaf: {
    readonly some: readonly number[];
    readonly kept: readonly number[];
    readonly x: number;
    readonly y: number;
    readonly state: number;
    readonly base: number;
    readonly next: number;
  }): void {
    const { some, kept, x, y, state, base, next } = leaf;
    const covering = this.#states.sets[state] as number[];
    const leaves = this.#leaves;
    const start = leaves.length;
    leaves.extend(leafHeader);
    for (const polygon of some) leaves.push(this.#polygonRegions[polygon] as number);
    let count = 0;
    for (const edge of kept) {
      const one = some.indexOf(this.#owners[2 * edge] as number);
      const other = some.indexOf(this.#owners[2 * edge + 1] as number);
      const mask = (one < 0 ? 0 : 1 << one) | (other < 0 ? 0 : 1 << other);
      if (mask === 0) continue;
      leaves.push(4 * edge + this.#crossingBits(edge, x, y));
      leaves.push(mask);
      count++;
    }
    leaves.set(start, count);
    leaves.set(start + 1, some.length);
    leaves.set(
      start + 2,
      some.reduce((mask, polygon, bit) => (covering.includes(polygon) ? mask | (1 << bit) : mask), 0),
    );
    leaves.set(start + 3, base);
    leaves.set(start + 4, next);
  }

  /** Bit 1: the edge crosses the vertical through the corner. Bit 0: it does so above the corner. */
  #crossingBits(edge: number, x: number, y: number): number {
    const x1 = this.#edges[4 * edge] as number;
    const x2 = this.#edges[4 * edge + 2] as number;
    if (x1 <= x === x2 <= x) return 0;
    return 2 + (this.#side(edge, x, y) !== x1 > x2 ? 1 : 0);
  }
}

/**
 * Whether smaller cells have fewer edges. Where many regions have the same border, no cell along it is so small that
 * it has less than all of them.
 */
function isWorthIt(deal: Deal, count: number): boolean {
  let filled = 0;
  let last = 0;
  for (let cell = 0; cell < tileCells; cell++) {
    const end = deal.ends[cell] as number;
    if (end > last) filled++;
    last = end;
  }
  return last < 0.6 * count * filled;
}

/** A cell with its edges: list[from .. to]; place and size in units of the smallest cells. */
interface Cell {
  list: Int32Array;
  from: number;
  to: number;
  x: number;
  y: number;
  size: number;
}
