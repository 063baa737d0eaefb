import { join } from "node:path";
import { type Engine, identifier, literal } from "../engine/index.ts";
import { cellCode } from "./cell-code.ts";
import { assessments, followsFromFiner, type SummaryLayer } from "./summary-layer.ts";

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
  /** Folder that exists; gets taxa.parquet, seen_LAYER.parquet and cells_LAYER.parquet, and facts.parquet. */
  readonly outFolder: string;
  /** Boolean columns of the relation, counted in facts.parquet as kind `flag`. */
  readonly flags?: readonly string[];
}

/**
 * Counts a part of the kept records into small files that {@link writeTables} merges: taxa (species key and
 * names); for each layer the regions seen and the cells (region, species, assessment), as numbers that the first
 * two give meaning to; and facts (records by licence, flag, year, month, assessment and kind of species key). A
 * layer that a finer one's fields hold has no files where each region of the finer one lies in one of its own: its
 * counts follow. A blank species key is none. `rows` is the number of records counted.
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
 * console.log(rows, files.map(({ name }) => name).join(" ")); // 1 taxa seen_county cells_county facts
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
  await engine.run(`CREATE OR REPLACE TEMP TABLE ${taxa} AS ${taxaSql(relation)}`);
  const species = await numberValues(engine, "species", `SELECT species_key AS value FROM ${taxa}`);
  await write(
    "taxa",
    `SELECT ${species.numberOf("species_key")} AS species_at, * FROM ${taxa} WHERE species_key IS NOT NULL`,
  );
  for (const members of families(layers)) {
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${family} AS ${familySql(relation, members)}`);
    for (const layer of members) {
      const cells = cellsOf(layer);
      const regions = await numberValues(engine, "region", `SELECT region_id AS value FROM ${cells}`);
      await write(`seen_${layer.name}`, regions.values("region_at", "region_id"));
      const code = cellCode({
        region: regions.numberOf("region_id"),
        species: `${species.numberOf(keySql)} + 1`,
        assessment: assessmentSql,
      });
      await write(`cells_${layer.name}`, `SELECT ${code} AS cell, occ_count FROM ${cells}`);
    }
  }
  await write("facts", factsSql({ relation, flags }));
  const { rows } = await engine.row<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${relation}`);
  for (const table of [taxa, family]) await engine.run(`DROP TABLE IF EXISTS ${table}`);
  return { files, rows: Number(rows) };
}

const taxa = "bf_partial_taxa";
const family = "bf_partial_cells";
const keySql = "nullif(trim(specieskey), '')";
/** An unknown word has no number, and so a cell of it none either: merging finds it. */
const assessmentSql = `CASE ${assessments
  .map((name, at) => `WHEN riis_assessment = ${literal(name)} THEN ${at}`)
  .join(" ")} WHEN riis_assessment IS NULL THEN ${assessments.length} END`;

/** Numbers the distinct values of a query, from 0 in the order of their bytes; null has none. */
async function numberValues(
  engine: Engine,
  name: string,
  query: string,
): Promise<{ numberOf(column: string): string; values(number: string, value: string): string }> {
  const type = `bf_partial_${name}`;
  await engine.run(`DROP TYPE IF EXISTS ${type}`);
  const distinct = `SELECT DISTINCT value FROM (${query}) WHERE value IS NOT NULL ORDER BY value`;
  const { values } = await engine.row<{ values: bigint }>(`SELECT count(*) AS values FROM (${distinct})`);
  if (values === 0n) {
    return {
      numberOf: () => "NULL::BIGINT",
      values: (number, value) => `SELECT NULL::BIGINT AS ${number}, NULL::VARCHAR AS ${value} WHERE false`,
    };
  }
  await engine.run(`CREATE TYPE ${type} AS ENUM (${distinct})`);
  const numberOf = (column: string): string => `enum_code((${column})::${type})::BIGINT`;
  return {
    numberOf,
    values: (number, value) =>
      `SELECT ${numberOf(value)} AS ${number}, ${value}
       FROM (SELECT unnest(enum_range(NULL::${type}))::VARCHAR AS ${value})`,
  };
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

/** Each layer with those of its coarser ones that do not follow from it: they are counted in one reading. */
function families(layers: readonly SummaryLayer[]): SummaryLayer[][] {
  const counted = layers.filter((layer) => !followsFromFiner(layer, layers));
  const finest = counted.filter(({ coarserOf }) => !counted.some(({ name }) => name === coarserOf));
  return finest.map((layer) => [layer, ...counted.filter(({ coarserOf }) => coarserOf === layer.name)]);
}

function familySql(relation: string, members: readonly SummaryLayer[]): string {
  const ids = members.map(({ name }) => identifier(`${name}_id`));
  const located = ids.map((id, at) =>
    members[at]?.overlap === "all" ? `len(${id}) > 0` : `${id} IS NOT NULL`,
  );
  return `SELECT ${ids.join(", ")}, specieskey, riis_assessment, count(*) AS occ_count
    FROM ${relation} WHERE ${located.join(" OR ")} GROUP BY ALL`;
}

/** FROM item of region_id, specieskey, riis_assessment, occ_count. */
function cellsOf({ name, overlap }: SummaryLayer): string {
  // A record counts once in each region of its list, even if a list should name one twice.
  const id = identifier(`${name}_id`);
  const region = overlap === "all" ? `unnest(list_distinct(${id}))` : id;
  return `(SELECT * FROM (SELECT ${region} AS region_id, specieskey, riis_assessment, occ_count FROM ${family})
    WHERE region_id IS NOT NULL)`;
}

/** Blank keys are made none after grouping: among the groups, not among the records. */
function taxaSql(relation: string): string {
  return `SELECT * REPLACE (nullif(trim(species_key), '') AS species_key)
    FROM (SELECT specieskey AS species_key, species, kingdom, class, family,
        count(*) AS occ_count, min(year)::INTEGER AS first_year, max(year)::INTEGER AS last_year
      FROM ${relation} GROUP BY ALL)`;
}

/** Facts of the records, and of their species keys from the taxa: reading those is cheaper. */
function factsSql({ relation, flags }: { relation: string; flags: readonly string[] }): string {
  // Grouped by the column itself, then made text: the other way round costs four times as much.
  const histogram = (column: string): string =>
    `SELECT ${literal(column)}, value::VARCHAR, records
     FROM (SELECT ${column} AS value, count(*) AS records FROM ${relation} GROUP BY ALL)`;
  const keyKind = `CASE WHEN species_key IS NULL THEN 'none'
    WHEN regexp_full_match(species_key, '[0-9]+') THEN 'integer' ELSE 'text' END`;
  return [
    `SELECT 'records' AS kind, NULL::VARCHAR AS key, count(*) AS occ_count FROM ${relation}`,
    ...["license", "year", "month", "riis_assessment"].map(histogram),
    `SELECT 'species_key', ${keyKind}, sum(occ_count)::BIGINT FROM ${taxa} GROUP BY ALL`,
    ...flags.map(
      (flag) => `SELECT 'flag', ${literal(flag)}, count(*) FROM ${relation} WHERE ${identifier(flag)}`,
    ),
  ].join("\nUNION ALL ");
}
