import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { noPython, runPython } from "../../test/support/python.ts";
import { loadCoarserGeometry, loadLayer, loadLayerGeometry } from "./index.ts";

const cacheFolder = temporaryFolder();
const path = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");

describe.skipIf(noPython)("the states of the packaged counties", () => {
  it("are the unions of their counties, as GEOS sees it", { timeout: 300_000 }, async () => {
    const options = { name: "county", path };
    const { layer } = await loadLayer(options, { cacheFolder });
    const counties = await loadLayerGeometry(options, { cacheFolder });
    const states = await loadCoarserGeometry(options, { cacheFolder, coarser: "state" });
    const again = await loadCoarserGeometry(options, { cacheFolder, coarser: "state" });
    expect(again?.wkb.map((bytes) => Buffer.from(bytes))).toEqual(
      states?.wkb.map((bytes) => Buffer.from(bytes)),
    );
    expect(states?.ids).toEqual(layer.coarser[0]?.ids);
    const hex = (wkb: readonly Uint8Array[]) => wkb.map((bytes) => Buffer.from(bytes).toString("hex"));
    const input = JSON.stringify({
      counties: hex(counties.wkb),
      states: hex(states?.wkb ?? []),
      of: [...(layer.coarser[0]?.of ?? [])],
    });
    const script = `
import json, sys, shapely
data = json.load(sys.stdin)
counties = [shapely.from_wkb(w) for w in data["counties"]]
worst = 0
for i, wkb in enumerate(data["states"]):
    state = shapely.from_wkb(wkb)
    union = shapely.union_all([shapely.make_valid(c) for c, s in zip(counties, data["of"]) if s == i])
    worst = max(worst, shapely.make_valid(state).symmetric_difference(union).area / union.area)
print(json.dumps({"states": len(data["states"]), "worst": worst}))`;
    const { states: count, worst } = runPython<{ states: number; worst: number }>(script, [], input);
    expect(count).toBe(states?.ids.length);
    expect(worst).toBeLessThan(1e-9);
  });
});
