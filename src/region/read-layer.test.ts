import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { noSharedData, sharedFile, temporaryFolder } from "../../test/support/paths.ts";
import { runPython } from "../../test/support/python.ts";
import { compileLayer } from "./compile-layer.ts";
import type { LayerOptions } from "./layer-source.ts";
import { createLocator } from "./locator.ts";
import { readLayer } from "./read-layer.ts";

const folder = temporaryFolder();
const script = readFileSync(new URL("../../test/region/make-formats.py", import.meta.url), "utf8");
const third = 1 / 3;
const atlas = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");

beforeAll(() => {
  runPython(script, [folder]);
});

function plots(
  file: string,
  more: Partial<LayerOptions> = {},
): Promise<Awaited<ReturnType<typeof readLayer>>> {
  return readLayer({ name: "plot", path: join(folder, file), ...more });
}

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const square = {
  type: "Polygon",
  coordinates: [
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ],
  ],
};
const feature = (more: object): object => ({ type: "Feature", properties: {}, geometry: square, ...more });
const collection = (...features: object[]): object => ({ type: "FeatureCollection", features });

describe("reading a layer", () => {
  it.each([
    "plots.gpkg",
    "plots.fgb",
    "plots.geojson",
    "plots.gdb",
    "plots.gdb.zip",
    "nested.zip",
    "plots.zip",
    "shape/plots.shp",
    "shape",
    "latin/plots.shp",
    "upper/PLOTS.SHP",
    "nad83.gpkg",
    "tall.gpkg",
  ])("takes %s: ids, names, fields, holes, parts, and coordinates bit for bit", async (file) => {
    const source = await plots(file);
    const regions = [...source.regions].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(regions.map(({ id }) => id)).toEqual(["010", "020", "030"]);
    expect(regions.map(({ name }) => name)).toEqual([
      "Plain\tplot\n \\ with marks",
      "Cañón Doña Ana",
      "Two Parts",
    ]);
    expect(regions.map(({ fields }) => fields["size"] && Number(fields["size"]))).toEqual([1, null, 3]);
    expect(regions[0]?.polygons.map((rings) => rings.length).sort()).toEqual([1, 2]);
    expect(regions[2]?.polygons).toHaveLength(2);
    // A geodatabase itself keeps coordinates as whole numbers of billionths of a degree.
    const kept = (x: number): number => (/gdb|nested/.test(file) ? Math.round(x * 1e8) / 1e8 : x);
    const all = regions.flatMap(({ polygons }) =>
      polygons.flatMap((rings) => rings.flatMap((ring) => Array.from(ring, kept))),
    );
    const values = [third, 1, 1.25, 1.75, 2, 3, 5 + third, 10, 10.1, 11, 11 + third, 11.1];
    expect(new Set(all)).toEqual(new Set(values.map(kept)));
    expect(source.coarser).toEqual([
      {
        name: "state",
        ids: source.regions.map(({ fields }) => fields["STATEFP"]),
        names: source.regions.map(({ fields }) => fields["STATE_NAME"]),
      },
    ]);
    const locator = createLocator(compileLayer(source));
    expect(
      [
        [1.5, 1.5],
        [1.1, 1.5],
        [0.5, 0.5],
        [3, 1],
        [11.2, 11.05],
        [8, 8],
      ].map(([x, y]) => locator.layer.ids[locator.locate(x as number, y as number)]),
    ).toEqual(["010", undefined, "010", "010", "030", undefined]);
  });

  it("reprojects", async () => {
    const source = await plots("albers/plots.gpkg");
    expect(source.crs).toBe("EPSG:5070");
    const [x, y] = source.regions[1]?.polygons[0]?.[0] ?? [];
    expect([3, 5 + third].some((at) => Math.abs((x as number) - at) < 1e-9)).toBe(true);
    expect([3, third].some((at) => Math.abs((y as number) - at) < 1e-9)).toBe(true);
  });

  it("takes a feature set of Esri JSON in another reference system, rings told apart by the way they run", async () => {
    const rings = [
      [
        [0, 0],
        [0, 111319.49079327357],
        [111319.49079327357, 111319.49079327357],
        [111319.49079327357, 0],
        [0, 0],
      ],
      [
        [1e4, 1e4],
        [2e4, 1e4],
        [2e4, 2e4],
        [1e4, 2e4],
        [1e4, 1e4],
      ],
    ];
    const path = write("set.json", {
      objectIdFieldName: "OBJECTID",
      geometryType: "esriGeometryPolygon",
      spatialReference: { wkid: 102100, latestWkid: 3857 },
      fields: [
        { name: "OBJECTID", type: "esriFieldTypeOID" },
        { name: "Unit_Nm", type: "esriFieldTypeString", length: 50 },
      ],
      features: [{ attributes: { OBJECTID: 31, Unit_Nm: "Somewhere" }, geometry: { rings } }],
    });
    const source = await readLayer({ name: "park", path });
    expect(source.regions.map(({ id, name, polygons }) => [id, name, polygons[0]?.length])).toEqual([
      ["31", "Somewhere", 2],
    ]);
    expect(Math.max(...(source.regions[0]?.polygons[0]?.[0] ?? []))).toBeCloseTo(1, 9);
    expect(source.issues).toEqual([]);
  });

  it.skipIf(noSharedData)("takes several features of Esri JSON in one array", async () => {
    const features = ["wilderness", "national-park"].map(
      (part) =>
        JSON.parse(readFileSync(sharedFile(`regions/padus-yosemite-${part}.esri.json`), "utf8")) as object,
    );
    const source = await readLayer({ name: "padus", path: write("yosemite.json", features) });
    const layer = compileLayer(source, { overlap: "all" });
    const locator = createLocator(layer);
    expect(layer.names).toEqual(["Yosemite Wilderness Area", "Yosemite National Park"]);
    const smaller = createLocator(compileLayer(source));
    const counts = [0, 0, 0, 0];
    for (let x = -119.9; x < -119.2; x += 0.004) {
      for (let y = 37.5; y < 38.2; y += 0.004) {
        const all = smaller.locateAll(x, y);
        counts[all.reduce((sum, region) => sum + 1 + region, 0)] = 1;
        const list = locator.locate(x, y);
        expect(list < 0 ? [] : locator.sets[list]).toEqual(all);
        expect(smaller.locate(x, y)).toBe(all.at(-1) ?? -1);
      }
    }
    // None, the one, the other: all were met.
    expect(counts.slice(0, 3)).toEqual([1, 1, 1]);
  });

  it("takes the counties of us-atlas, with their states by FIPS code", async () => {
    const source = await readLayer({ name: "county", path: atlas });
    expect(source.regions).toHaveLength(3231);
    const layer = compileLayer(source);
    const [state] = layer.coarser;
    expect(state).toMatchObject({ name: "state", ids: expect.arrayContaining(["01", "72"]) });
    const story = createLocator(layer).locate(-93.47, 42.03);
    expect([layer.ids[story], layer.names[story], state?.names[state.of[story] as number]]).toEqual([
      "19169",
      "Story",
      "Iowa",
    ]);
    expect((await readLayer({ name: "state", path: atlas, sublayer: "states" })).regions).toHaveLength(56);
  });

  it("takes ids from the features of GeoJSON, text or number", async () => {
    const text = write(
      "text-ids.geojson",
      collection(feature({ id: "b" }), feature({ id: "a", properties: { name: "A" } })),
    );
    expect((await readLayer({ name: "x", path: text })).regions.map(({ id, name }) => [id, name])).toEqual([
      ["b", "b"],
      ["a", "A"],
    ]);
    const numbers = write(
      "number-ids.geojson",
      collection(
        feature({ id: 1017, properties: { name: "A" } }),
        feature({ id: 7, properties: { name: "B" } }),
      ),
    );
    expect((await readLayer({ name: "x", path: numbers })).regions.map(({ id }) => id)).toEqual([
      "1017",
      "7",
    ]);
  });

  it("falls back on the first field whose values all differ, then on the order", async () => {
    const path = write(
      "fields.geojson",
      collection(
        feature({ properties: { kind: "k", code: "q1" } }),
        feature({ properties: { kind: "k", code: "q2" } }),
      ),
    );
    expect((await readLayer({ name: "x", path })).regions.map(({ id }) => id)).toEqual(["q1", "q2"]);
    const bare = write(
      "bare.geojson",
      collection(feature({ properties: { kind: "k" } }), feature({ properties: { kind: "k" } })),
    );
    const source = await readLayer({ name: "x", path: bare });
    expect(source.regions.map(({ id }) => id)).toEqual(["0", "1"]);
    expect(source.issues.map(({ code }) => code)).toEqual(["region-id-assumed"]);
  });

  it("takes fields that are named, in any case, and coarser layers", async () => {
    const source = await plots("plots.gpkg", {
      idField: "namelsad",
      nameField: "GEOID",
      coarser: { part: { idField: "STATEFP", nameField: "STATE_NAME" } },
    });
    expect(source.regions.map(({ name }) => name)).toEqual(["010", "020", "030"]);
    expect(source.coarser.map(({ name }) => name)).toEqual(["part", "state"]);
    await expect(plots("plots.gpkg", { idField: "FIPS" })).rejects.toMatchObject({
      code: "layer-field-missing",
      message: expect.stringContaining("GEOID, NAMELSAD, STATEFP, STATE_NAME, size"),
    });
  });

  it("takes regions that share an id as one, keeps those without a shape, and says so", async () => {
    const path = write(
      "odd.geojson",
      collection(
        feature({ properties: { id: "a" } }),
        feature({ properties: { id: "a" } }),
        feature({ properties: { id: "b" }, geometry: null }),
        feature({ properties: { id: null } }),
        feature({ properties: { id: "c" }, geometry: { type: "Point", coordinates: [0, 0] } }),
      ),
    );
    const source = await readLayer({ name: "x", path, idField: "id" });
    expect(compileLayer(source).ids).toEqual(["a", "b", "c"]);
    expect(source.issues.map(({ code, count }) => [code, count])).toEqual([
      ["geometry-not-polygon", 1],
      ["region-id-twice", 1],
      ["region-without-id", 1],
      ["region-without-polygon", 2],
    ]);
  });
});

describe.skipIf(noSharedData)("the real layers", () => {
  it.each([
    ["county", "cb_2021_us_county_5m.zip", "GEOID", "NAMELSAD", 3234, "17001", "Adams County"],
    ["state", "cb_2020_us_state_500k.zip", "GEOID", "NAME", 56, "17", "Illinois"],
    ["aiannh", "cb_2021_us_aiannh_500k.zip", "GEOID", "NAMELSAD", 704, "0010", "Acoma Pueblo"],
    [
      "padus",
      "padus-yosemite-wilderness.esri.json",
      "OBJECTID",
      "Unit_Nm",
      1,
      "13076",
      "Yosemite Wilderness Area",
    ],
  ])("%s is read by convention", async (name, file, idField, nameField, count, id, regionName) => {
    const source = await readLayer({ name, path: sharedFile(`regions/${file}`) });
    expect([source.idField, source.nameField, source.regions.length]).toEqual([idField, nameField, count]);
    const found = source.regions.find((region) => region.id === id);
    expect(found?.name.startsWith(regionName.slice(0, 5))).toBe(true);
  });

  it("coordinates of a shapefile in NAD83 come through bit for bit, in Hawaii too", async () => {
    const path = sharedFile("regions/cb_2021_us_county_5m.zip");
    const source = await readLayer({ name: "county", path });
    const sums = runPython<Record<string, number>>(
      `import geopandas, json, shapely, sys
frame = geopandas.read_file(sys.argv[1])
print(json.dumps({g: [sorted(map(tuple, shapely.get_coordinates(s).tolist()))] for g, s in zip(frame.GEOID, frame.geometry) if g[:2] in ("15", "02", "17")}))`,
      [path],
    ) as unknown as Record<string, [number[][]]>;
    for (const { id, polygons } of source.regions) {
      const expected = sums[id];
      if (expected === undefined) continue;
      const found = polygons.flatMap((rings) =>
        rings.flatMap((ring) =>
          Array.from({ length: ring.length / 2 }, (_, i) => [
            ring[2 * i] as number,
            ring[2 * i + 1] as number,
          ]),
        ),
      );
      found.sort((a, b) => (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number));
      expect(found).toEqual(expected[0]);
    }
  });
});

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
