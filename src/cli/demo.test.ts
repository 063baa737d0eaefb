import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bisonflow } from "../../test/support/command.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { manifestSchema } from "../workflow/index.ts";

const folder = temporaryFolder();
const env = { BISONFLOW_CACHE: join(folder, "cache"), BISONFLOW_CATALOG: join(folder, "catalog") };

describe("bisonflow demo", () => {
  it("does the whole work on invented records, says so, and ends with where the report is", () => {
    const { status, stdout, stderr } = bisonflow(["demo", "--out", "demo", "--records", "4000"], {
      cwd: folder,
      env,
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^SYNTHETIC SAMPLE: 4,000 invented records/);
    expect(stdout).toContain(`The report: ${join("demo", "report.html")}`);
    const manifest = manifestSchema.parse(
      JSON.parse(readFileSync(join(folder, "demo", "manifest.json"), "utf8")),
    );
    expect(manifest).toMatchObject({ synthetic: true, title: "A synthetic sample", records: { read: 4000 } });
    expect(manifest.records.dropped.map(({ rule }) => rule)).toEqual([
      "country",
      "coordinates",
      "occurrence_status",
      "taxon_rank",
      "basis_of_record",
    ]);
    expect(manifest.records.dropped.filter(({ occ_count }) => occ_count === 0)).toEqual([]);
    expect(manifest.flags[0]?.occ_count).toBeGreaterThan(0);
    // The sample is laid out as a US-RIIS register and must not be cited as one.
    expect(readFileSync(join(folder, "demo", "report.html"), "utf8")).not.toContain("10.5066/");
    expect(existsSync(env.BISONFLOW_CATALOG)).toBe(false);
  });

  it("does nothing again when it is run again", () => {
    const { stdout } = bisonflow(["demo", "--out", "demo", "--records", "4000"], { cwd: folder, env });
    expect(stdout).toContain("Going on: 6 of 6 tasks are done already.");
  });

  it("refuses numbers of records that are none", () => {
    for (const records of ["0", "many", "1.5"]) {
      expect(bisonflow(["demo", "--records", records], { cwd: folder, env }).status).toBe(2);
    }
  });
});
