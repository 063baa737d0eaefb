import type { Engine } from "../engine/index.ts";
import { merged } from "./merged-partials.ts";
import { type PamStatistics, pamStatistics } from "./pam-statistics.ts";
import { rowsQuery } from "./table-queries.ts";

/** Statistics of a layer's presence-absence matrix as three queries: its site, species and diversity tables. */
export async function statisticsQueries(
  engine: Engine,
  layer: string,
  minOccurrences: number,
): Promise<{ site: string; species: string; diversity: string }> {
  const { regionNos, speciesNos, statistics } = await readStatistics(engine, layer, minOccurrences);
  const { alpha, phi, omega, psi, diversity } = statistics;
  await fill(engine, siteTable, regionNos, [
    alpha,
    statistics.alphaProportional,
    phi,
    statistics.phiAverageProportional,
  ]);
  await fill(engine, speciesTable, speciesNos, [
    omega,
    statistics.omegaProportional,
    psi,
    statistics.psiAverageProportional,
  ]);
  return {
    site: `SELECT region_id, a AS alpha, b AS alpha_proportional, c AS phi, d AS phi_average_proportional
      FROM ${siteTable} JOIN ${merged.regions(layer)} ON region_no = no ORDER BY no`,
    species: `SELECT species_key, a AS omega, b AS omega_proportional, c AS psi, d AS psi_average_proportional
      FROM ${speciesTable} JOIN ${merged.species} ON species_no = no ORDER BY no`,
    diversity: rowsQuery(
      [
        { name: "statistic", type: "VARCHAR" },
        { name: "value", type: "DOUBLE" },
      ],
      diversityOrder.map((name) => [name, diversity[name]]),
    ),
  };
}

/** Drops what statisticsQueries filled. */
export async function dropStatistics(engine: Engine): Promise<void> {
  for (const table of [siteTable, speciesTable]) await engine.run(`DROP TABLE IF EXISTS ${table}`);
}

const siteTable = "bf_site_statistics";
const speciesTable = "bf_species_statistics";
const diversityOrder = [
  "sites",
  "species",
  "whittaker",
  "lande",
  "legendre",
  "schluter_sites",
  "schluter_species",
  "c_score",
] as const;

/** Reads the cells with enough occurrences and numbers anew the sites and species that have one. */
async function readStatistics(
  engine: Engine,
  layer: string,
  minOccurrences: number,
): Promise<{ regionNos: number[]; speciesNos: number[]; statistics: PamStatistics }> {
  const where = `FROM ${merged.matrix(layer)} WHERE occ_count >= ${Number(minOccurrences)}`;
  const { cells } = await engine.row<{ cells: bigint }>(`SELECT count(*) AS cells ${where}`);
  const regions = new Int32Array(Number(cells));
  const species = new Int32Array(Number(cells));
  let at = 0;
  for await (const [regionColumn = [], speciesColumn = []] of engine.chunks(
    `SELECT region_no, species_no ${where}`,
  )) {
    regions.set(regionColumn as number[], at);
    species.set(speciesColumn as number[], at);
    at += regionColumn.length;
  }
  const regionNos = renumber(regions);
  const speciesNos = renumber(species);
  const statistics = pamStatistics({
    sites: regionNos.length,
    species: speciesNos.length,
    siteOf: regions,
    speciesOf: species,
  });
  return { regionNos, speciesNos, statistics };
}

/** Replaces numbers by their places among the distinct ones, ascending; returns these. */
function renumber(numbers: Int32Array): number[] {
  let highest = -1;
  for (const number of numbers) if (number > highest) highest = number;
  const places = new Int32Array(highest + 1);
  for (const number of numbers) places[number] = 1;
  const distinct: number[] = [];
  for (let number = 0; number <= highest; number++) {
    if (places[number] === 0) continue;
    places[number] = distinct.length;
    distinct.push(number);
  }
  for (let cell = 0; cell < numbers.length; cell++) numbers[cell] = places[numbers[cell] as number] as number;
  return distinct;
}

/** Rows that go to DuckDB in one statement. */
const batchRows = 10_000;

async function fill(
  engine: Engine,
  table: string,
  numbers: readonly number[],
  columns: readonly ArrayLike<number>[],
): Promise<void> {
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE ${table} (no INTEGER, a BIGINT, b DOUBLE, c BIGINT, d DOUBLE)`,
  );
  for (let start = 0; start < numbers.length; start += batchRows) {
    const rows = numbers
      .slice(start, start + batchRows)
      .map((number, row) => [number, ...columns.map((column) => column[start + row] as number)]);
    await engine.run(
      `INSERT INTO ${table} SELECT r[1]::INTEGER, r[2]::BIGINT, r[3]::DOUBLE, r[4]::BIGINT, r[5]::DOUBLE
       FROM (SELECT unnest(from_json($1, '[["DOUBLE"]]')) AS r)`,
      [JSON.stringify(rows)],
    );
  }
}
