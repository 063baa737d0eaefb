import { join } from "node:path";
import { type Engine, identifier, parquetScan, useEnums } from "../engine/index.ts";
import { bug } from "../trouble/index.ts";
import { cellCode, cellPart, noAssessment, ownNumber } from "./cell-code.ts";
import { followsFromFiner, type SummaryLayer } from "./summary-layer.ts";

/*
 * Partials are merged into tables of small numbers: a region's and a species' place in the order of their ids.
 * Whatever follows sorts, joins and counts those instead of texts.
 */

/** Temporary tables of a session that hold the merged counts; see the columns beside each. */
export const merged = {
  /** species_no (0, 1, ... in the order of species_key), species_key, species, kingdom, class, family, occ_count, first_year, last_year. */
  species: "bf_species",
  /** region_no (0, 1, ... in the order of region_id), region_id, region_name. */
  regions: (layer: string): string => identifier(regionTable(layer)),
  /** region_no, species_no (null without a species key), assessment (place in `assessments`, null without), occ_count. */
  cells: (layer: string): string => identifier(`bf_cells_${layer}`),
  /** region_no, species_no, occ_count: one row a region and species key, in no order. */
  matrix: (layer: string): string => identifier(`bf_matrix_${layer}`),
} as const;

/** Merges all partial counts of some folders into the temporary tables of {@link merged}. */
export async function mergePartials(
  engine: Engine,
  options: {
    partials: readonly string[];
    layers: readonly SummaryLayer[];
    /** Parquet file of region_id, region_name and COARSER_id for each layer. */
    regions: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { partials, layers, regions } = options;
  await engine.run(`CREATE OR REPLACE TEMP TABLE ${merged.species} AS ${speciesSql(partials)}`);
  for (const { name } of layers) await numberRegions(engine, name, regions[name]);
  const follows = (layer: SummaryLayer): boolean => followsFromFiner(layer, layers);
  const counted = layers.filter((layer) => !follows(layer));
  const numbered = await layersOfNumbers(engine, partials, counted);
  if (counted.some(({ name }) => !numbered.has(name)))
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${speciesPlaces} AS ${speciesPlacesSql(partials)}`);
  // A finer layer comes before those that follow from it.
  for (const layer of [...counted, ...layers.filter(follows)]) {
    const { name, coarserOf = "" } = layer;
    const cells = follows(layer)
      ? coarserCellsSql({ name, finer: coarserOf, file: regions[coarserOf] as string })
      : numbered.has(name)
        ? numberedCellsSql(partials, name)
        : cellsSql(partials, name);
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${merged.cells(name)} AS ${cells}`);
    await refuseStrays(engine, follows(layer) ? undefined : partials, name);
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${merged.matrix(name)} AS ${matrixSql(name)}`);
  }
  await engine.run(`DROP TABLE IF EXISTS ${speciesPlaces}`);
  await useEnums(engine, merged.species, ["species_key", "species"], mostSpecies);
  for (const { name } of layers) await useEnums(engine, regionTable(name), ["region_id", "region_name"]);
}

/** Names of species fill a row group's dictionary before they are worth it; regions do so much earlier. */
const mostSpecies = 1 << 16;

function regionTable(layer: string): string {
  return `bf_regions_${layer}`;
}

async function numberRegions(engine: Engine, layer: string, file: string | undefined): Promise<void> {
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE ${merged.regions(layer)} AS
     SELECT (row_number() OVER (ORDER BY region_id) - 1)::INTEGER AS region_no, region_id, region_name
     FROM ${parquetScan(file ?? bug(`layer ${layer} without a file of its regions`))} ORDER BY region_id`,
  );
  const [twice] = await engine.rows<{ region_id: string }>(
    `SELECT region_id FROM ${merged.regions(layer)} GROUP BY region_id HAVING count(*) > 1 LIMIT 1`,
  );
  if (twice !== undefined) bug(`the layer ${layer} has region ${twice.region_id} twice`);
}

/** Drops the tables that mergePartials made. */
export async function dropMerged(engine: Engine, layers: readonly SummaryLayer[]): Promise<void> {
  const tables = layers.flatMap(({ name }) => [
    merged.regions(name),
    merged.cells(name),
    merged.matrix(name),
  ]);
  for (const table of [merged.species, ...tables]) await engine.run(`DROP TABLE IF EXISTS ${table}`);
}

const nameColumns = ["species", "kingdom", "class", "family"] as const;

/** One row a species key; each name column on its own: the most frequent, then the first, null only where all are. */
function speciesSql(partials: readonly string[]): string {
  const best = (column: string): string =>
    `(SELECT species_key, arg_min(name, place) AS ${column} FROM (
        SELECT species_key, ${column} AS name,
          row_number() OVER (PARTITION BY species_key ORDER BY sum(occ_count) DESC, ${column}) AS place
        FROM taxa WHERE ${column} IS NOT NULL GROUP BY species_key, ${column})
      GROUP BY species_key)`;
  return `WITH taxa AS MATERIALIZED (
      SELECT species_key, species, kingdom, class, family, sum(occ_count)::BIGINT AS occ_count,
        min(first_year) AS first_year, max(last_year) AS last_year
      FROM ${partialFiles(partials, "taxa")} GROUP BY ALL),
    keys AS (
      SELECT species_key, sum(occ_count)::BIGINT AS occ_count, min(first_year) AS first_year, max(last_year) AS last_year
      FROM taxa GROUP BY species_key)
    SELECT (row_number() OVER (ORDER BY species_key) - 1)::INTEGER AS species_no, species_key,
      ${nameColumns.join(", ")}, occ_count, first_year, last_year
    FROM keys ${nameColumns.map((column) => `LEFT JOIN ${best(column)} USING (species_key)`).join("\n")}
    ORDER BY species_key`;
}

/** The layers of whose cells all parts call species and regions by their own numbers. */
async function layersOfNumbers(
  engine: Engine,
  partials: readonly string[],
  layers: readonly SummaryLayer[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (!(await areNumbers(engine, partials, { name: "taxa", at: "species_at", id: "species_key" })))
    return found;
  for (const { name } of layers) {
    const seen = { name: `seen_${name}`, at: "region_at", id: "region_id" };
    if (await areNumbers(engine, partials, seen)) found.add(name);
  }
  return found;
}

/** Whether all parts call each value by its own number, and no two values have the same: `7` and `007` do. */
async function areNumbers(
  engine: Engine,
  partials: readonly string[],
  { name, at, id }: { name: string; at: string; id: string },
): Promise<boolean> {
  const { others, values, numbers } = await engine.row<Record<string, bigint>>(
    `SELECT count(*) FILTER (${at} IS DISTINCT FROM ${ownNumber(id)}) AS others,
       count(DISTINCT ${id}) AS values, count(DISTINCT ${at}) AS numbers
     FROM (SELECT DISTINCT ${at}, ${id} FROM ${partialFiles(partials, name)})`,
  );
  return others === 0n && values === numbers;
}

/** Cells whose numbers mean the same in all parts: they are added up before their regions and species are found. */
function numberedCellsSql(partials: readonly string[], layer: string): string {
  const species = cellPart.species("cell");
  return `SELECT CASE WHEN ${species} = 0 OR species_no IS NOT NULL THEN region_no END AS region_no,
      species_no, nullif(${cellPart.assessment("cell")}, ${noAssessment})::TINYINT AS assessment, occ_count
    FROM (
      SELECT cell, sum(occ_count)::BIGINT AS occ_count FROM ${partialFiles(partials, `cells_${layer}`)} GROUP BY cell)
    LEFT JOIN (SELECT ${ownNumber("region_id")}::BIGINT AS region_at, region_no FROM ${merged.regions(layer)}) r
      ON region_at = ${cellPart.region("cell")}
    LEFT JOIN (SELECT ${ownNumber("species_key")}::BIGINT + 1 AS species_at, species_no FROM ${merged.species}) s
      ON species_at = ${species}`;
}

/*
 * Each part numbers its species and regions in its own way: a place is the part's number and the one within it.
 */
const speciesPlaces = "bf_species_places";

function place(within: string): string {
  return `((file_index::BIGINT << 32) | (${within}))`;
}

function speciesPlacesSql(partials: readonly string[]): string {
  return `SELECT DISTINCT ${place("species_at + 1")} AS place, species_no
    FROM ${partialFiles(partials, "taxa")} JOIN ${merged.species} USING (species_key)`;
}

function cellsSql(partials: readonly string[], layer: string): string {
  const regionPlaces = `(SELECT ${place("region_at")} AS place, region_no
    FROM ${partialFiles(partials, `seen_${layer}`)} JOIN ${merged.regions(layer)} USING (region_id))`;
  // Null, and so found by refuseStrays, where a region or a species is not known.
  const code = cellCode({
    region: "r.region_no",
    species: `CASE WHEN ${cellPart.species("cell")} > 0 THEN s.species_no + 1 END`,
    assessment: cellPart.assessment("cell"),
  });
  return `SELECT ${cellPart.region("code")}::INTEGER AS region_no,
      nullif(${cellPart.species("code")}, 0)::INTEGER - 1 AS species_no,
      nullif(${cellPart.assessment("code")}, ${noAssessment})::TINYINT AS assessment, occ_count
    FROM (
      SELECT ${code} AS code, sum(cells.occ_count)::BIGINT AS occ_count
      FROM ${partialFiles(partials, `cells_${layer}`)} AS cells
      LEFT JOIN ${regionPlaces} r ON r.place = ${place(cellPart.region("cell"))}
      LEFT JOIN ${speciesPlaces} s ON s.place = ${place(cellPart.species("cell"))}
      GROUP BY code)`;
}

/** Cells of a layer that follow from those of the finer one, whose regions' file says where each lies. */
function coarserCellsSql({ name, finer, file }: { name: string; finer: string; file: string }): string {
  const held = identifier(`${name}_id`);
  return `SELECT coarse.region_no, species_no, assessment, sum(occ_count)::BIGINT AS occ_count
    FROM ${merged.cells(finer)}
    JOIN ${merged.regions(finer)} USING (region_no)
    JOIN (SELECT region_id, ${held} FROM ${parquetScan(file)} WHERE ${held} IS NOT NULL) USING (region_id)
    LEFT JOIN ${merged.regions(name)} AS coarse ON coarse.region_id = ${held}
    GROUP BY ALL`;
}

function matrixSql(layer: string): string {
  return `SELECT (pair >> 32)::INTEGER AS region_no, (pair & ${2 ** 32 - 1})::INTEGER AS species_no, occ_count
    FROM (
      SELECT (region_no::BIGINT << 32) | species_no AS pair, sum(occ_count)::BIGINT AS occ_count
      FROM ${merged.cells(layer)} WHERE species_no IS NOT NULL GROUP BY pair)`;
}

/** Partials speak of regions, species and assessments that are known; anything else is our own fault. */
async function refuseStrays(
  engine: Engine,
  partials: readonly string[] | undefined,
  layer: string,
): Promise<void> {
  const [stray] = await engine.rows(`SELECT 1 FROM ${merged.cells(layer)} WHERE region_no IS NULL LIMIT 1`);
  if (stray === undefined) return;
  if (partials === undefined) bug(`a finer layer has regions that lie in none of ${layer}`);
  const [unknown] = await engine.rows<{ region_id: string }>(
    `SELECT region_id FROM ${partialFiles(partials, `seen_${layer}`)}
     ANTI JOIN ${merged.regions(layer)} USING (region_id) ORDER BY region_id LIMIT 1`,
  );
  if (unknown !== undefined)
    bug(`records in region ${unknown.region_id}, which the layer ${layer} does not have`);
  bug(`cells of ${layer} with an assessment or a species that is not known`);
}

/** Columns of the partial files, for a run without any. */
const partialColumns = {
  taxa: "file_index BIGINT, species_at BIGINT, species_key VARCHAR, species VARCHAR, kingdom VARCHAR, class VARCHAR, family VARCHAR, occ_count BIGINT, first_year INTEGER, last_year INTEGER",
  seen: "file_index BIGINT, region_at BIGINT, region_id VARCHAR",
  cells: "file_index BIGINT, cell BIGINT, occ_count BIGINT",
} as const;

/** FROM item over one kind of partial file of all folders; no rows where there are no folders. */
export function partialFiles(folders: readonly string[], name: string): string {
  if (folders.length > 0) {
    return parquetScan(folders.map((folder) => join(folder, `${name}.parquet`)));
  }
  const kind = name.split("_", 1)[0] as keyof typeof partialColumns;
  const columns = partialColumns[kind];
  const nulls = columns.split(", ").map((column) => {
    const [called, type] = column.split(" ");
    return `NULL::${type} AS ${called}`;
  });
  return `(SELECT ${nulls.join(", ")} WHERE false)`;
}
