import { matrixTables } from "./matrix-tables.ts";
import type { SummaryLayer } from "./summary-layer.ts";
import type { ColumnSchema, TablePattern, TableSchema } from "./table-schema.ts";

const count = (name: string, description: string, unit: string): ColumnSchema => ({
  name,
  type: "BIGINT",
  description,
  unit,
});
const share = (name: string, description: string): ColumnSchema => ({
  name,
  type: "DOUBLE",
  description,
  unit: "1",
});
const text = (name: string, description: string): ColumnSchema => ({ name, type: "VARCHAR", description });

const regionId = text("region_id", "Identifier of the region, from its layer");
const regionName = text("region_name", "Name of the region, from its layer");
const speciesKey = text("species_key", "Key of the species in the checklist that the records carry, as text");
const occCount = count("occ_count", "Occurrence records", "records");

const meanings = {
  introduced: "assessed as introduced: the register lists the taxon at that place",
  invasive: "assessed as invasive: the register lists the taxon at that place as invasive",
  presumed_native:
    "presumed native, which means only that the register does not list the taxon at that place",
} as const;
const parts = ["introduced", "invasive", "presumed_native"] as const;

/**
 * Every table of a run, in the order of outputs.md, with LAYER where a layer's name goes: the source of
 * datapackage.json, of the reference and of the tests.
 *
 * @example
 * ```ts
 * import { TABLES } from "bisonflow/summary";
 * console.log(TABLES.slice(0, 2).map((table) => table.name)); // [ 'dropped', 'LAYER_counts' ]
 * ```
 */
export const TABLES: readonly TablePattern[] = [
  {
    name: "dropped",
    per: "run",
    title: "Records dropped, by the first rule that each failed",
    columns: [text("rule", "Rule of the profile; rows stand in the profile's order"), occCount],
    primaryKey: ["rule"],
    sortKeys: [],
  },
  {
    name: "LAYER_counts",
    per: "layer",
    title: "Occurrences and species in each LAYER region, by assessment",
    columns: [
      regionId,
      regionName,
      count("occ_count", "Occurrence records in the region, with or without a species key", "records"),
      count("species_count", "Distinct species keys in the region", "species"),
      ...parts.map((part) => count(`${part}_occ_count`, `Occurrence records ${meanings[part]}`, "records")),
      ...parts.map((part) =>
        count(
          `${part}_species_count`,
          `Distinct species keys with a record ${meanings[part]}; a species can count in two parts`,
          "species",
        ),
      ),
      ...parts.map((part) =>
        share(
          `${part}_occ_proportion`,
          `${part}_occ_count over the records that have an assessment; null where there are none`,
        ),
      ),
      ...parts.map((part) =>
        share(`${part}_species_proportion`, `${part}_species_count over species_count; null where that is 0`),
      ),
    ],
    primaryKey: ["region_id"],
    sortKeys: ["region_id"],
  },
  {
    name: "LAYER_x_species_list",
    per: "layer",
    title: "Species found in each LAYER region, by assessment",
    columns: [
      regionId,
      regionName,
      speciesKey,
      text(
        "species",
        "Most frequent name of the species key over all kept records, then the first in the alphabet",
      ),
      text(
        "riis_assessment",
        "introduced, invasive or presumed_native; null where the register knows no place",
      ),
      occCount,
    ],
    primaryKey: [],
    sortKeys: ["region_id", "species_key", "riis_assessment"],
  },
  ...matrixTables,
  {
    name: "species_list",
    per: "run",
    title: "Species among the kept records",
    columns: [
      speciesKey,
      text("species", "Most frequent name of the species key, then the first in the alphabet"),
      text("kingdom", "Most frequent kingdom of the species key's records"),
      text("class", "Most frequent class of the species key's records"),
      text("family", "Most frequent family of the species key's records"),
      count("occ_count", "Kept occurrence records, inside regions or outside", "records"),
      count("LAYER_count", "LAYER regions in which the species occurs", "regions"),
      {
        name: "first_year",
        type: "INTEGER",
        description: "Earliest year of a record; null without any year",
      },
      { name: "last_year", type: "INTEGER", description: "Latest year of a record; null without any year" },
    ],
    primaryKey: ["species_key"],
    sortKeys: ["species_key"],
  },
  {
    name: "placement",
    per: "run",
    title: "How records were placed in each layer",
    columns: [
      text("layer", "Name of the layer"),
      text("how", "inside a region, nearest to one within the layer's snapping distance, or outside all"),
      count("occ_count", "Occurrence records; a layer's three rows add up to the kept records", "records"),
    ],
    primaryKey: ["layer", "how"],
    sortKeys: [],
  },
  {
    name: "register_resolution",
    per: "run",
    title: "What each register row was resolved to",
    columns: [
      text("register_row_id", "Identifier of the row in the register"),
      text("place", "Place of which the row speaks"),
      text("name", "Scientific name that the register gives"),
      text("key_given", "Taxon key that the register gives, as it writes it"),
      text("key_used", "Taxon key by which records are matched; null where the row is not used"),
      text("how", "given, exact, fuzzy, higher rank or none"),
      text("accepted_name", "Accepted name of the taxon that the row was resolved to"),
      text("candidate_key", "Key that an answer not used would have given: for review"),
      text("note", "Why the row is not used, or what is odd about it"),
    ],
    primaryKey: [],
    sortKeys: ["register_row_id", "place", "name"],
  },
];

/**
 * The tables of one run: patterns with their layers' names put in, columns in order.
 *
 * @example
 * ```ts
 * import { tableSchemas } from "bisonflow/summary";
 * const tables = tableSchemas({ layers: [{ name: "county", overlap: "one" }], matrices: [] });
 * console.log(tables.map((table) => table.name).join(" "));
 * // dropped county_counts county_x_species_list species_list placement register_resolution
 * ```
 */
export function tableSchemas(options: {
  layers: readonly SummaryLayer[];
  matrices: readonly string[];
}): TableSchema[] {
  const names = options.layers.map(({ name }) => name);
  return TABLES.flatMap(({ per, ...pattern }) => {
    if (per === "run") return [concrete(pattern, names)];
    const chosen = per === "layer" ? names : names.filter((name) => options.matrices.includes(name));
    return chosen.map((name) => concrete(pattern, [name]));
  });
}

function concrete(pattern: TableSchema, layers: readonly string[]): TableSchema {
  const put = (words: string, layer: string | undefined): string =>
    layer === undefined ? words : words.replaceAll("LAYER", layer);
  const [first] = layers;
  return {
    ...pattern,
    name: put(pattern.name, first),
    title: put(pattern.title, first),
    columns: pattern.columns.flatMap((column) =>
      column.name.includes("LAYER")
        ? layers.map((layer) => ({
            ...column,
            name: put(column.name, layer),
            description: put(column.description, layer),
          }))
        : [column],
    ),
  };
}
