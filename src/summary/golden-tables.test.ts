import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, temporaryFolder } from "../../test/support/paths.ts";
import { literal, openEngine } from "../engine/index.ts";
import { type SummaryLayer, writePartials, writeTables } from "./index.ts";

const home = join(root, "test", "cases", "summary-tables");
const layers: SummaryLayer[] = [
  { name: "county", overlap: "one" },
  { name: "state", overlap: "one", coarserOf: "county" },
  { name: "aiannh", overlap: "all" },
];

it("writes the tables of a small case as they were checked by hand", async () => {
  const scratch = temporaryFolder();
  const engine = await openEngine();
  const records = `read_csv(${literal(join(home, "input", "records.csv"))}, all_varchar = true)`;
  await writePartials(engine, {
    relation: `(SELECT * REPLACE (year::INTEGER AS year, string_split(aiannh_id, '|') AS aiannh_id) FROM ${records})`,
    layers,
    outFolder: scratch,
  });
  const regions: Record<string, string> = {};
  for (const { name } of layers) {
    regions[name] = join(scratch, `regions_${name}.parquet`);
    await engine.run(
      `COPY (SELECT region_id, region_name, CASE WHEN layer = 'county' THEN region_id[:2] END AS state_id
             FROM read_csv(${literal(join(home, "input", "regions.csv"))}, all_varchar = true)
             WHERE layer = ${literal(name)} ORDER BY region_id) TO ${literal(regions[name])} (FORMAT parquet)`,
    );
  }
  // BISONFLOW_UPDATE_CASES=1 writes the expected files anew; look at every line that changes.
  const update = process.env.BISONFLOW_UPDATE_CASES === "1";
  const outFolder = update ? join(home, "expected") : join(scratch, "tables");
  mkdirSync(outFolder, { recursive: true });
  await writeTables(engine, {
    partials: [scratch],
    layers,
    regions,
    dropped: [
      { rule: "country", occ_count: 4 },
      { rule: "coordinates", occ_count: 1 },
    ],
    placement: [
      { layer: "county", how: "inside", occ_count: 20 },
      { layer: "county", how: "outside", occ_count: 1 },
    ],
    matrices: ["county"],
    minOccurrences: 3,
    outFolder,
    formats: ["csv"],
    resolution: `(SELECT 'US-1' AS register_row_id, 'L48' AS place, 'Sturnus vulgaris Linnaeus, 1758' AS name,
      '10' AS given_key, '10' AS key_used, 'given' AS how, NULL AS accepted_name, NULL AS candidate_key, '' AS note)`,
  });
  engine.close();
  const files = readdirSync(outFolder).sort();
  expect(files).toEqual(readdirSync(join(home, "expected")).sort());
  for (const file of files) {
    expect(readFileSync(join(outFolder, file), "utf8"), file).toBe(
      readFileSync(join(home, "expected", file), "utf8"),
    );
  }
});
