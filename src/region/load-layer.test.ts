import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { toFeatureCollection } from "./layer-geometry.ts";
import { loadLayer, loadLayerGeometry } from "./load-layer.ts";
import { parseWkb } from "./wkb.ts";

const folder = temporaryFolder();
const feature = (id: string, x: number) => ({
  type: "Feature",
  properties: { GEOID: id, NAME: `Plot ${id}`, STATEFP: "01", STATE_NAME: "Alabama" },
  geometry: {
    type: "Polygon",
    coordinates: [
      [
        [x, 0],
        [x + 1 / 3, 0],
        [x, 1],
        [x, 0],
      ],
    ],
  },
});
const path = join(folder, "plots.geojson");
writeFileSync(
  path,
  JSON.stringify({ type: "FeatureCollection", features: [feature("2", 5), feature("1", 0)] }),
);
const options = { path, name: "plot" };

describe("the cache of layers", () => {
  it("keeps a layer by content and options, wherever the file is", async () => {
    const cacheFolder = join(folder, "cache");
    const first = await loadLayer(options, { cacheFolder });
    expect([first.fromCache, first.layer.ids, existsSync(first.cachePath)]).toEqual([
      false,
      ["1", "2"],
      true,
    ]);
    const second = await loadLayer({ ...options, overlap: "one", snapMeters: 0 }, { cacheFolder });
    expect([second.fromCache, second.key]).toEqual([true, first.key]);
    expect(second.layer).toEqual(first.layer);
    expect(second.layer.coarser).toMatchObject([{ name: "state", names: ["Alabama"] }]);
    const elsewhere = temporaryFolder();
    copyFileSync(path, join(elsewhere, "plots.geojson"));
    expect(
      (await loadLayer({ ...options, path: join(elsewhere, "plots.geojson") }, { cacheFolder })).key,
    ).toBe(first.key);
    expect((await loadLayer({ ...options, snapMeters: 5 }, { cacheFolder })).key).not.toBe(first.key);
    writeFileSync(join(elsewhere, "plots.geojson"), readFileSync(path, "utf8").replace("Plot 1", "Plot one"));
    const changed = await loadLayer({ ...options, path: join(elsewhere, "plots.geojson") }, { cacheFolder });
    expect([changed.fromCache, changed.layer.names[0]]).toEqual([false, "Plot one"]);
  });

  it("keeps the shapes beside it, coordinates bit for bit", async () => {
    const cacheFolder = join(folder, "shapes");
    const made = await loadLayerGeometry(options, { cacheFolder });
    const kept = await loadLayerGeometry(options, { cacheFolder });
    expect(kept.ids).toEqual(["1", "2"]);
    expect(kept.wkb.map((wkb) => parseWkb(wkb))).toEqual(made.wkb.map((wkb) => parseWkb(wkb)));
    expect(toFeatureCollection(kept).features[0]).toEqual({
      type: "Feature",
      id: "1",
      properties: { id: "1", name: "Plot 1" },
      geometry: {
        type: "MultiPolygon",
        coordinates: [
          [
            [
              [0, 0],
              [1 / 3, 0],
              [0, 1],
              [0, 0],
            ],
          ],
        ],
      },
    });
    expect((await loadLayer(options, { cacheFolder })).fromCache).toBe(true);
  });

  it("makes a damaged file anew", async () => {
    const cacheFolder = join(folder, "damaged");
    const { cachePath, layer } = await loadLayer(options, { cacheFolder });
    for (const damage of [
      () => truncateSync(cachePath, 1000),
      () => writeFileSync(cachePath, "something else"),
      () => writeFileSync(cachePath, ""),
      () => renameSync(cachePath, `${cachePath}.gone`),
    ]) {
      damage();
      const again = await loadLayer(options, { cacheFolder });
      expect([again.fromCache, again.layer.ids]).toEqual([false, layer.ids]);
      expect((await loadLayer(options, { cacheFolder })).fromCache).toBe(true);
    }
    const shapes = cachePath.replace(/\.layer$/, ".shapes");
    truncateSync(shapes, 50);
    expect((await loadLayerGeometry(options, { cacheFolder })).ids).toEqual(layer.ids);
  });

  it("is whole however many make it at once, and leaves nothing half-written", async () => {
    const cacheFolder = join(folder, "race");
    const all = await Promise.all(Array.from({ length: 6 }, () => loadLayer(options, { cacheFolder })));
    expect(new Set(all.map(({ key }) => key)).size).toBe(1);
    expect(readdirSync(cacheFolder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect((await loadLayer(options, { cacheFolder })).fromCache).toBe(true);
  });

  it("a folder that cannot be written is a clear error", async () => {
    const blocked = join(folder, "file");
    writeFileSync(blocked, "");
    await expect(loadLayer(options, { cacheFolder: join(blocked, "cache") })).rejects.toMatchObject({
      name: "UserError",
      code: "cache-not-writable",
      exitCode: 4,
    });
  });
});
