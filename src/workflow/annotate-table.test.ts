import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { noSharedData, sharedFile, temporaryFolder } from "../../test/support/paths.ts";
import { noPython, runPython } from "../../test/support/python.ts";
import { openEngine } from "../engine/index.ts";
import { UserError } from "../trouble/index.ts";
import { type AnnotateTableOptions, annotateTable } from "./annotate-table.ts";
import { runSpec } from "./spec.ts";

const folder = temporaryFolder();
const cacheFolder = join(folder, "cache");

/** Two squares side by side, 0 to 10 and 10 to 20 degrees east, and one over both, 5 to 15. */
const square = (id: string, west: number, east: number) => ({
  type: "Feature",
  properties: { id, name: `Square ${id}` },
  geometry: {
    type: "Polygon",
    coordinates: [
      [
        [west, 0],
        [east, 0],
        [east, 10],
        [west, 10],
        [west, 0],
      ],
    ],
  },
});
const plots = file(
  "plots.geojson",
  JSON.stringify({ type: "FeatureCollection", features: [square("a", 0, 10), square("b", 10, 20)] }),
);
const over = file(
  "over.geojson",
  JSON.stringify({
    type: "FeatureCollection",
    features: [square("a", 0, 10), square("b", 10, 20), square("c", 5, 15)],
  }),
);

function file(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

type Given = Partial<Omit<AnnotateTableOptions, "layers">> & { table: string; layers?: readonly object[] };

let outputs = 0;
async function annotate({ layers, ...given }: Given) {
  const out = given.out ?? join(folder, `out-${outputs++}.csv`);
  const parsed = runSpec.shape.layers.parse(
    layers ?? [{ name: "plot", path: plots, idField: "id", nameField: "name" }],
  );
  const result = await annotateTable({ cacheFolder, ...given, out, layers: parsed });
  return { result, out, text: out.endsWith("parquet") ? "" : readFileSync(out, "utf8") };
}

async function rows(parquet: string): Promise<Record<string, unknown>[]> {
  const engine = await openEngine();
  const found = await engine.rows(`SELECT * FROM read_parquet('${parquet}')`);
  engine.close();
  return found;
}

async function refusal(given: Given): Promise<UserError> {
  const error = await annotate(given).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

const points = file(
  "points.csv",
  '\uFEFFcode,"a note",Lon,LAT\r\n007,"one, ""two""\nthree",1,5\r\n08.50, spaces ,12.5,5\r\n,x,99,5\r\n1e3,y,,\r\n5,z,"1,5",5\r\n6,w,1,95\r\n7\r\n',
);

describe("annotating a table", () => {
  it("adds regions and passes every column through as the text that it is, in the order of rows", async () => {
    const { text, result } = await annotate({ table: points });
    expect(text).toBe(
      [
        "code,a note,Lon,LAT,plot_id,plot_name",
        '007,"one, ""two""\nthree",1,5,a,Square a',
        "08.50, spaces ,12.5,5,b,Square b",
        ",x,99,5,,",
        "1e3,y,,,,",
        '5,z,"1,5",5,,',
        "6,w,1,95,,",
        "7,,,,,",
        "",
      ].join("\n"),
    );
    expect(result).toMatchObject({
      rows: 7,
      withoutCoordinates: 4,
      coordinates: ["Lon", "LAT"],
      layers: [{ layer: "plot", regions: 2, inside: 2, nearest: 0, outside: 1 }],
    });
  });

  it("follows a link to a layer", async () => {
    const place = join(folder, "elsewhere");
    mkdirSync(place);
    const link = join(place, "linked.geojson");
    symlinkSync(plots, link);
    const layers = [{ name: "plot", path: link, idField: "id", nameField: "name" }];
    expect((await annotate({ table: points, layers })).result.layers[0]?.inside).toBe(2);
  });

  it("says how a point came to its region where a layer snaps, and counts the same", async () => {
    const near = file("near.csv", "x,y\n1,5\n-0.001,5\n-5,5\n,\n");
    const layers = [{ name: "plot", path: plots, idField: "id", nameField: "name", snapMeters: 1000 }];
    const { text, result } = await annotate({ table: near, layers });
    expect(text).toBe(
      "x,y,plot_id,plot_name,plot_how\n1,5,a,Square a,inside\n-0.001,5,a,Square a,nearest\n-5,5,,,outside\n,,,,\n",
    );
    expect(result.layers).toEqual([{ layer: "plot", regions: 2, inside: 1, nearest: 1, outside: 1 }]);
    expect(result.withoutCoordinates).toBe(1);
  });

  it("gives all regions of an overlapping layer: lists in Parquet, joined by ; in a CSV", async () => {
    const table = file("overlaps.csv", "x,y\n7,5\n1,5\n50,5\n");
    const layers = [{ name: "plot", path: over, idField: "id", nameField: "name", overlap: "all" }];
    expect((await annotate({ table, layers })).text).toBe(
      "x,y,plot_id,plot_name\n7,5,a;c,Square a;Square c\n1,5,a,Square a\n50,5,,\n",
    );
    const out = join(folder, "overlaps.parquet");
    await annotate({ table, layers, out });
    expect(await rows(out)).toEqual([
      { x: "7", y: "5", plot_id: ["a", "c"], plot_name: ["Square a", "Square c"] },
      { x: "1", y: "5", plot_id: ["a"], plot_name: ["Square a"] },
      { x: "50", y: "5", plot_id: null, plot_name: null },
    ]);
  });

  it("takes several layers at once, and keeps order and counts over many rows", async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i},${(i % 250) / 10},${i % 12}`);
    const table = file("many.tsv", `id\tlon\tlat\n${lines.join("\n").replaceAll(",", "\t")}\n`);
    const layers = ["one", "two", "three", "four"].map((name) => ({
      name,
      path: plots,
      idField: "id",
      nameField: "name",
    }));
    const out = join(folder, "many.parquet");
    const { result } = await annotate({ table, layers, out });
    const found = await rows(out);
    expect(found.map(({ id }) => Number(id))).toEqual(lines.map((_, i) => i));
    const expected = found.filter(({ lon, lat }) => Number(lon) <= 20 && Number(lat) <= 10).length;
    for (const layer of result.layers)
      expect(layer).toMatchObject({ inside: expected, outside: 30_000 - expected });
    expect(found.every((row) => row.one_id === row.four_id && row.two_id === row.three_id)).toBe(true);
  });

  it("keeps text in Parquet, and makes types only where asked and where nothing is lost", async () => {
    const table = file(
      "typed.csv",
      "fips,n,half,day,mixed,lon,lat\n01001,1,0.5,2020-01-02,1,1.0,5\n02,2,3,2021-12-31,x,2,5\n",
    );
    const text = join(folder, "text.parquet");
    await annotate({ table, out: text });
    expect((await rows(text))[0]).toMatchObject({
      fips: "01001",
      n: "1",
      half: "0.5",
      day: "2020-01-02",
      lon: "1.0",
      plot_id: "a",
    });
    const typed = join(folder, "typed.parquet");
    const { result } = await annotate({ table, out: typed, types: true });
    const [first] = await rows(typed);
    expect(first).toMatchObject({ fips: "01001", n: 1n, half: 0.5, mixed: "1", lon: 1, plot_id: "a" });
    expect(String(first?.day)).toMatch(/^2020-01-02/);
    expect(result.withoutCoordinates).toBe(0);
  });

  it("reads packed, semicolon and tab separated text, with quotes only where the file quotes", async () => {
    const packed = file("packed.csv.gz", gzipSync("lon,lat\n1,5\n"));
    expect((await annotate({ table: packed })).result.layers[0]?.inside).toBe(1);
    const semicolons = file("semi.csv", "name;lng;lat\nA, B;1;5\n");
    expect((await annotate({ table: semicolons })).text).toBe(
      'name,lng,lat,plot_id,plot_name\n"A, B",1,5,a,Square a\n',
    );
    const bare = file("bare.tsv", 'name\tlon\tlat\n"Bird" house\t1\t5\n"open\t1\t5\n');
    const { text } = await annotate({ table: bare, out: join(folder, "bare-out.tsv") });
    expect(text.split("\n").slice(1, 3)).toEqual([
      '"""Bird"" house"\t1\t5\ta\tSquare a',
      '"""open"\t1\t5\ta\tSquare a',
    ]);
    const wide = file("wide.csv", Buffer.from("\uFEFFname,lon,lat\ncafé,1,5\n", "utf16le"));
    expect((await annotate({ table: wide })).text).toContain("café,1,5,a,");
    const quoted = file("quoted.tsv", 'name\tlon\tlat\n"a ""b"""\t1\t5\n');
    expect((await annotate({ table: quoted })).text).toContain('"a ""b""",1,5,a');
  });

  it("reads JSON lines, whose texts stay texts and whose objects become JSON in a CSV", async () => {
    const table = file(
      "points.jsonl",
      '{"id":"007","when":"2020-01-02","at":"12:30","lon":1,"lat":5.5,"more":{"a":[1,2]}}\n{"id":"8","lon":null,"lat":1}\n',
    );
    const { text, result } = await annotate({ table });
    expect(text.split("\n").slice(0, 2)).toEqual([
      "id,when,at,lon,lat,more,plot_id,plot_name",
      '007,2020-01-02,12:30,1,5.5,"{""a"":[1,2]}",a,Square a',
    ]);
    expect(result).toMatchObject({ rows: 2, withoutCoordinates: 1 });
  });

  it("reads Parquet with its types, and GeoParquet by its points", async () => {
    const engine = await openEngine();
    const table = join(folder, "typed-in.parquet");
    await engine.run(
      `COPY (SELECT 7::INTEGER AS id, 1.5::FLOAT AS longitude, 5::DECIMAL(4,1) AS latitude, ['x'] AS tags) TO '${table}' (FORMAT parquet)`,
    );
    const geo = join(folder, "geo.parquet");
    await engine.run(
      `COPY (FROM (VALUES (1, 'POINT (1 5)'::GEOMETRY), (2, NULL), (3, 'POINT Z (12 5 3)'::GEOMETRY), (4, 'LINESTRING (0 0, 1 1)'::GEOMETRY)) v(id, place)) TO '${geo}' (FORMAT parquet)`,
    );
    engine.close();
    const out = join(folder, "typed-out.parquet");
    await annotate({ table, out });
    expect(await rows(out)).toEqual([
      { id: 7, longitude: 1.5, latitude: 5, tags: ["x"], plot_id: "a", plot_name: "Square a" },
    ]);
    const geoOut = join(folder, "geo-out.parquet");
    const { result } = await annotate({ table: geo, out: geoOut });
    expect((await rows(geoOut)).map((row) => row.plot_id)).toEqual(["a", null, "b", null]);
    expect(result).toMatchObject({ coordinates: ["place"], withoutCoordinates: 2 });
    expect((await annotate({ table: geo })).text).toContain("1,POINT (1 5),a,Square a\n");
  });

  it.skipIf(noPython)(
    "takes not-a-number in Parquet for no coordinate, whatever the file's statistics say",
    async () => {
      const table = join(folder, "not-a-number.parquet");
      runPython(
        `
import sys, pyarrow as pa, pyarrow.parquet as pq
nan = float("nan")
pq.write_table(pa.table({"lon": [1.5, 1.5, nan], "lat": [5.0, nan, 5.0]}), sys.argv[1])
print("null")
`,
        [table],
      );
      const { result, text } = await annotate({ table });
      expect(result).toMatchObject({ rows: 3, withoutCoordinates: 2, layers: [{ inside: 1, outside: 0 }] });
      expect(text.split("\n").slice(1, 4)).toEqual(["1.5,5.0,a,Square a", "1.5,nan,,", "nan,5.0,,"]);
    },
  );

  it("refuses tables whose coordinates are not clear, and lists their columns", async () => {
    const missing = await refusal({ table: file("missing.csv", "id,north\n1,2\n") });
    expect(missing.message).toContain("id, north");
    expect(missing.hint).toContain("--lon");
    expect((await refusal({ table: file("two.csv", "lon,lng,lat\n1,2,3\n") })).code).toBe(
      "coordinates-unclear",
    );
    expect((await refusal({ table: points, longitude: "Lon" })).code).toBe("coordinates-half-named");
    expect((await refusal({ table: points, longitude: "Lonn", latitude: "lat" })).message).toContain("Lonn");
    const named = await annotate({
      table: file("named.csv", "a,b,lon,lat\n1,5,50,5\n"),
      longitude: "A",
      latitude: "b",
    });
    expect(named.result.layers[0]?.inside).toBe(1);
    const both = await annotate({
      table: file("both.csv", "longitude,latitude,decimalLongitude,decimalLatitude\n50,5,1,5\n"),
    });
    expect(both.result.coordinates).toEqual(["decimalLongitude", "decimalLatitude"]);
  });

  it("refuses what is no table, and leaves nothing behind", async () => {
    const place = join(folder, "clean");
    mkdirSync(place);
    const out = join(place, "out.csv");
    const codes: string[] = [];
    for (const table of [
      file("zip.csv", Buffer.from("PK\x03\x04rest")),
      file("empty.csv", ""),
      folder,
      join(folder, "nowhere.csv"),
      file("broken.parquet", "PAR1 and then nothing"),
      plots,
      file("long.csv", `lon,lat\n${"1,5\n".repeat(30_000)}1,5,6\n`),
      file("latin.csv", Buffer.from("name,lon,lat\ncaf\xe9,1,5\n", "latin1")),
    ]) {
      codes.push((await refusal({ table, out })).code);
    }
    expect(codes).toEqual([
      "table-not-accepted",
      "table-not-accepted",
      "table-not-accepted",
      "not-found",
      "table-unreadable",
      "table-not-accepted",
      "table-unreadable",
      "table-unreadable",
    ]);
    expect(readdirSync(place)).toEqual([]);
  });

  it("refuses an output that is there, unless forced, and columns that are taken", async () => {
    const out = file("there.csv", "precious");
    expect((await refusal({ table: points, out })).code).toBe("output-exists");
    expect(readFileSync(out, "utf8")).toBe("precious");
    await annotate({ table: points, out, force: true });
    expect(readFileSync(out, "utf8")).toMatch(/^code,/);
    expect((await refusal({ table: points, out: join(folder, "x.xlsx") })).code).toBe("output-kind-unknown");
    expect((await refusal({ table: points, types: true })).code).toBe("types-need-parquet");
    const taken = await refusal({ table: file("taken.csv", "lon,lat,PLOT_ID\n1,5,9\n") });
    expect(taken).toMatchObject({ code: "column-taken" });
  });

  it("stops when it is told to, without an output", async () => {
    const controller = new AbortController();
    const out = join(folder, "stopped.csv");
    controller.abort();
    expect((await refusal({ table: points, out, signal: controller.signal })).exitCode).toBe(130);
    expect(existsSync(out)).toBe(false);
  });

  it("removes what a killed run left beside the output", async () => {
    const place = join(folder, "leftover");
    mkdirSync(place);
    const { temporaryName } = await import("../store/index.ts");
    // No process has so high an id.
    writeFileSync(join(place, temporaryName().replace(`-${process.pid}-`, "-99999999-")), "half");
    await annotate({ table: points, out: join(place, "out.csv") });
    expect(readdirSync(place)).toEqual(["out.csv"]);
  });
});

describe.skipIf(noSharedData)("annotating with real layers", () => {
  it("places points in counties and brings their states along, but not over the table's own columns", async () => {
    const table = file(
      "places.csv",
      "place,lon,lat\nAnchorage,-149.9,61.2\nSan Juan,-66.06,18.39\nNormal,-88.99,40.51\nLondon,-0.1,51.5\n",
    );
    const layers = [{ name: "county", path: sharedFile("regions/cb_2021_us_county_5m.zip") }];
    const { text } = await annotate({ table, layers });
    expect(text).toBe(
      [
        "place,lon,lat,county_id,county_name,state_id,state_name",
        "Anchorage,-149.9,61.2,02020,Anchorage Municipality,02,Alaska",
        "San Juan,-66.06,18.39,72127,San Juan Municipio,72,Puerto Rico",
        "Normal,-88.99,40.51,17113,McLean County,17,Illinois",
        "London,-0.1,51.5,,,,",
        "",
      ].join("\n"),
    );
    const own = file("own-state.csv", "state_id,lon,lat\nmine,-88.99,40.51\n");
    const kept = await annotate({ table: own, layers });
    expect(kept.text).toBe("state_id,lon,lat,county_id,county_name\nmine,-88.99,40.51,17113,McLean County\n");
    expect(kept.result.notes).toHaveLength(1);
  });
});
