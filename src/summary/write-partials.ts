import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, identifier, literal } from "../engine/index.ts";
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
    const rows = await engine.run(`COPY (${query}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
    files.push({ name, path, rows });
  };
  const family = "bf_partial_cells";
  for (const members of families(layers)) {
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${family} AS ${familySql(relation, members)}`);
    for (const layer of members) await write(`cells_${layer.name}`, cellsSql(family, layer));
  }
  await engine.run(`DROP TABLE IF EXISTS ${family}`);
  await write("taxa", taxaSql(relation));
  await write("facts", factsSql(relation, flags));
  const { rows } = await engine.row<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${relation}`);
  // COPY reports rows only when it is done; a file that is not there is a failure of the disk, not of the data.
  await Promise.all(files.map(({ path }) => stat(path)));
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

function cellsSql(family: string, layer: SummaryLayer): string {
  const id = identifier(`${layer.name}_id`);
  // A record counts once in each region of its list, even if a list should name one twice.
  const region = layer.overlap === "all" ? `unnest(list_distinct(${id}))` : id;
  return `SELECT region_id, specieskey AS species_key, riis_assessment, sum(occ_count)::BIGINT AS occ_count
    FROM (SELECT ${region} AS region_id, specieskey, riis_assessment, occ_count FROM ${family})
    WHERE region_id IS NOT NULL GROUP BY ALL`;
}

function taxaSql(relation: string): string {
  return `SELECT specieskey AS species_key, species, kingdom, class, family,
      count(*) AS occ_count, min(year)::INTEGER AS first_year, max(year)::INTEGER AS last_year
    FROM ${relation} WHERE specieskey IS NOT NULL GROUP BY ALL`;
}

function factsSql(relation: string, flags: readonly string[]): string {
  const kinds = [
    `SELECT 'records' AS kind, NULL::VARCHAR AS key, count(*) AS occ_count FROM ${relation}`,
    ...["license", "year", "month", "riis_assessment"].map(
      (column) =>
        `SELECT ${literal(column)}, ${column}::VARCHAR, count(*) FROM ${relation} GROUP BY ${column}`,
    ),
    `SELECT 'species_key', CASE WHEN specieskey IS NULL THEN 'none'
         WHEN regexp_full_match(specieskey, '[0-9]+') THEN 'integer' ELSE 'text' END, sum(records)::BIGINT
       FROM (SELECT specieskey, count(*) AS records FROM ${relation} GROUP BY specieskey) GROUP BY ALL`,
    ...flags.map(
      (flag) => `SELECT 'flag', ${literal(flag)}, count(*) FILTER (${identifier(flag)}) FROM ${relation}`,
    ),
  ];
  return kinds.join("\nUNION ALL ");
}
