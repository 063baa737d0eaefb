import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { openEngine } from "../../src/engine/index.ts";
import { bisonflow } from "../support/command.ts";
import { temporaryFolder } from "../support/paths.ts";
import { readManifest } from "../support/result-content.ts";
import { writeSmallRun } from "../support/small-run.ts";

const folder = temporaryFolder();
const config = join(folder, "bisonflow.config.json");

beforeAll(() => writeSmallRun(folder, config));

function run(name: string, options: readonly string[]) {
  const out = join(folder, name);
  const ended = bisonflow(["run", "--config", config, "--out", out, "--no-catalog", ...options]);
  return { ...ended, out };
}

function register(name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, ["taxonID,scientificName,countryCode,isInvasive,taxonKey", ...rows, ""].join("\n"));
  return path;
}

it("register rows at no place, or at one that no record has, are listed, noted and warned of", async () => {
  const path = register("places.csv", [
    "a,Puma concolor,US,invasive,2435099",
    "b,Puma concolor,,invasive,2435099",
    "c,Puma concolor,Atlantis,invasive,2435099",
  ]);
  const { out, status, stderr } = run("places", ["--register", path]);
  expect(status, stderr).toBe(0);
  const warning =
    "2 of 3 register rows say no place, or one that no record has, and could match no record: see the table register_resolution.";
  expect(readManifest(out).warnings).toEqual([warning]);
  const engine = await openEngine();
  const rows = await engine.rows(
    `SELECT register_row_id AS id, place, key_used, note FROM '${join(out, "tables", "register_resolution.parquet")}'`,
  );
  engine.close();
  expect(rows).toEqual([
    { id: "a", place: "US", key_used: "2435099", note: null },
    { id: "b", place: null, key_used: "2435099", note: "matches no record: the row says no place" },
    {
      id: "c",
      place: "Atlantis",
      key_used: "2435099",
      note: "matches no record: the place Atlantis is no country code",
    },
  ]);
});

it("a register of a header alone is warned of", () => {
  const { out, status, stderr } = run("empty", ["--register", register("empty.csv", [])]);
  expect(status, stderr).toBe(0);
  expect(readManifest(out).warnings).toEqual([
    "The register holds no row that says a taxon is introduced: nothing is assessed.",
  ]);
});

it("a layer for matrices that is none is answered with all that are accepted", () => {
  const { status, stderr } = run("matrix", ["--matrix", "nosuch"]);
  expect(status).toBe(2);
  expect(stderr).toContain("The layers are: square, and state where a layer's fields hold it.");
});
