import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { atlas, collection, feature, plots, third, write } from "../../test/region/plots.ts";
import { noSharedData, sharedFile } from "../../test/support/paths.ts";
import { runPython } from "../../test/support/python.ts";
import { compileLayer } from "./compile-layer.ts";
import { createLocator } from "./locator.ts";
import { readLayer } from "./read-layer.ts";

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
