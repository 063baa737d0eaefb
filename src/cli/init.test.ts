import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bisonflow } from "../../test/support/command.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../../test/support/paths.ts";
import { runSpec } from "../workflow/index.ts";
import { configText } from "./init/config-text.ts";
import { findFiles } from "./init/find-files.ts";
import { loadConfig } from "./load-config.ts";

const folder = temporaryFolder();
const fresh = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
};

describe("the configuration that init writes", () => {
  it("loads as what was chosen, whatever characters the names have", async () => {
    const path = join(fresh("written"), "bisonflow.config.ts");
    const choices = {
      occurrences: ['it\'s "odd" \\ `x`.zip', "b.csv"],
      layers: [{ name: "county", path: "c.zip" }],
      register: "riis.csv",
      profile: "all",
      out: "result",
    };
    writeFileSync(path, configText(choices));
    const parsed = runSpec.parse(await loadConfig(path));
    expect(parsed).toMatchObject({ ...choices, register: { path: "riis.csv", resolve: "keys" } });
  });

  it("says the same as the defaults where nothing was found", async () => {
    const path = join(fresh("plain"), "bisonflow.config.ts");
    const choices = { occurrences: ["a.csv"], layers: [], profile: "bison", out: "bisonflow-out" };
    writeFileSync(path, configText(choices));
    expect(runSpec.parse(await loadConfig(path))).toEqual(runSpec.parse({ occurrences: ["a.csv"] }));
    expect(
      configText(choices)
        .split("\n")
        .filter((line) => line.length > 100),
    ).toEqual([]);
  });
});

describe("bisonflow init", () => {
  it("takes what stands there and the defaults with --yes, and does not overwrite", () => {
    const cwd = fresh("yes");
    writeFileSync(
      join(cwd, "birds.csv"),
      "scientificName,decimalLatitude,decimalLongitude,countryCode\nVireo olivaceus,40,-89,US\n",
    );
    writeFileSync(join(cwd, "plots.geojson"), '{"type":"FeatureCollection","features":[]}');
    writeFileSync(join(cwd, "notes.txt"), "nothing of use\n");
    writeFileSync(join(cwd, "other.csv"), "a,b\n1,2\n");
    mkdirSync(join(cwd, "earlier-result"));
    writeFileSync(join(cwd, "earlier-result", "manifest.json"), "{}");
    writeFileSync(join(cwd, "earlier-result", "part.parquet"), "");
    const { status, stdout } = bisonflow(["init", "--yes"], { cwd });
    expect(stdout).toBe(
      [
        "occurrences  birds.csv",
        "layers       plots (plots.geojson)",
        "register     none: nothing will be assessed",
        "Written: bisonflow.config.ts",
        "Next: bisonflow run",
        "",
      ].join("\n"),
    );
    expect(status).toBe(0);
    const text = readFileSync(join(cwd, "bisonflow.config.ts"), "utf8");
    expect(text).toContain('import { defineConfig } from "bisonflow";');
    writeFileSync(join(cwd, "bisonflow.config.ts"), "mine");
    const again = bisonflow(["init", "--yes"], { cwd });
    expect(again).toMatchObject({ status: 2 });
    expect(again.stderr).toContain("--force");
    expect(readFileSync(join(cwd, "bisonflow.config.ts"), "utf8")).toBe("mine");
    expect(bisonflow(["init", "--yes", "--force"], { cwd }).status).toBe(0);
    expect(readFileSync(join(cwd, "bisonflow.config.ts"), "utf8")).toBe(text);
    expect(bisonflow(["init", "--yes", "--out", "other.config.ts"], { cwd }).stdout).toContain(
      "bisonflow run --config other.config.ts",
    );
  });

  it("says so when there is no terminal to ask on, and when there is nothing to run on", () => {
    const cwd = fresh("nothing");
    const asked = bisonflow(["init"], { cwd });
    expect(asked.status).toBe(2);
    expect(asked.stderr).toContain("--yes");
    const nothing = bisonflow(["init", "--yes"], { cwd });
    expect(nothing.status).toBe(2);
    expect(nothing.stderr).toContain("No occurrence records");
  });
});

describe.skipIf(noSharedData)("init beside the real files", () => {
  const place = (name: string, files: readonly string[]): string => {
    const cwd = fresh(name);
    for (const file of files) symlinkSync(sharedFile(file), join(cwd, file.replace(/^.*\//, "")));
    return cwd;
  };

  it("tells occurrences, registers and layers apart", async () => {
    const cwd = place("real", [
      "occurrences/isu-birds.dwca.zip",
      "occurrences/netherlands.simple-csv.zip",
      "occurrences/snapshot-schema-2021.parquet",
      "register/US-RIIS_MasterList_2021.csv",
      "register/US-RIIS_DataDictionary_2021.csv",
      "register/griis-belgium.zip",
      "regions/cb_2021_us_county_5m.zip",
      "regions/cb_2021_us_aiannh_500k.zip",
      "regions/padus-yosemite-wilderness.esri.json",
    ]);
    const found = await findFiles(cwd);
    expect(found.occurrences.map(({ path }) => path)).toEqual([
      "isu-birds.dwca.zip",
      "netherlands.simple-csv.zip",
      "snapshot-schema-2021.parquet",
    ]);
    expect(found.registers.map(({ path }) => path)).toEqual([
      "US-RIIS_MasterList_2021.csv",
      "griis-belgium.zip",
    ]);
    expect(found.layers.map(({ name, path }) => [name, path])).toEqual([
      ["aiannh", "cb_2021_us_aiannh_500k.zip"],
      ["county", "cb_2021_us_county_5m.zip"],
      ["padus", "padus-yosemite-wilderness.esri.json"],
    ]);
  });

  it("writes a configuration that `bisonflow run` takes as it is", () => {
    const cwd = fresh("run");
    for (const file of ["occurrences/isu-birds.dwca.zip", "register/US-RIIS_MasterList_2021.csv"]) {
      cpSync(sharedFile(file), join(cwd, file.replace(/^.*\//, "")));
    }
    expect(bisonflow(["init", "--yes"], { cwd }).status).toBe(0);
    const env = { BISONFLOW_CACHE: join(folder, "cache") };
    const { status, stdout } = bisonflow(["plan"], { cwd, env });
    expect(status).toBe(0);
    const plan = JSON.parse(stdout);
    expect(plan.inputs).toHaveLength(1);
    expect(plan).toMatchObject({ register: { resolve: "keys" }, layers: [{ name: "county" }] });
  });
});
