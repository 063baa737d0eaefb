import { mkdir } from "node:fs/promises";
import { type Engine, identifier } from "../engine/index.ts";
import { bug } from "../trouble/index.ts";
import { dropStatistics, statisticsQueries } from "./matrix-statistics.ts";
import { dropMerged, mergePartials } from "./merged-partials.ts";
import type { SummaryLayer } from "./summary-layer.ts";
import { type TableFormat, type WrittenTable, writeTable } from "./table-files.ts";
import { allSpeciesQuery, countsQuery, matrixQuery, rowsQuery, speciesListQuery } from "./table-queries.ts";
import type { TableSchema } from "./table-schema.ts";
import { tableSchemas } from "./tables.ts";

/** What merging the partial counts into the tables takes. */
export interface WriteTablesOptions {
  /** Folders that {@link writePartials} filled, one a part, in any order. */
  readonly partials: readonly string[];
  readonly layers: readonly SummaryLayer[];
  /**
   * For each layer its name and a Parquet file of region_id, region_name: every region, sorted; and COARSER_id for
   * each layer that it is the finer one of.
   */
  readonly regions: Readonly<Record<string, string>>;
  /** Records dropped by each rule, in the profile's order. */
  readonly dropped: readonly { readonly rule: string; readonly occ_count: number }[];
  /** Records by layer and how they were placed; written in the layers' order, missing ones as zeros. */
  readonly placement: readonly { readonly layer: string; readonly how: string; readonly occ_count: number }[];
  /** Names of the layers that get a heat matrix and statistics. */
  readonly matrices: readonly string[];
  /** Occurrences that a cell of the presence-absence matrix needs. */
  readonly minOccurrences: number;
  /** Made if it is not there. */
  readonly outFolder: string;
  readonly formats: readonly TableFormat[];
  /**
   * SQL FROM item with register_row_id, place, name, given_key, key_used, how, accepted_name,
   * candidate_key and note; without it the table is written empty.
   */
  readonly resolution?: string;
}

/**
 * Merges the partial counts of all parts into the tables of outputs.md, sorted by their keys. The same
 * counts give the same bytes, whatever the number of parts, their order and the engine's threads.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openEngine } from "bisonflow/engine";
 * import { writeTables } from "bisonflow/summary";
 * const engine = await openEngine();
 * const folder = mkdtempSync(join(tmpdir(), "tables-"));
 * const { tables } = await writeTables(engine, {
 *   partials: [],
 *   layers: [],
 *   regions: {},
 *   dropped: [{ rule: "country", occ_count: 12 }],
 *   placement: [],
 *   matrices: [],
 *   minOccurrences: 3,
 *   outFolder: folder,
 *   formats: ["parquet"],
 * });
 * console.log(tables.map(({ name, rows }) => `${name} ${rows}`).join(", "));
 * // dropped 1, species_list 0, placement 0, register_resolution 0
 * engine.close();
 * ```
 */
export async function writeTables(
  engine: Engine,
  options: WriteTablesOptions,
): Promise<{ tables: WrittenTable[] }> {
  const { layers, outFolder, formats } = options;
  await mkdir(outFolder, { recursive: true });
  await mergePartials(engine, options);
  const tables: WrittenTable[] = [];
  const schemas = new Map(tableSchemas(options).map((schema) => [schema.name, schema]));
  const write = async (name: string, query: (schema: TableSchema) => string): Promise<void> => {
    const schema = schemas.get(name) ?? bug(`no table is called ${name}`);
    tables.push(await writeTable(engine, { schema, query: query(schema), outFolder, formats }));
  };
  await write("dropped", ({ columns }) =>
    rowsQuery(
      columns,
      options.dropped.map(({ rule, occ_count }) => [rule, occ_count]),
    ),
  );
  for (const { name } of layers) {
    await write(`${name}_counts`, () => countsQuery(name));
    await write(`${name}_x_species_list`, () => speciesListQuery(name));
    if (!options.matrices.includes(name)) continue;
    await write(`${name}_x_species_matrix`, () => matrixQuery(name));
    const statistics = await statisticsQueries(engine, name, options.minOccurrences);
    await write(`${name}_x_species_site_stats`, () => statistics.site);
    await write(`${name}_x_species_species_stats`, () => statistics.species);
    await write(`${name}_x_species_diversity_stats`, () => statistics.diversity);
  }
  await write("species_list", () => allSpeciesQuery(layers));
  await write("placement", ({ columns }) => rowsQuery(columns, placementRows(options)));
  await write("register_resolution", (schema) => resolutionQuery(schema, options.resolution));
  await dropStatistics(engine);
  await dropMerged(engine, layers);
  const order = [...schemas.keys()];
  return { tables: tables.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)) };
}

const ways = ["inside", "nearest", "outside"] as const;

function placementRows({ layers, placement }: WriteTablesOptions): [string, string, number][] {
  return layers.flatMap(({ name }) =>
    ways.map((way): [string, string, number] => {
      const given = placement.filter(({ layer, how }) => layer === name && how === way);
      return [name, way, given.reduce((sum, { occ_count }) => sum + occ_count, 0)];
    }),
  );
}

function resolutionQuery({ columns, sortKeys }: TableSchema, relation: string | undefined): string {
  if (relation === undefined) return rowsQuery(columns, []);
  const rest = columns.map(({ name }) => name).filter((name) => !sortKeys.includes(name));
  return `SELECT * RENAME (given_key AS key_given) FROM ${relation}
    ORDER BY ${[...sortKeys, ...rest].map(identifier).join(", ")}`;
}
