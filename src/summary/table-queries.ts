import { enumOf, identifier, literal } from "../engine/index.ts";
import { merged } from "./merged-partials.ts";
import { assessments, type SummaryLayer } from "./summary-layer.ts";

/** LAYER_counts: one row for every region of the layer, zeros included. */
export function countsQuery(layer: string): string {
  const occ = (part: string): string => `${part}_occ_count`;
  const species = (part: string): string => `${part}_species_count`;
  const assessed = assessments.map(occ).join(" + ");
  return `WITH occurrences AS (
      SELECT region_no, sum(occ_count)::BIGINT AS occ_count,
        ${assessments.map((part, at) => `(sum(occ_count) FILTER (assessment = ${at}))::BIGINT AS ${occ(part)}`).join(", ")},
        ${assessments.map((part, at) => `count(species_no) FILTER (assessment = ${at}) AS ${species(part)}`).join(", ")}
      FROM ${merged.cells(layer)} GROUP BY region_no),
    distinct_species AS (
      SELECT region_no, count(*) AS species_count
      FROM ${merged.matrix(layer)} GROUP BY region_no),
    counts AS (
      SELECT region_id, region_name, ${[
        "occ_count",
        "species_count",
        ...assessments.map(occ),
        ...assessments.map(species),
      ]
        .map((column) => `coalesce(${column}, 0) AS ${column}`)
        .join(", ")}
      FROM ${merged.regions(layer)} LEFT JOIN occurrences USING (region_no) LEFT JOIN distinct_species USING (region_no))
    SELECT *,
      ${assessments.map((part) => `${occ(part)} / nullif(${assessed}, 0) AS ${part}_occ_proportion`).join(", ")},
      ${assessments.map((part) => `${species(part)} / nullif(species_count, 0) AS ${part}_species_proportion`).join(", ")}
    FROM counts ORDER BY region_id`;
}

/** LAYER_x_species_list: one row a region, species and assessment. */
export function speciesListQuery(layer: string): string {
  const named = `(CASE assessment ${assessments.map((part, at) => `WHEN ${at} THEN ${literal(part)}`).join(" ")} END)::${enumOf(assessments)}`;
  return `SELECT region_id, region_name, species_key, species, ${named} AS riis_assessment, cells.occ_count
    FROM ${merged.cells(layer)} AS cells
    JOIN ${merged.regions(layer)} USING (region_no)
    JOIN ${merged.species} USING (species_no)
    ORDER BY region_no, species_no, assessment NULLS LAST`;
}

/** LAYER_x_species_matrix: the heat matrix in coordinate form. */
export function matrixQuery(layer: string): string {
  return `SELECT region_id, species_key, cells.occ_count
    FROM ${merged.matrix(layer)} AS cells
    JOIN ${merged.regions(layer)} USING (region_no)
    JOIN ${merged.species} USING (species_no)
    ORDER BY region_no, species_no`;
}

/** species_list: one row a species key, with its number of regions in each layer. */
export function allSpeciesQuery(layers: readonly SummaryLayer[]): string {
  const counted = layers.map(({ name }) => identifier(`${name}_count`));
  const joins = layers.map(
    ({ name }, at) =>
      `LEFT JOIN (SELECT species_no, count(*) AS ${counted[at]} FROM ${merged.matrix(name)} GROUP BY species_no)
       USING (species_no)`,
  );
  return `SELECT species_key, species, kingdom, class, family, occ_count,
      ${counted.map((column) => `coalesce(${column}, 0) AS ${column},`).join(" ")} first_year, last_year
    FROM ${merged.species} ${joins.join("\n")} ORDER BY species_no`;
}

/** A small table given as rows, in their order. */
export function rowsQuery(
  columns: readonly { name: string; type: string }[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const names = columns.map(({ name }) => identifier(name)).join(", ");
  const cast = columns
    .map(({ name, type }) => `${identifier(name)}::${type} AS ${identifier(name)}`)
    .join(", ");
  const values =
    rows.length === 0
      ? `(SELECT ${columns.map(({ name }) => `NULL AS ${identifier(name)}`).join(", ")} WHERE false)`
      : `(VALUES ${rows.map((row) => `(${row.map(literal).join(", ")})`).join(", ")}) AS t(${names})`;
  return `SELECT ${cast} FROM ${values}`;
}
