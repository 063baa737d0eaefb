import type { SparseRows } from "./presence-matrix.ts";

/*
 * The checkerboard score needs the sum over pairs of species of their squared number of shared sites.
 * That is the squared Frobenius norm of X'X, which equals that of XX': so it can be had from the pairs
 * of sites as well as from the pairs of species, whichever is cheaper.
 *
 * On the side chosen, the row pairs (k, l) are counted in two ways at once. A column that few rows hold
 * adds one to each pair of its rows, one by one: c^2 / 2 additions for a column of c rows. A column that
 * many rows hold costs less as one bit in a bitset of each row, whose pairs are intersected and
 * counted 32 columns at a time: rows^2 / 64 steps a column, whatever c. Each column goes the cheaper
 * way, so no matrix costs more than rows^2 / 64 steps times its columns: 8e9 for 3,200 x 50,000. With
 * 10 million ones, skewed as ranges are, that one took 3 s on one core of an AMD EPYC; memory is a bitset of
 * the frequent columns and two counters a row.
 */

/** Time of a step of the bitset way over that of one addition, measured. */
const bitStepCost = 1;
/** Sums of squares are exact doubles below this; then they go into a bigint. */
const exactLimit = 2 ** 52;

/**
 * Sum over all ordered pairs of rows, a row with itself included, of the squared number of columns that
 * both hold: the squared Frobenius norm of XX' and of X'X. Exact.
 */
export function sumOfSquaredShares(bySite: SparseRows, bySpecies: SparseRows): bigint {
  return estimatedCost(bySpecies) <= estimatedCost(bySite)
    ? squaredRowPairs(bySite, bySpecies)
    : squaredRowPairs(bySpecies, bySite);
}

/** Steps that the pairs of a matrix's columns' rows take, each column the cheaper way. */
function estimatedCost(columnsSide: SparseRows): number {
  const { rows, columns, offsets } = columnsSide;
  const asBits = (columns * columns * bitStepCost) / 64;
  let cost = columns * columns * 0.5;
  for (let row = 0; row < rows; row++) {
    const held = (offsets[row + 1] as number) - (offsets[row] as number);
    cost += Math.min((held * held) / 2, asBits);
  }
  return cost;
}

function squaredRowPairs(byRow: SparseRows, byColumn: SparseRows): bigint {
  const { rows } = byRow;
  if (byRow.columns >= 2 ** 25)
    throw new RangeError(`${byRow.columns} columns are more than squares stay exact for.`);
  const threshold = rows * Math.sqrt(bitStepCost / 32);
  const { words, bits } = frequentColumns(byRow, byColumn, threshold);
  const shared = new Int32Array(rows);
  let total = 0n;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    countRare(byRow, byColumn, row, threshold, shared);
    for (let other = row; other < rows; other++) {
      const count =
        (shared[other] as number) + (words === 0 ? 0 : common(bits, row * words, other * words, words));
      shared[other] = 0;
      // A pair of two rows stands twice in the square matrix, a row with itself once.
      sum += other === row ? count * count : 2 * count * count;
      if (sum > exactLimit) {
        total += BigInt(sum);
        sum = 0;
      }
    }
  }
  return total + BigInt(sum);
}

/** One bitset a row, over the columns that more than `threshold` rows hold. */
function frequentColumns(
  byRow: SparseRows,
  byColumn: SparseRows,
  threshold: number,
): { words: number; bits: Int32Array } {
  const { offsets, items } = byColumn;
  let frequent = 0;
  for (let column = 0; column < byColumn.rows; column++) {
    if ((offsets[column + 1] as number) - (offsets[column] as number) > threshold) frequent++;
  }
  const words = Math.ceil(frequent / 32);
  const bits = new Int32Array(words * byRow.rows);
  let place = 0;
  for (let column = 0; column < byColumn.rows; column++) {
    const end = offsets[column + 1] as number;
    const start = offsets[column] as number;
    if (end - start <= threshold) continue;
    for (let at = start; at < end; at++) {
      const word = (items[at] as number) * words + (place >>> 5);
      bits[word] = (bits[word] as number) | (1 << (place & 31));
    }
    place++;
  }
  return { words, bits };
}

/** Adds to `shared[other]`, for every row from `row` on, the rare columns that both hold. */
function countRare(
  byRow: SparseRows,
  byColumn: SparseRows,
  row: number,
  threshold: number,
  shared: Int32Array,
): void {
  const { offsets, items } = byColumn;
  for (let at = byRow.offsets[row] as number; at < (byRow.offsets[row + 1] as number); at++) {
    const column = byRow.items[at] as number;
    const start = offsets[column] as number;
    const end = offsets[column + 1] as number;
    if (end - start > threshold) continue;
    // Ascending, so from the end back to `row` is all that is needed.
    for (let cell = end - 1; cell >= start; cell--) {
      const other = items[cell] as number;
      if (other < row) break;
      shared[other] = (shared[other] as number) + 1;
    }
  }
}

/** Number of bits that two bitsets have in common. */
function common(bits: Int32Array, first: number, second: number, words: number): number {
  let count = 0;
  for (let word = 0; word < words; word++) {
    let both = (bits[first + word] as number) & (bits[second + word] as number);
    both -= (both >>> 1) & 0x55555555;
    both = (both & 0x33333333) + ((both >>> 2) & 0x33333333);
    count += Math.imul((both + (both >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
