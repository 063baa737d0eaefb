import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stageRows } from "../../test/occurrence/staging.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { runPython } from "../../test/support/python.ts";
import { type Engine, openEngine } from "../engine/index.ts";
import { castSql, keySql } from "./cast-sql.ts";
import type { ColumnType } from "./columns.ts";
import { columnsRead, detectInput, parquetRelation } from "./index.ts";

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

async function cast(value: string, from: string, to: ColumnType): Promise<unknown> {
  const { v } = await engine.row(`SELECT ${castSql("x", from, to)} AS v FROM (SELECT ${value} AS x)`);
  return v;
}

describe("a column of another type", () => {
  it.each<[string, string, ColumnType, unknown]>([
    ["3044.0::DOUBLE", "DOUBLE", "VARCHAR", "3044"],
    ["1572326202.0::DOUBLE", "DOUBLE", "VARCHAR", "1572326202"],
    ["4000000000123.0::DOUBLE", "DOUBLE", "VARCHAR", "4000000000123"],
    ["'nan'::DOUBLE", "DOUBLE", "VARCHAR", "nan"],
    ["2487430::INTEGER", "INTEGER", "VARCHAR", "2487430"],
    ["9000000000000000001::BIGINT", "BIGINT", "VARCHAR", "9000000000000000001"],
    ["12::DECIMAL(10,2)", "DECIMAL(10,2)", "VARCHAR", "12"],
    [
      "'50c9509d-22c7-4a22-a47d-8c48425ef4a7'::UUID",
      "UUID",
      "VARCHAR",
      "50c9509d-22c7-4a22-a47d-8c48425ef4a7",
    ],
    ["'US'::BLOB", "BLOB", "VARCHAR", "US"],
    ["['a','b']", "VARCHAR[]", "VARCHAR", "a;b"],
    ["1.5::FLOAT", "FLOAT", "DOUBLE", 1.5],
    ["' 40.5 '", "VARCHAR", "DOUBLE", 40.5],
    ["'40,5'", "VARCHAR", "DOUBLE", null],
    ["'1_000'", "VARCHAR", "DOUBLE", null],
    ["'inf'", "VARCHAR", "DOUBLE", null],
    ["'NaN'", "VARCHAR", "DOUBLE", null],
    ["'1e999'", "VARCHAR", "DOUBLE", null],
    ["''", "VARCHAR", "DOUBLE", null],
    ["'2015.0'", "VARCHAR", "INTEGER", 2015],
    ["'2015.7'", "VARCHAR", "INTEGER", null],
    ["2015.0::DOUBLE", "DOUBLE", "INTEGER", 2015],
    ["2015.7::DOUBLE", "DOUBLE", "INTEGER", null],
    ["3000000000::BIGINT", "BIGINT", "INTEGER", null],
    ["DATE '1964-04-25'", "DATE", "TIMESTAMP", "1964-04-25T00:00:00.000Z"],
    ["'1964-04-25T00:00:00'", "VARCHAR", "TIMESTAMP", "1964-04-25T00:00:00.000Z"],
    ["'2021-03-30T09:39:03.245Z'", "VARCHAR", "TIMESTAMP", "2021-03-30T09:39:03.245Z"],
    ["'9999-12-31T23:59:59.999Z'", "VARCHAR", "TIMESTAMP", "9999-12-31T23:59:59.999Z"],
    [
      "TIMESTAMPTZ '2021-03-30 09:39:03+02'",
      "TIMESTAMP WITH TIME ZONE",
      "TIMESTAMP",
      "2021-03-30T07:39:03.000Z",
    ],
    ["1617097143245::BIGINT", "BIGINT", "TIMESTAMP", "2021-03-30T09:39:03.245Z"],
    ["'A. Bird; B. Bird;'", "VARCHAR", "VARCHAR[]", ["A. Bird", "B. Bird"]],
    ["' ; '", "VARCHAR", "VARCHAR[]", null],
    ["''", "VARCHAR", "VARCHAR[]", null],
    ["[true, NULL]", "BOOLEAN[]", "VARCHAR[]", ["true", null]],
    [
      "[{'array_element': 'A'}, {'array_element': 'B'}]",
      "STRUCT(array_element VARCHAR)[]",
      "VARCHAR[]",
      ["A", "B"],
    ],
    ["{'list': [{'element': 'A'}]}", 'STRUCT("list" STRUCT(element VARCHAR)[])', "VARCHAR[]", ["A"]],
    ["{'array': ['A', 'B']}", 'STRUCT("array" VARCHAR[])', "VARCHAR[]", ["A", "B"]],
    ["NULL::STRUCT(array_element VARCHAR)[]", "STRUCT(array_element VARCHAR)[]", "VARCHAR[]", null],
    ["['A'::BLOB]", "BLOB[]", "VARCHAR[]", ["A"]],
    ["NULL", '"NULL"', "VARCHAR[]", null],
  ])("%s from %s to %s", async (value, from, to, expected) => {
    expect(await cast(value, from, to)).toEqual(expected);
  });

  it.each<[string, ColumnType]>([
    ["VARCHAR", "VARCHAR"],
    ["DOUBLE", "DOUBLE"],
    ["INTEGER", "INTEGER"],
    ["TIMESTAMP", "TIMESTAMP"],
    ["VARCHAR[]", "VARCHAR[]"],
  ])("is bare where it is %s already", (from, to) => {
    expect(castSql("issue", from, to)).toBe('"issue"');
  });
});

describe("Parquet written by others", () => {
  it("gives one relation, whatever the case and typing of its columns", async () => {
    const path = join(folder, "odd[1].parquet");
    writeFileSync(join(folder, "odd1.parquet"), "not to be read instead");
    runPython(
      `
import sys, json, datetime, pyarrow as pa, pyarrow.parquet as pq
t = datetime.datetime(2020, 5, 1, 12, 30)
table = pa.table({
  "gbifID": pa.array([3044.0, float("nan")], pa.float64()), "taxonKey": pa.array([7, None], pa.int32()),
  "eventDate": pa.array([t, None], pa.timestamp("ns")), "Year": pa.array([2020, None], pa.int16()),
  "issue": pa.array([[{"array_element": "A"}], None], pa.list_(pa.struct([("array_element", pa.string())]))),
  "mediatype": pa.array([None, None], pa.null()), "order_": pa.array(["Aves", None]),
  "decimalLatitude": pa.array([float("nan"), 1.0]), "countrycode": pa.array([b"US", None], pa.binary()),
})
pq.write_table(table, sys.argv[1], use_deprecated_int96_timestamps=True)
print("null")
`,
      [path],
    );
    const input = await detectInput(path);
    if (input.kind !== "parquet") throw new Error("Parquet was expected");
    expect(input.flavour).toBe("simple_parquet");
    const columns = [
      "gbifid",
      "taxonkey",
      "eventdate",
      "year",
      "issue",
      "mediatype",
      "order",
      "decimallatitude",
      "countrycode",
      "species",
    ];
    const relation = parquetRelation({ files: [path], schema: input.columns, columns });
    expect(await engine.rows(relation)).toEqual([
      {
        gbifid: "3044",
        taxonkey: "7",
        eventdate: "2020-05-01T12:30:00.000Z",
        year: 2020,
        issue: ["A"],
        mediatype: null,
        order: "Aves",
        decimallatitude: Number.NaN,
        countrycode: "US",
        species: null,
      },
      { ...Object.fromEntries(columns.map((name) => [name, null])), decimallatitude: 1 },
    ]);
    const part = parquetRelation({
      files: [path],
      schema: input.columns,
      columns: ["decimallatitude"],
      range: { start: 1, end: 2 },
    });
    expect(await engine.rows(part)).toEqual([{ decimallatitude: 1 }]);
  });
});

describe("coordinates in Parquet", () => {
  it.each([
    ["lat", "lon"],
    ["Latitude", "Longitude"],
    ["LAT", "lng"],
    ["lat", "long"],
  ])("are found under the names that text files have: %s, %s", async (lat, lon) => {
    const path = join(folder, `${lat}-${lon}.parquet`);
    await engine.run(
      `COPY (SELECT 'a' AS species, 40.5 AS "${lat}", -89.0 AS "${lon}") TO '${path}' (FORMAT parquet)`,
    );
    const input = await detectInput(path);
    if (input.kind !== "parquet") throw new Error("Parquet was expected");
    const columns = ["decimallatitude", "decimallongitude"];
    const relation = parquetRelation({ files: [path], schema: input.columns, columns });
    expect(await engine.rows(relation)).toEqual([{ decimallatitude: 40.5, decimallongitude: -89 }]);
    expect(columnsRead(input.columns, columns)).toEqual([lat, lon]);
  });

  it("are those of their own names where others stand beside them", () => {
    const schema = ["lat", "decimalLatitude", "longitude", "dwc:decimalLongitude"].map((name) => ({ name }));
    expect(columnsRead(schema, ["decimallatitude", "decimallongitude"])).toEqual([
      "decimalLatitude",
      "dwc:decimalLongitude",
    ]);
  });
});

describe("a number", () => {
  const numberText = fc
    .array(
      fc.constantFrom(
        "1",
        "0",
        "9",
        "12",
        "007",
        ".",
        "-",
        "+",
        "e",
        "E",
        "e5",
        "e-3",
        "e400",
        "_",
        ",",
        " ",
        "x",
        "inf",
        "nan",
        "\u00a0",
        "2147483647",
        "99999999999",
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.join(""));

  it("is the same staged from a text and cast from text in Parquet", async () => {
    const samples = fc.sample(numberText, { numRuns: 5000, seed: 9 });
    const path = join(folder, "numbers.tsv");
    writeFileSync(
      path,
      `species\tdecimalLatitude\tyear\n${samples.map((text) => `a\t${text}\t${text}\n`).join("")}`,
    );
    const staged = await stageRows({ engine, input: path, columns: ["decimallatitude", "year"], folder });
    const rows = await engine.rows(
      `SELECT ${castSql("x", "VARCHAR", "DOUBLE")} AS decimallatitude, ${castSql("x", "VARCHAR", "INTEGER")} AS "year"
       FROM (SELECT unnest(from_json($1, '["VARCHAR"]')) AS x)`,
      [JSON.stringify(samples)],
    );
    const differing = samples.flatMap((text, k) => {
      const [a, b] = [staged.rows[k], rows[k]];
      return a?.decimallatitude === b?.decimallatitude && a?.year === b?.year ? [] : [[text, a, b]];
    });
    expect(differing.slice(0, 10)).toEqual([]);
    expect(rows.filter(({ decimallatitude }) => decimallatitude !== null).length).toBeGreaterThan(500);
  });

  it("that is none is null, and is counted with its place", async () => {
    const path = join(folder, "no-numbers.csv");
    writeFileSync(
      path,
      'species,decimalLatitude,decimalLongitude,year\na,"12,5",0x1F,2015.7\nb, 12.5 ,-89.,2015.0\nc,,\\N, \n',
    );
    const { rows, issues } = await stageRows({
      engine,
      input: path,
      columns: ["decimallatitude", "decimallongitude", "year"],
      folder,
    });
    expect(rows).toEqual([
      { decimallatitude: null, decimallongitude: null, year: null },
      { decimallatitude: 12.5, decimallongitude: -89, year: 2015 },
      { decimallatitude: null, decimallongitude: null, year: null },
    ]);
    expect(issues).toEqual([
      {
        code: "integer-unreadable",
        count: 1,
        example: 'row 2: year is "2015.7", no whole number of 32 bits',
      },
      { code: "number-unreadable", count: 2, example: 'row 2: decimallatitude is "12,5", no number' },
    ]);
  });

  it("in a key loses the point that a spreadsheet gave it", async () => {
    const path = join(folder, "keys.csv");
    writeFileSync(path, "species,taxonKey,speciesKey\na,2487430.0, 5K5L2 \nb,1.50,\n");
    const { rows, issues } = await stageRows({
      engine,
      input: path,
      columns: ["taxonkey", "specieskey"],
      folder,
    });
    expect(rows).toEqual([
      { taxonkey: "2487430", specieskey: "5K5L2" },
      { taxonkey: "1.50", specieskey: null },
    ]);
    expect(issues.map(({ code }) => code)).toEqual(["key-as-number"]);
  });
});

describe("a key of a taxon", () => {
  it("is the same staged from a text and read from Parquet", async () => {
    const blank = fc.constantFrom("", "", "", " ", "  ", "\u00a0", "\u2003", "\r", "\ufeff");
    const body = fc.constantFrom(
      "5231190",
      "5231190.0",
      "5231190.00",
      "0",
      "",
      "4K5L2",
      "a.0",
      "1.5",
      "-1",
      "é",
      "x y",
    );
    const samples = fc
      .sample(fc.tuple(blank, body, blank), { numRuns: 2000, seed: 3 })
      .map((parts) => parts.join(""));
    const text = join(folder, "taxon-keys.tsv");
    writeFileSync(text, `species\tspeciesKey\tlocality\n${samples.map((key) => `a\t${key}\tb\n`).join("")}`);
    const staged = await stageRows({ engine, input: text, columns: ["specieskey"], folder });
    const parquet = join(folder, "taxon-keys.parquet");
    await engine.run(
      `COPY (SELECT unnest(from_json($1, '["VARCHAR"]')) AS "speciesKey") TO '${parquet}' (FORMAT parquet)`,
      [JSON.stringify(samples)],
    );
    const schema = [{ name: "speciesKey", type: "VARCHAR" }];
    const rows = await engine.rows(parquetRelation({ files: [parquet], schema, columns: ["specieskey"] }));
    expect(rows).toEqual(staged.rows);
    expect(rows).toContainEqual({ specieskey: "5231190" });
    expect(rows).toContainEqual({ specieskey: null });
  });

  it.each<[string, string, string | null]>([
    ["5231190.0::DOUBLE", "DOUBLE", "5231190"],
    ["5231190.0::FLOAT", "FLOAT", "5231190"],
    ["'nan'::DOUBLE", "DOUBLE", null],
    ["'nan'::FLOAT", "FLOAT", null],
    ["'inf'::DOUBLE", "DOUBLE", null],
    ["1.5::DOUBLE", "DOUBLE", "1.5"],
    ["5231190::DECIMAL(12,2)", "DECIMAL(12,2)", "5231190"],
    ["9000000000000000001::BIGINT", "BIGINT", "9000000000000000001"],
    ["' 5231190.0'::BLOB", "BLOB", "5231190"],
    ["' '::BLOB", "BLOB", null],
    ["NULL::VARCHAR", "VARCHAR", null],
  ])("%s (%s) is %j", async (value, from, expected) => {
    expect(await engine.row(`SELECT ${keySql("x", from)} AS v FROM (SELECT ${value} AS x)`)).toEqual({
      v: expected,
    });
  });
});

it("lists are split, trimmed, and null where they hold nothing", async () => {
  const path = join(folder, "lists.tsv");
  writeFileSync(path, "species\tissue\trecordedBy\na\tA;B\t A. Bird ; B. Bird;\nb\t\t;\nc\tA\tÉmile\n");
  const { rows } = await stageRows({ engine, input: path, columns: ["issue", "recordedby"], folder });
  expect(rows).toEqual([
    { issue: ["A", "B"], recordedby: ["A. Bird", "B. Bird"] },
    { issue: null, recordedby: null },
    { issue: ["A"], recordedby: ["Émile"] },
  ]);
});
