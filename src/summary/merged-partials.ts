import { join } from "node:path";
import { type Engine, identifier, literal, parquetScan } from "../engine/index.ts";
import { bug } from "../trouble/index.ts";
import { assessments, type SummaryLayer } from "./summary-layer.ts";

/*
 * Partials are merged into tables of small numbers: a region's and a species' place in the order of their ids.
 * Whatever follows sorts, joins and counts those instead of texts.
 */

/** Temporary tables of a session that hold the merged counts; see the columns beside each. */
export const merged = {
  /** species_no (0, 1, ... in the order of species_key), species_key, species, kingdom, class, family, occ_count, first_year, last_year. */
  species: "bf_species",
  /** region_no (0, 1, ... in the order of region_id), region_id, region_name. */
  regions: (layer: string): string => identifier(`bf_regions_${layer}`),
  /** region_no, species_no (null without a species key), assessment (place in `assessments`, null without), occ_count. */
  cells: (layer: string): string => identifier(`bf_cells_${layer}`),
  /** region_no, species_no, occ_count and for each assessment its records; sorted; species keys alone. */
  matrix: (layer: string): string => identifier(`bf_matrix_${layer}`),
} as const;

/** Merges all partial counts of some folders into the temporary tables of {@link merged}. */
export async function mergePartials(
  engine: Engine,
  options: {
    partials: readonly string[];
    layers: readonly SummaryLayer[];
    /** Parquet file of region_id, region_name for each layer. */
    regions: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { partials, layers, regions } = options;
  await engine.run(`CREATE OR REPLACE TEMP TABLE ${merged.species} AS ${speciesSql(partials)}`);
  for (const { name } of layers) {
    const file = regions[name] ?? bug(`layer ${name} without a file of its regions`);
    await engine.run(
      `CREATE OR REPLACE TEMP TABLE ${merged.regions(name)} AS
       SELECT (row_number() OVER (ORDER BY region_id) - 1)::INTEGER AS region_no, region_id, region_name
       FROM ${parquetScan(file)} ORDER BY region_id`,
    );
    const [twice] = await engine.rows<{ region_id: string }>(
      `SELECT region_id FROM ${merged.regions(name)} GROUP BY region_id HAVING count(*) > 1 LIMIT 1`,
    );
    if (twice !== undefined) bug(`the layer ${name} has region ${twice.region_id} twice`);
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${merged.cells(name)} AS ${cellsSql(partials, name)}`);
    await refuseStrays(engine, partials, name);
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${merged.matrix(name)} AS ${matrixSql(name)}`);
  }
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

/*
 * Cells are grouped by one number that holds a region, a species and an assessment: half the time of three
 * columns. Two bits for the assessment, 32 for the species, the rest for the region.
 */
const noAssessment = 3;
const ofAssessment = 4n;
const ofRegion = 2n ** 34n;

function cellsSql(partials: readonly string[], layer: string): string {
  const codes = assessments.map((name, at) => `WHEN riis_assessment = ${literal(name)} THEN ${at}`).join(" ");
  // Null, and so found by refuseStrays, where a region, a species or an assessment is not known.
  const code = `region_no * ${ofRegion}
    + CASE WHEN species_key IS NULL THEN 0 ELSE species_no + 1 END * ${ofAssessment}
    + CASE ${codes} WHEN riis_assessment IS NULL THEN ${noAssessment} END`;
  return `SELECT (code // ${ofRegion})::INTEGER AS region_no,
      nullif(code % ${ofRegion} // ${ofAssessment}, 0)::INTEGER - 1 AS species_no,
      nullif(code % ${ofAssessment}, ${noAssessment})::TINYINT AS assessment, occ_count
    FROM (
      SELECT ${code} AS code, sum(cells.occ_count)::BIGINT AS occ_count
      FROM ${partialFiles(partials, `cells_${layer}`)} AS cells
      LEFT JOIN ${merged.regions(layer)} USING (region_id)
      LEFT JOIN ${merged.species} USING (species_key)
      GROUP BY code)`;
}

function matrixSql(layer: string): string {
  const part = (at: number): string => `CASE assessment WHEN ${at} THEN occ_count ELSE 0 END`;
  const parts = assessments.map((name, at) => `sum(${part(at)})::BIGINT AS ${name}`);
  return `SELECT (pair // ${ofRegion})::INTEGER AS region_no, (pair % ${ofRegion})::INTEGER AS species_no,
      * EXCLUDE (pair)
    FROM (
      SELECT region_no * ${ofRegion} + species_no AS pair, sum(occ_count)::BIGINT AS occ_count, ${parts.join(", ")}
      FROM ${merged.cells(layer)} WHERE species_no IS NOT NULL GROUP BY pair)
    ORDER BY pair`;
}

/** Partials speak of regions, species and assessments that are known; anything else is our own fault. */
async function refuseStrays(engine: Engine, partials: readonly string[], layer: string): Promise<void> {
  const [stray] = await engine.rows(`SELECT 1 FROM ${merged.cells(layer)} WHERE region_no IS NULL LIMIT 1`);
  if (stray === undefined) return;
  const { region, species, assessment } = await engine.row<
    Record<"region" | "species" | "assessment", string | null>
  >(
    `SELECT min(region_id) FILTER (region_no IS NULL) AS region,
       min(species_key) FILTER (species_no IS NULL) AS species,
       min(riis_assessment) FILTER (riis_assessment NOT IN (${assessments.map(literal).join(", ")})) AS assessment
     FROM ${partialFiles(partials, `cells_${layer}`)}
     LEFT JOIN ${merged.regions(layer)} USING (region_id)
     LEFT JOIN ${merged.species} USING (species_key)`,
  );
  if (region !== null) bug(`records in region ${region}, which the layer ${layer} does not have`);
  if (species !== null) bug(`cells of ${layer} with species key ${species}, which no taxon has`);
  bug(`an assessment called ${assessment}`);
}

/** Columns of the partial files, for a run without any. */
const partialColumns = {
  taxa: "species_key VARCHAR, species VARCHAR, kingdom VARCHAR, class VARCHAR, family VARCHAR, occ_count BIGINT, first_year INTEGER, last_year INTEGER",
  cells: "region_id VARCHAR, species_key VARCHAR, riis_assessment VARCHAR, occ_count BIGINT",
  facts: "kind VARCHAR, key VARCHAR, occ_count BIGINT",
} as const;

/** FROM item over one kind of partial file of all folders; no rows where there are no folders. */
export function partialFiles(folders: readonly string[], name: string): string {
  if (folders.length > 0) {
    return parquetScan(folders.map((folder) => join(folder, `${name}.parquet`)));
  }
  const columns = name === "taxa" || name === "facts" ? partialColumns[name] : partialColumns.cells;
  const nulls = columns.split(", ").map((column) => {
    const [called, type] = column.split(" ");
    return `NULL::${type} AS ${called}`;
  });
  return `(SELECT ${nulls.join(", ")} WHERE false)`;
}
