import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random } from "../../test/summary/synthetic-records.ts";
import { runPython } from "../../test/support/python.ts";
import { type PamStatistics, pamStatistics } from "./index.ts";

type Dense = number[][];

/** domain.md's formulas on dense arrays, word for word; a float trace below 1e-12 is no variance. */
const denseStatistics = `
import json, sys
import numpy as np
answers = []
for rows in json.load(sys.stdin):
    X = np.array(rows, dtype=float)
    S, N = X.shape
    alpha, omega = X.sum(axis=1), X.sum(axis=0)
    phi, psi = X @ omega, alpha @ X
    a, o = alpha / N, omega / S
    def schluter(sigma):
        return None if np.trace(sigma) < 1e-12 else sigma.sum() / np.trace(sigma)
    s = X.T @ X
    pairs = [(omega[i] - s[i, j]) * (omega[j] - s[i, j]) for i in range(N) for j in range(i + 1, N)]
    answers.append({
        "alpha": alpha.tolist(), "alphaProportional": a.tolist(), "phi": phi.tolist(),
        "phiAverageProportional": (phi / (S * alpha)).tolist(),
        "omega": omega.tolist(), "omegaProportional": o.tolist(), "psi": psi.tolist(),
        "psiAverageProportional": (psi / (N * omega)).tolist(),
        "diversity": {
            "sites": S, "species": N,
            "whittaker": N / o.sum(), "lande": N - o.sum(),
            "legendre": omega.sum() - (omega ** 2).sum() / S,
            "schluter_sites": schluter(X @ X.T / N - np.outer(a, a)),
            "schluter_species": schluter(X.T @ X / S - np.outer(o, o)),
            "c_score": None if N < 2 else float(np.mean(pairs)),
        },
    })
print(json.dumps(answers))
`;

const numpyStatistics = (matrices: Dense[]): PamStatistics[] =>
  runPython<PamStatistics[]>(denseStatistics, [], JSON.stringify(matrices));

function compact(matrix: Dense): Dense {
  const rows = matrix.filter((row) => row.includes(1));
  const columns = (rows[0] ?? []).map((_, column) => rows.some((row) => row[column] === 1));
  return rows.map((row) => row.filter((_, column) => columns[column]));
}

/** Cells of a matrix in an order that is neither by rows nor by columns. */
function cellsOf(matrix: Dense): Parameters<typeof pamStatistics>[0] {
  const cells = matrix.flatMap((row, site) =>
    row.flatMap((one, species) => (one ? [[site, species] as const] : [])),
  );
  cells.sort(([a, b], [c, d]) => ((a * 31 + b * 17) % 13) - ((c * 31 + d * 17) % 13));
  return {
    sites: matrix.length,
    species: matrix[0]?.length ?? 0,
    siteOf: Int32Array.from(cells, ([site]) => site),
    speciesOf: Int32Array.from(cells, ([, species]) => species),
  };
}

function expectSame(found: PamStatistics, expected: PamStatistics, matrix: Dense): void {
  const words = JSON.stringify(matrix).slice(0, 300);
  const { diversity, ...vectors } = found;
  for (const [name, values] of Object.entries(vectors)) {
    const wanted = expected[name as "alpha"];
    expect(values.length, words).toBe(wanted.length);
    values.forEach(
      (value, at) => void expect(value, `${name} of ${words}`).toBeCloseTo(wanted[at] as number, 9),
    );
  }
  for (const [name, value] of Object.entries(diversity)) {
    const wanted = expected.diversity[name as "lande"];
    if (wanted === null || value === null) expect(value, `${name} of ${words}`).toBe(wanted);
    else
      expect(Math.abs(value - wanted), `${name} of ${words}`).toBeLessThan(
        1e-9 * Math.max(1, Math.abs(wanted)),
      );
  }
}

function randomMatrix(options: { sites: number; species: number; seed: number; power: number }): Dense {
  const next = random(options.seed);
  const shares = Array.from({ length: options.species }, () => next() ** options.power);
  return compact(
    Array.from({ length: options.sites }, () => shares.map((share) => (next() < share ? 1 : 0))),
  );
}

describe("statistics of a presence-absence matrix", () => {
  it("agree with dense NumPy on small matrices of every shape", () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }));
    const matrix = shape.chain(([sites, species]) =>
      fc.array(fc.array(fc.constantFrom(0, 1, 1), { minLength: species, maxLength: species }), {
        minLength: sites,
        maxLength: sites,
      }),
    );
    const matrices = fc.sample(matrix, { numRuns: 600, seed: 7 }).map(compact);
    const kept = matrices.filter((rows) => rows.length > 0);
    numpyStatistics(kept).forEach((expected, at) => {
      const rows = kept[at] as Dense;
      expectSame(pamStatistics(cellsOf(rows)), expected, rows);
    });
  });

  it("agree with dense NumPy on matrices of rare and of frequent species, wide and tall", () => {
    const matrices = [
      { sites: 40, species: 150, seed: 1, power: 1 },
      { sites: 150, species: 40, seed: 2, power: 1 },
      { sites: 90, species: 90, seed: 3, power: 6 },
      { sites: 70, species: 200, seed: 4, power: 0.1 },
      { sites: 200, species: 70, seed: 5, power: 0.1 },
    ].map(randomMatrix);
    numpyStatistics(matrices).forEach((expected, at) => {
      const rows = matrices[at] as Dense;
      expectSame(pamStatistics(cellsOf(rows)), expected, rows);
    });
  });

  it("are those worked out by hand for a small matrix", () => {
    // Three sites; the first species at sites 0 and 1, the second at 2, the third everywhere.
    const found = pamStatistics(
      cellsOf([
        [1, 0, 1],
        [1, 0, 1],
        [0, 1, 1],
      ]),
    );
    expect([...found.alpha]).toEqual([2, 2, 2]);
    expect([...found.omega]).toEqual([2, 1, 3]);
    expect([...found.phi]).toEqual([5, 5, 4]);
    expect([...found.psi]).toEqual([4, 2, 6]);
    expect(found.diversity).toEqual({
      sites: 3,
      species: 3,
      whittaker: 9 / 6,
      lande: 1,
      legendre: 4 / 3,
      schluter_sites: (3 * 14 - 36) / (3 * 6 - 12),
      // Richness is the same everywhere: the sum of the covariances is exactly zero.
      schluter_species: 0,
      c_score: 2 / 3,
    });
  });

  it("are null where they are undefined, decided exactly", () => {
    expect(pamStatistics(cellsOf([])).diversity).toEqual({
      sites: 0,
      species: 0,
      whittaker: null,
      lande: null,
      legendre: null,
      schluter_sites: null,
      schluter_species: null,
      c_score: null,
    });
    const oneSpecies = pamStatistics(cellsOf([[1], [1], [1]])).diversity;
    expect(oneSpecies).toMatchObject({
      schluter_sites: null,
      schluter_species: null,
      c_score: null,
      lande: 0,
    });
    // 1/7 seven times over leaves a float trace of some 1e-17, and no variance.
    const full = pamStatistics(cellsOf(Array.from({ length: 49 }, () => Array<number>(7).fill(1)))).diversity;
    expect(full).toMatchObject({ schluter_sites: null, schluter_species: null, c_score: 0, whittaker: 1 });
  });

  it("stay exact where products pass 2^53", () => {
    // Two halves of sites with nothing in common: every sum has a closed form.
    const half = 30_000;
    const each = 150;
    const siteOf: number[] = [];
    const speciesOf: number[] = [];
    for (let site = 0; site < 2 * each; site++) {
      for (let species = 0; species < half; species++) {
        siteOf.push(site);
        speciesOf.push(species + (site < each ? 0 : half));
      }
    }
    const { diversity } = pamStatistics({
      sites: 2 * each,
      species: 2 * half,
      siteOf: Int32Array.from(siteOf),
      speciesOf: Int32Array.from(speciesOf),
    });
    // Pairs within a half add nothing, pairs across add each^2.
    expect(diversity.c_score).toBe((half * half * each * each) / (half * (2 * half - 1)));
    expect(diversity.schluter_species).toBe(0);
  });

  it("are refused for cells out of range, given twice, or that leave a row empty", () => {
    const cells = (sites: number, siteOf: number[], speciesOf: number[]) => () =>
      pamStatistics({
        sites,
        species: 1,
        siteOf: Int32Array.from(siteOf),
        speciesOf: Int32Array.from(speciesOf),
      });
    expect(cells(1, [0], [1])).toThrow("Cell 0 is species 1 at site 0, outside 1 sites x 1 species.");
    expect(cells(1, [0, 0], [0, 0])).toThrow("Species 0 is given twice at site 0.");
    expect(cells(2, [0], [0])).toThrow("site 1 has no cell");
  });
});
