import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { writeSmallRun } from "../../test/support/small-run.ts";
import { openEngine } from "../engine/index.ts";
import { loadLayer } from "../region/index.ts";
import { ambiguousFlag, flagColumns } from "./flag-columns.ts";
import { placeLayers } from "./located-layers.ts";
import type { TaskContext } from "./task-context.ts";

const folder = temporaryFolder();

it("a placement is ambiguous where the uncertainty reaches a border, not where it is no number", async () => {
  writeSmallRun(folder, join(folder, "config.json"));
  const { layer } = await loadLayer(
    { name: "square", path: join(folder, "squares.geojson"), idField: "id", nameField: "name" },
    { cacheFolder: join(folder, "cache") },
  );
  const engine = await openEngine();
  const layers = await placeLayers(engine, [layer], "decimallongitude, decimallatitude");
  const context = { plan: { config: { flags: [ambiguousFlag] } } } as unknown as TaskContext;
  const [flag] = await flagColumns(context, engine, layers);
  // The point lies some 8.5 km from the nearest border.
  const rows = await engine.rows(
    `SELECT ${flag?.sql} AS flag FROM (SELECT -88.9::DOUBLE AS decimallongitude, 40.5::DOUBLE AS decimallatitude,
       unnest([1000::DOUBLE, 9000, 'nan'::DOUBLE, NULL]) AS coordinateuncertaintyinmeters) r`,
  );
  expect(rows.map((row) => row.flag)).toEqual([false, true, false, false]);
  engine.close();
});
