import { join } from "node:path";
import { type Engine, literal } from "../../src/engine/index.ts";
import type { SummaryLayer } from "../../src/summary/index.ts";

/** A kept record as annotate leaves it, with the columns that are counted. */
export interface SyntheticRecord {
  specieskey: string | null;
  species: string | null;
  kingdom: string | null;
  class: string | null;
  family: string | null;
  year: number | null;
  month: number | null;
  license: string | null;
  riis_assessment: string | null;
  county_id: string | null;
  state_id: string | null;
  park_id: string[] | null;
  zone_id: string[] | null;
  flag_zero_coordinates: boolean;
}

export const syntheticLayers: SummaryLayer[] = [
  { name: "county", overlap: "one" },
  { name: "state", overlap: "one", coarserOf: "county" },
  { name: "park", overlap: "all" },
  { name: "zone", overlap: "all", coarserOf: "park" },
];

/** Regions of each layer, some of which no record reaches; ids and names that want care in sorting and quoting. */
export const syntheticRegions: Record<string, [id: string, name: string | null][]> = {
  county: Array.from({ length: 12 }, (_, at) => [
    String(at * 7 + 1).padStart(5, "0"),
    `County ${at}, "the" first`,
  ]),
  state: [
    ["01", "Alabama"],
    ["02", "Línea\nrota"],
    ["72", "Puerto Rico"],
    ["99", null],
  ],
  park: [
    ["p1", "Pine"],
    ["P2", "Ünder"],
    ["é3", "Été"],
    ["p10", "Ten"],
    ["𐐷4", "Astral"],
    ["￿5", "Last of the plane"],
  ],
  zone: [
    ["z1", "One"],
    ["z2", "Two"],
    ["z3", "None"],
  ],
};

/** A small random generator with a seed (mulberry32): numbers from 0 to 1. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Records with all that makes counting hard: species of several names, some null; records without a species
 * key; two assessments of a species in one region; a territory without assessments; lists null, empty, of many.
 */
export function syntheticRecords(options: {
  seed: number;
  count: number;
  species?: number;
}): SyntheticRecord[] {
  const next = random(options.seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const counties = (syntheticRegions.county ?? []).slice(0, 10);
  const parks = (syntheticRegions.park ?? []).map(([id]) => id);
  return Array.from({ length: options.count }, () => {
    const key = Math.floor(next() ** 2 * (options.species ?? 20));
    const county = next() < 0.15 ? null : below(counties.length);
    const state = county === null ? null : stateOf(county);
    const park = next() < 0.2 ? null : parks.filter(() => next() < 0.25);
    return {
      specieskey: next() < 0.08 ? null : `${key * 37}`,
      species: next() < 0.1 ? null : `Genus species${key}${pick(["", "", ` "b", c`, "é"])}`,
      kingdom: key === 3 ? null : pick(["Animalia", "Plantae"]),
      class: key % 4 === 0 ? null : pick(["Aves", null, "Mammalia"]),
      family: `Family${key % 5}`,
      year: next() < 0.2 ? null : 1900 + below(120),
      month: next() < 0.2 ? null : 1 + below(12),
      license: pick(["CC0_1_0", "CC_BY_4_0", null]),
      riis_assessment:
        state === null || state === "72"
          ? null
          : pick(["presumed_native", key % 2 ? "introduced" : "invasive"]),
      county_id: county === null ? null : (counties[county]?.[0] ?? null),
      state_id: state,
      park_id: park,
      zone_id:
        park === null ? null : [...new Set(park.map((id) => (id.startsWith("p") ? "z1" : "z2")))].sort(),
      flag_zero_coordinates: next() < 0.1,
    };
  });
}

/** The state in which a county lies. */
function stateOf(county: number): string {
  return ["01", "02", "72"][county % 3] as string;
}

const columnTypes = {
  specieskey: "VARCHAR",
  species: "VARCHAR",
  kingdom: "VARCHAR",
  class: "VARCHAR",
  family: "VARCHAR",
  year: "INTEGER",
  month: "INTEGER",
  license: "VARCHAR",
  riis_assessment: "VARCHAR",
  county_id: "VARCHAR",
  state_id: "VARCHAR",
  park_id: "VARCHAR[]",
  zone_id: "VARCHAR[]",
  flag_zero_coordinates: "BOOLEAN",
} as const;

/** Writes records as Parquet and returns the FROM item. */
export async function writeRecords(
  engine: Engine,
  records: readonly SyntheticRecord[],
  path: string,
): Promise<string> {
  await engine.run(
    `COPY (SELECT unnest(item) FROM (SELECT unnest(from_json($1, ${literal(JSON.stringify([columnTypes]))})) AS item))
     TO ${literal(path)} (FORMAT parquet)`,
    [JSON.stringify(records)],
  );
  return `read_parquet(${literal(path)})`;
}

/** Writes the regions of each layer as Parquet; returns the files by layer. */
export async function writeRegions(engine: Engine, folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [layer, regions] of Object.entries(syntheticRegions)) {
    const path = join(folder, `regions_${layer}.parquet`);
    await engine.run(
      `COPY (SELECT r[1] AS region_id, r[2] AS region_name, r[3] AS state_id
             FROM (SELECT unnest(from_json($1, '[["VARCHAR"]]')) AS r) ORDER BY region_id)
       TO ${literal(path)} (FORMAT parquet)`,
      [JSON.stringify(layer === "county" ? regions.map((region, at) => [...region, stateOf(at)]) : regions)],
    );
    files[layer] = path;
  }
  return files;
}
