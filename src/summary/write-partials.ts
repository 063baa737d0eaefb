import { join } from "node:path";
import { type Engine, identifier, literal, parquetScan } from "../engine/index.ts";
import { bug } from "../trouble/index.ts";
import type { SummaryLayer } from "./summary-layer.ts";

/** Columns that the counts look at, with the type of a column of nulls where a relation has none. */
const countedColumns = {
  specieskey: "VARCHAR",
  species: "VARCHAR",
  kingdom: "VARCHAR",
  class: "VARCHAR",
  family: "VARCHAR",
  year: "INTEGER",
  month: "INTEGER",
  riis_assessment: "VARCHAR",
  license: "VARCHAR",
} as const;

/** A file of partial counts. */
export interface PartialFile {
  readonly name: string;
  readonly path: string;
  readonly rows: number;
}

/** What counting a part takes. */
export interface WritePartialsOptions {
  /** SQL FROM item of kept records: the columns of outputs.md's occurrences, LAYER_id for each layer. */
  readonly relation: string;
  readonly layers: readonly SummaryLayer[];
  /** Folder that exists; gets cells_LAYER.parquet for each layer, taxa.parquet and facts.parquet. */
  readonly outFolder: string;
  /** Boolean columns of the relation, counted in facts.parquet as kind `flag`. */
  readonly flags?: readonly string[];
}

/**
 * Counts a part of the kept records into small files that {@link writeTables} merges: cells (region, species,
 * assessment) for each layer, taxa (species key and names), and facts (records by licence, flag, year, month,
 * assessment and kind of species key). `rows` is the number of records counted.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openEngine } from "bisonflow/engine";
 * import { writePartials } from "bisonflow/summary";
 * const engine = await openEngine();
 * const { files, rows } = await writePartials(engine, {
 *   relation: "(SELECT '2480528' AS specieskey, 'Buteo jamaicensis' AS species, '17113' AS county_id)",
 *   layers: [{ name: "county", overlap: "one" }],
 *   outFolder: mkdtempSync(join(tmpdir(), "partials-")),
 * });
 * console.log(rows, files.map(({ name }) => name).join(" ")); // 1 cells_county taxa facts
 * engine.close();
 * ```
 */
export async function writePartials(
  engine: Engine,
  options: WritePartialsOptions,
): Promise<{ files: PartialFile[]; rows: number }> {
  const { layers, outFolder, flags = [] } = options;
  const relation = await completed(engine, options.relation);
  const files: PartialFile[] = [];
  const write = async (name: string, query: string): Promise<void> => {
    const path = join(outFolder, `${name}.parquet`);
    const rows = await engine.run(
      `COPY (${query}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)`,
    );
    files.push({ name, path, rows });
  };
  const family = "bf_partial_cells";
  for (const members of families(layers)) {
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${family} AS ${familySql(relation, members)}`);
    for (const layer of members) await write(`cells_${layer.name}`, cellsSql(family, layer));
  }
  await engine.run(`DROP TABLE IF EXISTS ${family}`);
  await write("taxa", taxaSql(relation));
  const taxa = files[files.length - 1]?.path ?? bug("the taxa were not written");
  await write("facts", factsSql({ relation, taxa, flags }));
  const { rows } = await engine.row<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${relation}`);
  return { files, rows: Number(rows) };
}

/** The relation with a column of nulls for each counted column that it has not. */
async function completed(engine: Engine, relation: string): Promise<string> {
  const known = new Set(
    (await engine.columns(`SELECT * FROM ${relation}`)).map(({ name }) => name.toLowerCase()),
  );
  const missing = Object.entries(countedColumns).filter(([name]) => !known.has(name));
  if (missing.length === 0) return relation;
  const nulls = missing.map(([name, type]) => `NULL::${type} AS ${identifier(name)}`);
  return `(SELECT *, ${nulls.join(", ")} FROM ${relation})`;
}

/** Each layer with those that its fields hold: they are counted in one reading of the records. */
function families(layers: readonly SummaryLayer[]): SummaryLayer[][] {
  const finest = layers.filter(({ coarserOf }) => !layers.some(({ name }) => name === coarserOf));
  return finest.map((layer) => [
    layer,
    ...layers.filter((other) => other !== layer && other.coarserOf === layer.name && !finest.includes(other)),
  ]);
}

function familySql(relation: string, members: readonly SummaryLayer[]): string {
  const ids = members.map(({ name }) => identifier(`${name}_id`));
  const located = ids.map((id, at) =>
    members[at]?.overlap === "all" ? `len(${id}) > 0` : `${id} IS NOT NULL`,
  );
  return `SELECT ${ids.join(", ")}, specieskey, riis_assessment, count(*) AS occ_count
    FROM ${relation} WHERE ${located.join(" OR ")} GROUP BY ALL`;
}

function cellsSql(family: string, { name, overlap, coarserOf }: SummaryLayer): string {
  const id = identifier(`${name}_id`);
  const columns = "specieskey AS species_key, riis_assessment";
  // The finest layer's groups are its cells; were one there twice, merging would add the two up.
  if (overlap === "one" && coarserOf === undefined) {
    return `SELECT ${id} AS region_id, ${columns}, occ_count FROM ${family} WHERE ${id} IS NOT NULL`;
  }
  // A record counts once in each region of its list, even if a list should name one twice.
  const region = overlap === "all" ? `unnest(list_distinct(${id}))` : id;
  return `SELECT region_id, ${columns}, sum(occ_count)::BIGINT AS occ_count
    FROM (SELECT ${region} AS region_id, specieskey, riis_assessment, occ_count FROM ${family})
    WHERE region_id IS NOT NULL GROUP BY ALL`;
}

function taxaSql(relation: string): string {
  return `SELECT specieskey AS species_key, species, kingdom, class, family,
      count(*) AS occ_count, min(year)::INTEGER AS first_year, max(year)::INTEGER AS last_year
    FROM ${relation} WHERE specieskey IS NOT NULL GROUP BY ALL`;
}

/** Facts of the records, and of their species keys from the taxa's file: reading that is cheaper. */
function factsSql(options: { relation: string; taxa: string; flags: readonly string[] }): string {
  const { relation, taxa, flags } = options;
  // Grouped by the column itself, then made text: the other way round costs four times as much.
  const histogram = (column: string): string =>
    `SELECT ${literal(column)}, value::VARCHAR, records
     FROM (SELECT ${column} AS value, count(*) AS records FROM ${relation} GROUP BY ALL)`;
  const keyKind = `CASE WHEN regexp_full_match(species_key, '[0-9]+') THEN 'integer' ELSE 'text' END`;
  return [
    `SELECT 'records' AS kind, NULL::VARCHAR AS key, count(*) AS occ_count FROM ${relation}`,
    ...["license", "year", "month", "riis_assessment"].map(histogram),
    `SELECT 'species_key', ${keyKind}, sum(occ_count)::BIGINT FROM ${parquetScan(taxa)} GROUP BY ALL`,
    `SELECT 'species_key', 'none', count(*) FROM ${relation} WHERE specieskey IS NULL`,
    ...flags.map(
      (flag) => `SELECT 'flag', ${literal(flag)}, count(*) FROM ${relation} WHERE ${identifier(flag)}`,
    ),
  ].join("\nUNION ALL ");
}
