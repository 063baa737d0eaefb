import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, literal, openEngine } from "../src/engine/index.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../test/support/paths.ts";
import { makeSnapshot } from "./make-snapshot.mjs";

const folder = temporaryFolder();
let engine: Engine;
let file = "";

beforeAll(async () => {
  engine = await openEngine();
  [file = ""] = await makeSnapshot({ folder: join(folder, "once"), rows: 20_000, keys: ["111", "222"] });
}, 60_000);

afterAll(() => engine.close());

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("the bench's snapshot", () => {
  it("has the same bytes for the same seed, whatever is made beside it, and others for another seed", async () => {
    const [again = ""] = await makeSnapshot({
      folder: join(folder, "again"),
      rows: 20_000,
      keys: ["111", "222"],
      lanes: 1,
    });
    const [other = ""] = await makeSnapshot({
      folder: join(folder, "other"),
      rows: 20_000,
      keys: ["111", "222"],
      seed: 43,
    });
    expect(digest(again)).toBe(digest(file));
    expect(digest(other)).not.toBe(digest(file));
  }, 60_000);

  it("has six records in ten in the US, in nearly every state, and register keys among a long tail of species", async () => {
    const facts = await engine.row<{
      us: number;
      states: bigint;
      listed: number;
      species: bigint;
      top: number;
    }>(
      `SELECT count(*) FILTER (countrycode = 'US') / count(*) AS us, count(DISTINCT stateprovince) AS states,
         count(*) FILTER (taxonkey IN ('111', '222')) / count(*) AS listed, count(DISTINCT specieskey) AS species,
         max(records) / count(*) AS top
       FROM (SELECT *, count(*) OVER (PARTITION BY specieskey) AS records FROM read_parquet(${literal(file)}))`,
    );
    expect(facts.us).toBeCloseTo(0.6, 1);
    expect(facts.states).toBeGreaterThanOrEqual(45n);
    expect(facts.listed).toBeGreaterThan(0.1);
    expect(facts.species).toBeGreaterThan(5000n);
    expect(facts.top).toBeLessThan(0.3);
  });

  it.skipIf(noSharedData)("has the columns and types of the late 2024 snapshot", async () => {
    const columns = (path: string) => engine.columns(`SELECT * FROM read_parquet(${literal(path)})`);
    expect(await columns(file)).toEqual(
      await columns(sharedFile("occurrences/snapshot-schema-2024-late.parquet")),
    );
  });
});
