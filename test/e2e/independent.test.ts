import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manifestSchema } from "../../src/workflow/index.ts";
import { bisonflow } from "../support/command.ts";
import { noSharedData, root, sharedFile, temporaryFolder } from "../support/paths.ts";
import { noPython, runPython } from "../support/python.ts";

const folder = temporaryFolder();
const script = readFileSync(join(root, "test", "e2e", "independent.py"), "utf8");
const register = sharedFile("register/US-RIIS_MasterList_2021.csv");
const county = sharedFile("regions/cb_2021_us_county_5m.zip");
const aiannh = sharedFile("regions/cb_2021_us_aiannh_500k.zip");

describe.skipIf(noSharedData || noPython)("a run on real files", () => {
  it.each([
    ["isu-birds.dwca.zip", 3253, 2258],
    ["snapshot-schema-2024-late.parquet", 10, 3],
    ["snapshot-schema-2024-03.parquet", 10, undefined],
    ["snapshot-schema-2021.parquet", 1000, undefined],
  ])("of %s agrees with an independent implementation in every record and cell", (file, read, kept) => {
    const out = join(folder, file);
    const archive = sharedFile(`occurrences/${file}`);
    const { status, stderr } = bisonflow([
      ...["run", "--occurrences", archive, "--register", register, "--layer", `county=${county}`],
      ...["--layer", `aiannh=${aiannh}`, "--out", out, "--cache", join(folder, "cache"), "--no-catalog"],
    ]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const found = runPython<{ read: number; kept: number; differences: Record<string, unknown> }>(script, [
      ...[archive, register, county, aiannh, out],
    ]);
    expect(found.differences).toEqual({});
    expect(found.read).toBe(read);
    if (kept !== undefined) expect(found.kept).toBe(kept);
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")));
    const onDisk = ["occurrences", "tables", "maps"].flatMap((name) =>
      readdirSync(join(out, name)).map((entry) => `${name}/${entry}`),
    );
    expect(manifest.files.map(({ path }) => path)).toEqual(
      [...onDisk, "datapackage.json", "report.html"].sort(),
    );
  });
});
