import { linkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { openEngine } from "../engine/index.ts";
import { compose } from "./compose.ts";
import { makePlan } from "./make-plan.ts";
import { stageOf } from "./plan.ts";
import { runSpec } from "./spec.ts";

const folder = temporaryFolder();

/** The rows of annotate's tasks for a snapshot of so many files of a million records. */
async function taskRows(millions: number, more: { taskRows?: number } = {}): Promise<number[]> {
  const snapshot = join(folder, `snapshot-${millions}`);
  mkdirSync(snapshot, { recursive: true });
  for (let file = 0; file < millions; file++) {
    try {
      linkSync(join(folder, "million.parquet"), join(snapshot, String(file).padStart(6, "0")));
    } catch {} // stands there from the test before
  }
  const out = join(folder, "out");
  const config = runSpec.parse({ occurrences: [snapshot], out, catalog: false, ...more });
  const plan = await makePlan(config, { store: compose().store, cacheFolder: join(folder, "cache") });
  return stageOf(plan, "annotate").tasks.map(({ rows }) => rows / 1e6);
}

it("gives tasks more records where there are many, and as many as somebody says", async () => {
  const engine = await openEngine();
  await engine.run(
    `COPY (SELECT '1' AS gbifid, 'US' AS countrycode, 40.0 AS decimallatitude, -90.0 AS decimallongitude FROM range(1000000)) TO '${join(folder, "million.parquet")}'`,
  );
  engine.close();
  expect(await taskRows(10)).toEqual([2, 2, 2, 1, 1, 1, 1]);
  const many = await taskRows(51);
  // The last ones are smaller, so that workers come to their end together.
  expect(many).toEqual([...Array(11).fill(4), 2, 2, 1, 1, 1]);
  expect(Math.max(...(await taskRows(51, { taskRows: 1_000_000 })))).toBe(1);
  expect(await taskRows(3, { taskRows: 50_000_000 })).toEqual([3]);
});
