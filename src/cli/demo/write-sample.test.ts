import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/paths.ts";
import { openEngine } from "../../engine/index.ts";
import { localStore } from "../../store/index.ts";
import { sampleRecords } from "./records.ts";
import { keysOf, sampleSpecies } from "./species.ts";
import { type Sample, writeSample } from "./write-sample.ts";

const countiesPath = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");
const folder = temporaryFolder();
const options = { folder, records: 20_000, countiesPath, store: localStore() };
let sample: Sample;

beforeAll(async () => {
  sample = await writeSample(options);
});

async function figures(sql: string): Promise<Record<string, number>> {
  const engine = await openEngine();
  const table = `read_csv('${sample.occurrences}', delim = '\t', quote = '', header = true, all_varchar = true)`;
  const row = await engine.row<Record<string, bigint>>(`SELECT ${sql} FROM ${table}`);
  engine.close();
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)]));
}

describe("the synthetic sample", () => {
  it("is the same each time, and the beginning of a longer one", async () => {
    const again = await writeSample({ ...options, folder: join(folder, "again") });
    expect(readFileSync(again.occurrences).equals(readFileSync(sample.occurrences))).toBe(true);
    const first = [...sampleRecords({ records: 3, countiesPath })];
    expect([...sampleRecords({ records: 5, countiesPath })].slice(0, 3)).toEqual(first);
  });

  it("leaves a file with the same bytes alone and replaces one that differs", async () => {
    const long = new Date("2001-01-01");
    utimesSync(sample.occurrences, long, long);
    writeFileSync(sample.register, "changed");
    await writeSample(options);
    expect(statSync(sample.occurrences).mtime).toEqual(long);
    expect(readFileSync(sample.register, "utf8")).toMatch(/^locality,scientificName,/);
    const whole = readFileSync(sample.occurrences);
    writeFileSync(sample.occurrences, whole.subarray(0, 1000));
    await writeSample(options);
    expect(readFileSync(sample.occurrences).equals(whole)).toBe(true);
  });

  it("has records for each rule of the BISON profile to drop, about one in eight in all", async () => {
    const kept = `coalesce(countryCode, '') = 'US' AND decimalLatitude IS NOT NULL
      AND upper(coalesce(occurrenceStatus, 'PRESENT')) = 'PRESENT' AND taxonRank IN ('SPECIES', 'SUBSPECIES', 'VARIETY')
      AND basisOfRecord IN ('HUMAN_OBSERVATION', 'OBSERVATION', 'OCCURRENCE', 'PRESERVED_SPECIMEN')`;
    const seen = await figures(`count(*) AS all_of_them,
      count(*) FILTER (${kept}) AS kept,
      count(*) FILTER (coalesce(countryCode, '') != 'US') AS country,
      count(*) FILTER (decimalLatitude IS NULL) AS coordinates,
      count(*) FILTER (occurrenceStatus = 'ABSENT') AS status,
      count(*) FILTER (taxonRank = 'GENUS') AS rank,
      count(*) FILTER (basisOfRecord = 'MACHINE_OBSERVATION') AS basis`);
    expect(seen.all_of_them).toBe(20_000);
    expect(seen.kept).toBeGreaterThan(0.85 * 20_000);
    expect(seen.kept).toBeLessThan(0.89 * 20_000);
    for (const rule of ["country", "coordinates", "status", "rank", "basis"])
      expect(seen[rule]).toBeGreaterThan(50);
  });

  it("has subspecies, synonyms, unplaced names, zero coordinates and mixed licences", async () => {
    const seen = await figures(`
      count(*) FILTER (taxonRank = 'SUBSPECIES' AND taxonKey != speciesKey) AS subspecies,
      count(*) FILTER (acceptedTaxonKey != taxonKey) AS synonyms,
      count(*) FILTER (acceptedTaxonKey IS NULL) AS unsaid,
      count(*) FILTER (speciesKey IS NULL AND taxonRank = 'SPECIES') AS unplaced,
      count(*) FILTER (decimalLatitude = '0.0') AS zero,
      count(DISTINCT license) AS licences, count(DISTINCT year) AS years, count(DISTINCT stateProvince) AS states,
      count(DISTINCT speciesKey) AS species`);
    for (const name of ["subspecies", "synonyms", "unsaid", "unplaced", "zero"])
      expect(seen[name], name).toBeGreaterThan(20);
    expect(seen).toMatchObject({ licences: 3, years: 32, species: sampleSpecies.length });
    expect(seen.states).toBeGreaterThan(50);
  });

  it("says in every file that it is invented, and uses keys that GBIF does not", async () => {
    expect(readFileSync(join(folder, "README.txt"), "utf8")).toMatch(
      /^SYNTHETIC SAMPLE[\s\S]*proves nothing about any species/,
    );
    const seen =
      await figures(`count(*) FILTER (occurrenceID NOT LIKE 'synthetic:%' OR rightsHolder NOT LIKE '%invented%') AS unmarked,
      count(*) FILTER (taxonKey NOT LIKE '99000____') AS keys`);
    expect(seen).toEqual({ unmarked: 0, keys: 0 });
    const register = readFileSync(sample.register, "utf8").trim().split("\r\n").slice(1);
    expect(register.every((line) => line.includes("SYNTHETIC-"))).toBe(true);
  });

  it("has species each with a name, a range and keys of its own", () => {
    const keys = sampleSpecies.flatMap((_, index) => Object.values(keysOf(index)));
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(sampleSpecies.map(({ name }) => name)).size).toBe(sampleSpecies.length);
    expect(sampleSpecies.filter(({ parts, kingdom }) => parts.length === 0 || kingdom === "")).toEqual([]);
    expect(sampleSpecies.length).toBeGreaterThanOrEqual(60);
  });
});
