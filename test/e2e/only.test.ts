import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { bisonflow } from "../support/command.ts";
import { temporaryFolder } from "../support/paths.ts";
import { readManifest } from "../support/result-content.ts";
import { writeSmallRun } from "../support/small-run.ts";

const folder = temporaryFolder();
const config = join(folder, "bisonflow.config.json");
const out = join(folder, "out");

beforeAll(() => writeSmallRun(folder, config));

const only = (stage: string) =>
  bisonflow(["run", "--config", config, "--out", out, "--no-catalog", "--only", stage]);

it("one stage alone is refused while those that it reads from are not done, and done after them", () => {
  const early = only("annotate");
  expect(early.status).toBe(2);
  expect(early.stderr).toContain("--only annotate: it reads what prepare, acquire would leave");
  expect(early.stderr).toContain("--only prepare, --only acquire first");
  expect(only("count").stderr).toContain("it reads what prepare, annotate would leave");
  for (const stage of ["prepare", "acquire", "annotate", "count"]) {
    const { status, stderr } = only(stage);
    expect(status, stderr).toBe(0);
    expect(existsSync(join(out, "manifest.json"))).toBe(false);
  }
  expect(only("publish").status).toBe(0);
  expect(readManifest(out).records).toMatchObject({ read: 3, kept: 3 });
});

it("a dry run knows what was asked for", () => {
  const dry = (...more: string[]) =>
    bisonflow(["run", "--config", config, "--out", out, "--no-catalog", "--dry-run", ...more]).stdout;
  expect(dry()).toContain("0 of 5 tasks would run");
  expect(dry("--force")).toContain("5 of 5 tasks would run");
  expect(dry("--from", "count")).toContain("2 of 5 tasks would run");
  expect(dry("--only", "count", "--force")).toContain("1 of 1 tasks would run");
});
