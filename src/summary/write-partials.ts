import { join } from "node:path";
import { type Engine, identifier, literal } from "../engine/index.ts";
import { cellCode, noAssessment, ownNumber } from "./cell-code.ts";
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
  const counted = layers.filter((layer) => !followsFromFiner(layer, layers));
  const lists = counted.filter(({ overlap }) => overlap === "all");
  if (lists.length > 0)
    await engine.run(`CREATE OR REPLACE TEMP TABLE ${listed} AS ${listedSql(relation, lists)}`);
  for (const { name, overlap } of counted) {
    const id = identifier(`${name}_id`);
    // A record counts once in each region of its list, even if a list should name one twice.
    const [source, records] =
      overlap === "one"
        ? [`(SELECT ${id} AS region_id, specieskey, riis_assessment FROM ${relation})`, "count(*)"]
        : [
            `(SELECT unnest(list_distinct(${id})) AS region_id, specieskey, riis_assessment, occ_count FROM ${listed})`,
            "sum(occ_count)::BIGINT",
          ];
    const seen = `SELECT DISTINCT region_id FROM ${source} WHERE region_id IS NOT NULL`;
    const regions = await numberValues(engine, "region", `SELECT region_id AS value FROM (${seen})`);
    await write(
      `seen_${name}`,
      `SELECT ${regions.numberOf("region_id")} AS region_at, region_id FROM (${seen})`,
    );
    const cell = cellCode({
      region: regions.numberOf("region_id"),
      // A number is read whatever the blanks around it.
      species: `${species.numberOf(species.digits ? "specieskey" : "nullif(trim(specieskey), '')")} + 1`,
      assessment: assessmentSql,
    });
    await write(
      `cells_${name}`,
      `SELECT ${cell} AS cell, ${records} AS occ_count FROM ${source}
       WHERE region_id IS NOT NULL GROUP BY cell`,
    );
  }
  await write("facts", factsSql({ relation, flags }));
  const { rows } = await engine.row<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${relation}`);
  for (const table of [taxa, listed]) await engine.run(`DROP TABLE IF EXISTS ${table}`);
  return { files, rows: Number(rows) };
}

const taxa = "bf_partial_taxa";
const listed = "bf_partial_lists";
/**
 * An unknown word has no number, and so a cell of it none either: merging finds it. DuckDB looks for the place once
 * for each word of a dictionary.
 */
const assessmentSql = `CASE WHEN riis_assessment IS NULL THEN ${noAssessment}
  ELSE list_position([${assessments.map(literal).join(", ")}], riis_assessment) - 1 END`;

/** Numbers that keys and ids of digits may have: fit for a region and for a species in a cell's number. */
const digitsEnd = 2 ** 29;

/**
 * Numbers the distinct values of a query. Where all are digits, each is its own number, which costs a fifth of
 * looking it up; else they count from 0 in the order of their bytes. `numberOf` is SQL of a text's number.
 */
async function numberValues(
  engine: Engine,
  name: string,
  query: string,
): Promise<{ digits: boolean; numberOf(text: string): string }> {
  const type = `bf_partial_${name}`;
  await engine.run(`DROP TYPE IF EXISTS ${type}`);
  const { values, numbers } = await engine.row<{ values: bigint; numbers: bigint }>(
    `SELECT count(DISTINCT value) AS values,
       count(DISTINCT ${ownNumber("value")}) FILTER (${ownNumber("value")} < ${digitsEnd}) AS numbers
     FROM (${query})`,
  );
  if (values === numbers) return { digits: true, numberOf: ownNumber };
  await engine.run(
    `CREATE TYPE ${type} AS ENUM (SELECT DISTINCT value FROM (${query}) WHERE value IS NOT NULL ORDER BY value)`,
  );
  return { digits: false, numberOf: (text) => `enum_code((${text})::${type})::BIGINT` };
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

/** Layers of lists are counted by their lists first, together: few records have one, and lists repeat. */
function listedSql(relation: string, lists: readonly SummaryLayer[]): string {
  const ids = lists.map(({ name }) => identifier(`${name}_id`));
  return `SELECT ${ids.join(", ")}, specieskey, riis_assessment, count(*) AS occ_count
    FROM ${relation} WHERE ${ids.map((id) => `len(${id}) > 0`).join(" OR ")} GROUP BY ALL`;
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
