import { describe, expect, it } from "vitest";
import { openEngine } from "../engine/index.ts";
import { duckdbType } from "./duckdb-type.ts";
import { hiveType } from "./index.ts";

describe("the DuckDB type of a Hive type", () => {
  it.each([
    "int",
    "double",
    "decimal(20,0)",
    "array<string>",
    "array<struct<array_element:string>>",
    "map<string,array<int>>",
    "struct<a:int,b c:date,d:map<string,decimal(4,2)>>",
    "binary",
  ])("of %s gives it back", async (type) => {
    const engine = await openEngine();
    const [column] = await engine.columns(`SELECT NULL::${duckdbType(type)} AS c`);
    engine.close();
    expect(hiveType(column?.type ?? "")).toBe(type);
  });

  it("is text where there is none", () => {
    expect(duckdbType("uniontype<int,string>")).toBe("VARCHAR");
  });
});
