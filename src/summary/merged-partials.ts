import { join } from "node:path";
import { type Engine, identifier, literal, stringList } from "../engine/index.ts";
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
       FROM read_parquet(${literal(file)}) ORDER BY region_id`,
    );
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

function cellsSql(partials: readonly string[], layer: string): string {
  const code = assessments.map((name, at) => `WHEN ${literal(name)} THEN ${at}`).join(" ");
  return `SELECT region_no, species_no, assessment, sum(occ_count)::BIGINT AS occ_count
    FROM (
      SELECT region_no, species_no, CASE riis_assessment ${code} END::TINYINT AS assessment, cells.occ_count
      FROM ${partialFiles(partials, `cells_${layer}`)} AS cells
      LEFT JOIN ${merged.regions(layer)} USING (region_id)
      LEFT JOIN ${merged.species} USING (species_key))
    GROUP BY ALL`;
}

function matrixSql(layer: string): string {
  const parts = assessments.map(
    (name, at) => `(coalesce(sum(occ_count) FILTER (assessment = ${at}), 0))::BIGINT AS ${name}`,
  );
  return `SELECT region_no, species_no, sum(occ_count)::BIGINT AS occ_count, ${parts.join(", ")}
    FROM ${merged.cells(layer)} WHERE species_no IS NOT NULL
    GROUP BY region_no, species_no ORDER BY region_no, species_no`;
}

/** Partials speak of regions, species and assessments that are known; anything else is our own fault. */
async function refuseStrays(engine: Engine, partials: readonly string[], layer: string): Promise<void> {
  const { region, species, assessment } = await engine.row<
    Record<"region" | "species" | "assessment", string | null>
  >(
    `SELECT any_value(region_id) FILTER (region_no IS NULL) AS region,
       any_value(species_key) FILTER (species_no IS NULL AND species_key IS NOT NULL) AS species,
       any_value(riis_assessment) FILTER (riis_assessment NOT IN (${assessments.map(literal).join(", ")})) AS assessment
     FROM (SELECT DISTINCT region_id FROM ${partialFiles(partials, `cells_${layer}`)}) r
     FULL JOIN (SELECT DISTINCT species_key, riis_assessment FROM ${partialFiles(partials, `cells_${layer}`)}) s ON false
     LEFT JOIN ${merged.regions(layer)} USING (region_id)
     LEFT JOIN ${merged.species} USING (species_key)`,
  );
  if (region !== null) bug(`records in region ${region}, which the layer ${layer} does not have`);
  if (species !== null) bug(`cells of ${layer} with species key ${species}, which no taxon has`);
  if (assessment !== null) bug(`an assessment called ${assessment}`);
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
    return `read_parquet(${stringList(folders.map((folder) => join(folder, `${name}.parquet`)))})`;
  }
  const columns = name === "taxa" || name === "facts" ? partialColumns[name] : partialColumns.cells;
  const nulls = columns.split(", ").map((column) => {
    const [called, type] = column.split(" ");
    return `NULL::${type} AS ${called}`;
  });
  return `(SELECT ${nulls.join(", ")} WHERE false)`;
}
