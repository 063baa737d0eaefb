import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Engine, literal, parquetScan, type Row } from "../engine/index.ts";

export const ASSESSMENTS = ["introduced", "invasive", "presumed_native"] as const;
export type Assessment = (typeof ASSESSMENTS)[number];

/** The figures of a layer's regions, one array entry a region, in the order of region_id. */
export interface RegionFigures {
  readonly ids: string[];
  readonly names: string[];
  readonly occurrences: number[];
  readonly species: number[];
  /** Records with each assessment. */
  readonly assessed: Record<Assessment, number[]>;
  /** Species with each assessment. */
  readonly assessedSpecies: Record<Assessment, number[]>;
  /** Shares as the table has them; null where nothing was assessed. */
  readonly recordShare: Record<Assessment, (number | null)[]>;
  readonly speciesShare: Record<Assessment, (number | null)[]>;
}

export interface SpeciesRow {
  readonly key: string;
  readonly name: string | null;
  readonly group: string | null;
  readonly occurrences: number;
  /** Regions of the layer at hand where it has the assessment; null where the list is over no layer. */
  readonly regions: number | null;
}

/** Lengths of equal classes of a distribution, ready to draw. */
export interface StatisticsOf {
  /** Species present in each site. */
  readonly alpha: number[];
  /** Sites where each species is present, most first. */
  readonly omega: number[];
  /** Names of the most widespread, same order as omega. */
  readonly widest: readonly { name: string; omega: number }[];
  readonly diversity: readonly { statistic: string; value: number | null }[];
}

/** The tables of one run, as the report needs them: small answers, null where a table is not there. */
export class Readings {
  readonly #engine: Engine;
  readonly #folder: string;

  constructor(engine: Engine, tablesFolder: string) {
    this.#engine = engine;
    this.#folder = tablesFolder;
  }

  has(table: string): boolean {
    return existsSync(join(this.#folder, `${table}.parquet`));
  }

  #from(table: string): string {
    return parquetScan(join(this.#folder, `${table}.parquet`));
  }

  async #columns(table: string): Promise<Set<string>> {
    const columns = await this.#engine.columns(`SELECT * FROM ${this.#from(table)}`);
    return new Set(columns.map((column) => column.name));
  }

  async regions(layer: string): Promise<RegionFigures | null> {
    const table = `${layer}_counts`;
    if (!this.has(table)) return null;
    const known = await this.#columns(table);
    const rows = await this.#engine.rows(`SELECT * FROM ${this.#from(table)} ORDER BY region_id`);
    const counts = (name: string) => rows.map((row) => (known.has(name) ? number(row[name]) : 0));
    const shares = (name: string) => rows.map((row) => (known.has(name) ? maybe(row[name]) : null));
    return {
      ids: rows.map((row) => String(row.region_id)),
      names: rows.map((row) => String(row.region_name ?? row.region_id)),
      occurrences: counts("occ_count"),
      species: counts("species_count"),
      assessed: each((name) => counts(`${name}_occ_count`)),
      assessedSpecies: each((name) => counts(`${name}_species_count`)),
      recordShare: each((name) => shares(`${name}_occ_proportion`)),
      speciesShare: each((name) => shares(`${name}_species_proportion`)),
    };
  }

  /** How many species there are, and how many lack a name of their own; null without the table. */
  async speciesCount(): Promise<number | null> {
    if (!this.has("species_list")) return null;
    return number((await this.#engine.row(`SELECT count(*) AS n FROM ${this.#from("species_list")}`)).n);
  }

  /** Species by assessment, over the regions of a layer: how many, and those with most records. */
  async speciesByAssessment(
    layer: string,
    most: number,
  ): Promise<Record<Assessment, { species: number; top: SpeciesRow[] }>> {
    const table = `${layer}_x_species_list`;
    const read = async (assessment: Assessment): Promise<{ species: number; top: SpeciesRow[] }> => {
      const where = `FROM ${this.#from(table)} WHERE riis_assessment = ${literal(assessment)} AND species_key IS NOT NULL`;
      const { n } = await this.#engine.row(`SELECT count(DISTINCT species_key) AS n ${where}`);
      const top = await this.#engine.rows(
        `WITH top AS (
           SELECT species_key, min(species) AS species, sum(occ_count) AS occ_count, count(DISTINCT region_id) AS regions
           ${where} GROUP BY species_key ORDER BY occ_count DESC, species_key LIMIT ${most})
         SELECT top.*, ${this.has("species_list") ? 'kinds.kingdom, kinds."class"' : "NULL AS kingdom, NULL AS class"}
         FROM top ${this.has("species_list") ? `LEFT JOIN ${this.#from("species_list")} AS kinds USING (species_key)` : ""}
         ORDER BY top.occ_count DESC, top.species_key`,
      );
      return { species: number(n), top: top.map(speciesRow) };
    };
    return {
      introduced: await read("introduced"),
      invasive: await read("invasive"),
      presumed_native: await read("presumed_native"),
    };
  }

  /** The species with most records, whatever their assessment. */
  async topSpecies(most: number): Promise<SpeciesRow[] | null> {
    if (!this.has("species_list")) return null;
    const rows = await this.#engine.rows(
      `SELECT species_key, species, kingdom, "class", occ_count FROM ${this.#from("species_list")}
       ORDER BY occ_count DESC, species_key LIMIT ${most}`,
    );
    return rows.map(speciesRow);
  }

  async statistics(layer: string): Promise<StatisticsOf | null> {
    const prefix = `${layer}_x_species`;
    if (!this.has(`${prefix}_diversity_stats`)) return null;
    const list = async (table: string, column: string): Promise<number[]> => {
      if (!this.has(table)) return [];
      const rows = await this.#engine.rows(
        `SELECT ${column} AS v FROM ${this.#from(table)} WHERE ${column} IS NOT NULL ORDER BY v DESC`,
      );
      return rows.map((row) => number(row.v));
    };
    const speciesStats = `${prefix}_species_stats`;
    const names = this.has("species_list") && this.has(speciesStats);
    const widest = names
      ? await this.#engine.rows(
          `SELECT coalesce(names.species, stats.species_key) AS name, stats.omega FROM ${this.#from(speciesStats)} AS stats
           LEFT JOIN ${this.#from("species_list")} AS names USING (species_key)
           ORDER BY stats.omega DESC, species_key LIMIT 5`,
        )
      : [];
    const diversity = await this.#engine.rows(
      `SELECT statistic, value FROM ${this.#from(`${prefix}_diversity_stats`)}`,
    );
    return {
      alpha: await list(`${prefix}_site_stats`, "alpha"),
      omega: await list(speciesStats, "omega"),
      widest: widest.map((row) => ({ name: String(row.name), omega: number(row.omega) })),
      diversity: diversity.map((row) => ({
        statistic: String(row.statistic),
        value: maybe(row.value),
      })),
    };
  }

  /** How register rows were resolved, and how many each way; null without a register. */
  async resolution(): Promise<{ how: string; rows: number }[] | null> {
    if (!this.has("register_resolution")) return null;
    if (!(await this.#columns("register_resolution")).has("how")) return null;
    const rows = await this.#engine.rows(
      `SELECT coalesce(how, 'none') AS how, count(*) AS rows FROM ${this.#from("register_resolution")} GROUP BY 1 ORDER BY rows DESC, how`,
    );
    return rows.map((row) => ({ how: String(row.how), rows: number(row.rows) }));
  }
}

function each<T>(read: (assessment: Assessment) => T): Record<Assessment, T> {
  return {
    introduced: read("introduced"),
    invasive: read("invasive"),
    presumed_native: read("presumed_native"),
  };
}

/** The regions with most records, in the order they had; all of them where they are not more than `limit`. */
export function busiest(figures: RegionFigures, limit: number): RegionFigures {
  const { occurrences } = figures;
  if (occurrences.length <= limit) return figures;
  const chosen = occurrences
    .map((_, i) => i)
    .sort((a, b) => (occurrences[b] as number) - (occurrences[a] as number) || a - b)
    .slice(0, limit)
    .sort((a, b) => a - b);
  const pick = <T>(values: readonly T[]): T[] => chosen.map((i) => values[i] as T);
  return {
    ids: pick(figures.ids),
    names: pick(figures.names),
    occurrences: pick(occurrences),
    species: pick(figures.species),
    assessed: each((name) => pick(figures.assessed[name])),
    assessedSpecies: each((name) => pick(figures.assessedSpecies[name])),
    recordShare: each((name) => pick(figures.recordShare[name])),
    speciesShare: each((name) => pick(figures.speciesShare[name])),
  };
}

function speciesRow(row: Row): SpeciesRow {
  const words = [row.class, row.kingdom].filter((word) => typeof word === "string" && word !== "");
  return {
    key: String(row.species_key),
    name: row.species === null || row.species === undefined ? null : String(row.species),
    group: (words[0] as string | undefined) ?? null,
    occurrences: number(row.occ_count),
    regions: row.regions === undefined ? null : number(row.regions),
  };
}

function number(value: unknown): number {
  return value === null || value === undefined ? 0 : Number(value);
}

function maybe(value: unknown): number | null {
  if (value === null || value === undefined) return null;
  const read = Number(value);
  return Number.isNaN(read) ? null : read;
}
