/** Coordinates of the ones of a 0/1 matrix: cell i is species `speciesOf[i]` at site `siteOf[i]`. */
export interface PresenceCells {
  /** Number of sites (rows), S. */
  readonly sites: number;
  /** Number of species (columns), N. */
  readonly species: number;
  /** Site of each cell, 0 to S - 1, in any order. */
  readonly siteOf: Int32Array;
  /** Species of each cell, 0 to N - 1; no cell twice. */
  readonly speciesOf: Int32Array;
}

/** One side of a sparse matrix: for each of its rows, the ascending columns that hold a one. */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  /** rows + 1 offsets into `items`. */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
}

/** The same ones seen from sites and from species. Refuses cells out of range or given twice. */
export function indexCells(cells: PresenceCells): { bySite: SparseRows; bySpecies: SparseRows } {
  const { siteOf, speciesOf, sites, species } = cells;
  if (siteOf.length !== speciesOf.length) {
    throw new RangeError(`siteOf has ${siteOf.length} cells and speciesOf ${speciesOf.length}.`);
  }
  for (let cell = 0; cell < siteOf.length; cell++) {
    const site = siteOf[cell] as number;
    const one = speciesOf[cell] as number;
    if (site < 0 || site >= sites || one < 0 || one >= species) {
      throw new RangeError(
        `Cell ${cell} is species ${one} at site ${site}, outside ${sites} sites x ${species} species.`,
      );
    }
  }
  // Two counting sorts: the first groups by species, the second reads it in that order, so that
  // each site's species come out ascending; the third does the same for the sites of a species.
  const grouped = bucket(speciesOf, siteOf, species, sites);
  const bySite = transpose(grouped);
  const bySpecies = transpose(bySite);
  for (let site = 0; site < sites; site++) {
    for (let at = (bySite.offsets[site] as number) + 1; at < (bySite.offsets[site + 1] as number); at++) {
      if (bySite.items[at] === bySite.items[at - 1]) {
        throw new RangeError(`Species ${bySite.items[at]} is given twice at site ${site}.`);
      }
    }
  }
  return { bySite, bySpecies };
}

function bucket(rowOf: Int32Array, columnOf: Int32Array, rows: number, columns: number): SparseRows {
  const offsets = new Int32Array(rows + 1);
  for (let cell = 0; cell < rowOf.length; cell++) {
    const next = (rowOf[cell] as number) + 1;
    offsets[next] = (offsets[next] as number) + 1;
  }
  for (let row = 0; row < rows; row++)
    offsets[row + 1] = (offsets[row + 1] as number) + (offsets[row] as number);
  const free = offsets.slice(0, rows);
  const items = new Int32Array(rowOf.length);
  for (let cell = 0; cell < rowOf.length; cell++) {
    const row = rowOf[cell] as number;
    const at = free[row] as number;
    items[at] = columnOf[cell] as number;
    free[row] = at + 1;
  }
  return { rows, columns, offsets, items };
}

/** The other side of a matrix; its items come out ascending. */
function transpose(matrix: SparseRows): SparseRows {
  const { rows, columns, offsets, items } = matrix;
  const rowOf = new Int32Array(items.length);
  for (let row = 0; row < rows; row++) rowOf.fill(row, offsets[row] as number, offsets[row + 1] as number);
  return bucket(items, rowOf, columns, rows);
}
