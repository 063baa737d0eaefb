import { describe, expect, it } from "vitest";
import { openEngine } from "../engine/index.ts";
import { hiveType, tableName } from "./index.ts";
import { partitionOf } from "./naming.ts";

describe("a Hive type", () => {
  it("is the file's: every type of DuckDB, nested and quoted ones too", async () => {
    const engine = await openEngine();
    const expected: Record<string, string> = {
      "1::TINYINT": "tinyint",
      "1::USMALLINT": "int",
      "1::UINTEGER": "bigint",
      "1::UBIGINT": "bigint",
      "1::HUGEINT": "decimal(38,0)",
      "1.5::FLOAT": "float",
      "1.5::DECIMAL(10,2)": "decimal(10,2)",
      "'x'": "string",
      "uuid()": "binary",
      "TIME '10:00'": "bigint",
      "INTERVAL 1 DAY": "binary",
      "now()": "timestamp",
      "TIMESTAMP_NS '2026-01-01'": "timestamp",
      "DATE '2026-01-01'": "date",
      "'\\xAA'::BLOB": "binary",
      "'a, b'::ENUM('a, b', 'it''s [x]')": "string",
      "['x']": "array<string>",
      "[[1, 2]]": "array<array<int>>",
      "[1, 2]::INTEGER[2]": "array<int>",
      "MAP {'a': [1]}": "map<string,array<int>>",
      "{'a': 1, 'b c': DATE '2026-01-01', 'd(e': ['x']}": "struct<a:int,b c:date,d(e:array<string>>",
      "[{'array_element': 'x'}]": "array<struct<array_element:string>>",
    };
    for (const [value, type] of Object.entries(expected)) {
      const [column] = await engine.columns(`SELECT ${value} AS c`);
      expect(`${value}: ${hiveType(column?.type ?? "")}`).toBe(`${value}: ${type}`);
    }
    engine.close();
    expect(hiveType("SOMETHING NEW <int>")).toBe("string");
  });
});

describe("a table's name", () => {
  it("is what Glue makes of the folder's", () => {
    expect(tableName("occurrence.parquet", "gbif-odr-")).toBe("gbif-odr-occurrence_parquet");
    expect(tableName("My Birds (2026)")).toBe("my_birds__2026_");
    expect(tableName("x".repeat(300))).toHaveLength(255);
  });

  it("names partition keys by the folders, and the rest by depth", () => {
    expect(partitionOf(["Year=2024", "us", "=odd", "state=New%20York", "bad=%zz"])).toEqual([
      { key: "year", value: "2024" },
      { key: "partition_0", value: "us" },
      { key: "partition_1", value: "=odd" },
      { key: "state", value: "New York" },
      { key: "bad", value: "%zz" },
    ]);
  });
});
