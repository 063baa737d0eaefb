import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collection, feature, folder, write } from "../../test/region/plots.ts";
import type { LayerOptions } from "./layer-source.ts";
import { readLayer } from "./read-layer.ts";

describe("a layer that cannot be read", () => {
  const refused = async (path: string, more: Partial<LayerOptions> = {}) =>
    readLayer({ name: "plot", path, ...more }).then(
      () => expect.unreachable("it was read"),
      (error: unknown) => error,
    );

  it.each([".dbf", ".prj", ".shx"])("names the missing %s of a shapefile", async (part) => {
    const copy = join(folder, `without${part}`);
    cpSync(join(folder, "shape"), copy, { recursive: true });
    rmSync(join(copy, `plots${part}`));
    expect(await refused(join(copy, "plots.shp"))).toMatchObject({
      name: "UserError",
      code: `layer-without-${part.slice(1)}`,
      message: expect.stringContaining(`plots${part}`),
    });
  });

  it.each(["dbf", "prj"])("names the missing .%s of a shapefile in a zip", async (part) => {
    expect(await refused(join(folder, `no-${part}.zip`))).toMatchObject({ code: `layer-without-${part}` });
  });

  it("takes a shapefile without .prj where the options say what it is in", async () => {
    const copy = join(folder, "with-crs");
    cpSync(join(folder, "shape"), copy, { recursive: true });
    rmSync(join(copy, "plots.prj"));
    const source = await readLayer({ name: "plot", path: join(copy, "plots.shp"), crs: "EPSG:4269" });
    expect(source.regions).toHaveLength(3);
  });

  it("a zip that is cut short, damaged or no zip", async () => {
    const zip = readFileSync(join(folder, "plots.zip"));
    writeFileSync(join(folder, "cut.zip"), zip.subarray(0, zip.length >> 1));
    expect(await refused(join(folder, "cut.zip"))).toMatchObject({
      name: "UserError",
      code: "layer-zip-damaged",
    });
    const at = zip.indexOf("plots.shp") + 30;
    const damaged = Buffer.from(zip);
    for (let i = 0; i < 40; i++) damaged[at + i] = (damaged[at + i] as number) ^ 0x55;
    writeFileSync(join(folder, "damaged.zip"), damaged);
    expect(await refused(join(folder, "damaged.zip"))).toMatchObject({
      name: "UserError",
      code: "layer-zip-damaged",
    });
    writeFileSync(join(folder, "text.zip"), "this is no zip");
    expect(await refused(join(folder, "text.zip"))).toMatchObject({
      name: "UserError",
      code: "layer-zip-damaged",
    });
  });

  it.each([
    ["missing.gpkg", "layer-not-found"],
    ["points.gpkg", "layer-without-polygons"],
    ["empty.gpkg", "layer-not-readable"],
    ["two.gpkg", "layer-ambiguous"],
  ])("%s", async (file, code) => {
    expect(await refused(join(folder, file))).toMatchObject({ name: "UserError", code });
  });

  it("picks the sublayer that is named, and lists them where it is not there", async () => {
    const path = join(folder, "two.gpkg");
    expect((await readLayer({ name: "plot", path, sublayer: "others" })).regions).toHaveLength(2);
    expect(await refused(path, { sublayer: "third" })).toMatchObject({
      code: "layer-sublayer-missing",
      message: expect.stringContaining("plots, others"),
    });
  });

  it.each([
    ["empty.geojson", ""],
    ["text.txt", "longitude,latitude\n1,2\n"],
    ["nothing.json", "{}"],
    ["broken.geojson", '{"type": "FeatureCollection", "features": [{"type": "Fea'],
    ["no-features.geojson", JSON.stringify(collection())],
    [
      "lines.geojson",
      JSON.stringify(
        collection(
          feature({
            geometry: {
              type: "LineString",
              coordinates: [
                [0, 0],
                [1, 1],
              ],
            },
          }),
        ),
      ),
    ],
  ])("%s is no layer", async (name, content) => {
    const path = write(name, content);
    expect(await refused(path)).toMatchObject({ name: "UserError" });
  });

  it("an empty folder, and a truncated GeoPackage", async () => {
    mkdirSync(join(folder, "void"));
    expect(await refused(join(folder, "void"))).toMatchObject({
      name: "UserError",
      code: "layer-not-readable",
    });
    const whole = readFileSync(join(folder, "plots.gpkg"));
    writeFileSync(join(folder, "cut.gpkg"), whole.subarray(0, whole.length >> 1));
    expect(await refused(join(folder, "cut.gpkg"))).toMatchObject({ name: "UserError" });
  });
});
