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
  expect(Math.max(...(await taskRows(10)))).toBe(2);
  const many = await taskRows(51);
  expect(many.reduce((sum, rows) => sum + rows, 0)).toBe(51);
  expect(Math.max(...many)).toBe(4);
  expect(Math.max(...(await taskRows(51, { taskRows: 1_000_000 })))).toBe(1);
});
