import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openEngine } from "../../src/engine/index.ts";
import { bisonflow } from "../support/command.ts";
import { temporaryFolder } from "../support/paths.ts";
import { readManifest, resultContent } from "../support/result-content.ts";
import { sampleRegister, writeSampleRecords } from "../support/sample-records.ts";

const folder = temporaryFolder();

function run(
  out: string,
  occurrences: string[],
  options: { workers?: number; taskRows?: number } = {},
): void {
  const config = join(folder, `${out}.json`);
  writeFileSync(config, JSON.stringify({ occurrences, taskRows: options.taskRows ?? 1_500_000 }));
  const { status, stderr } = bisonflow([
    ...["run", "--config", config, "--register", join(folder, "register.csv"), "--out", join(folder, out)],
    ...[
      "--workers",
      String(options.workers ?? 2),
      "--cache",
      join(folder, "cache"),
      "--no-catalog",
      "--flags",
      "zero_coordinates,equal_coordinates",
    ],
  ]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
}

/** Tables and maps: what must not depend on how the work was cut up. */
function summaries(out: string): Record<string, string> {
  const content = resultContent(join(folder, out));
  return Object.fromEntries(Object.entries(content).filter(([name]) => /^(tables|maps)\//.test(name)));
}

async function records(out: string): Promise<unknown> {
  const engine = await openEngine();
  const rows = await engine.row(
    `SELECT count(*) AS n, bit_xor(hash(t)) AS content FROM read_parquet('${join(folder, out, "occurrences", "*.parquet")}') t`,
  );
  engine.close();
  return rows;
}

beforeAll(async () => {
  writeFileSync(join(folder, "register.csv"), sampleRegister);
  await writeSampleRecords({ folder: join(folder, "five"), files: 5, rows: 2000 });
  await writeSampleRecords({ folder: join(folder, "one"), files: 1, rows: 10_000 });
  await writeSampleRecords({ folder: join(folder, "reversed"), files: 1, rows: 10_000, reversed: true });
  run("base", [join(folder, "five")]);
});

describe("the result is the same", () => {
  it("whatever the number of workers", () => {
    run("one-worker", [join(folder, "five")], { workers: 1, taskRows: 2000 });
    run("three-workers", [join(folder, "five")], { workers: 3, taskRows: 2000 });
    expect(resultContent(join(folder, "one-worker"))).toEqual(resultContent(join(folder, "three-workers")));
  });

  it("whatever the number of files, tasks and the order of rows", async () => {
    const expected = summaries("base");
    const content = await records("base");
    const ways: [string, string[], { taskRows?: number }][] = [
      ["one-file", [join(folder, "one")], {}],
      ["cut-file", [join(folder, "one")], { taskRows: 999 }],
      ["reversed-rows", [join(folder, "reversed")], { taskRows: 3333 }],
      ["small-tasks", [join(folder, "five")], { taskRows: 700 }],
    ];
    for (const [out, occurrences, options] of ways) {
      run(out, occurrences, options);
      expect(summaries(out), out).toEqual(expected);
      expect(await records(out), out).toEqual(content);
      expect(readManifest(join(folder, out)).records, out).toEqual(
        readManifest(join(folder, "base")).records,
      );
    }
  });

  it("in folders whose names look like patterns or partitions", async () => {
    await writeSampleRecords({ folder: join(folder, "in [1] year=1999"), files: 5, rows: 2000 });
    run("out [1] year=2024", [join(folder, "in [1] year=1999")]);
    expect(summaries("out [1] year=2024")).toEqual(summaries("base"));
  });

  it("when it is made again over an older one, with nothing of that left", () => {
    run("again", [join(folder, "five")], { taskRows: 700 });
    run("again", [join(folder, "five")]);
    expect(resultContent(join(folder, "again"))).toEqual(resultContent(join(folder, "base")));
  });
});

/** The command that made `base`, once more. */
function secondRun(...more: string[]) {
  return bisonflow([
    ...["run", "--config", join(folder, "base.json"), "--register", join(folder, "register.csv")],
    ...["--out", join(folder, "base"), "--cache", join(folder, "cache"), "--no-catalog"],
    ...["--flags", "zero_coordinates,equal_coordinates", ...more],
  ]);
}

describe("a second run", () => {
  it("does nothing when nothing changed, and says so beforehand", () => {
    const dry = secondRun("--dry-run", "--json");
    const prospects = JSON.parse(dry.stdout) as { run: boolean; why: string }[];
    expect(prospects.filter(({ run: again }) => again)).toEqual([]);
    const again = secondRun();
    expect(again.stdout).not.toMatch(/1 task,/);
  });

  it("with another minimum counts again but annotates no record again", () => {
    const dry = secondRun("--min-occurrences", "5", "--dry-run", "--json");
    const prospects = JSON.parse(dry.stdout) as { stage: string; run: boolean; why: string }[];
    expect(prospects.filter(({ run: again }) => again).map(({ stage, why }) => [stage, why])).toEqual([
      ["count", "its parameters changed"],
      ["publish", "an earlier task runs again"],
    ]);
  });
});
