import { describe, expect, it } from "vitest";
import { postgresHiveType } from "./postgres-hive-type.ts";

describe("the Hive type of a PostgreSQL column", () => {
  it.each([
    ["bool", "boolean", "boolean"],
    ["int2", "smallint", "smallint"],
    ["int4", "integer", "int"],
    ["int8", "bigint", "bigint"],
    ["float4", "real", "float"],
    ["float8", "double precision", "double"],
    ["numeric", "numeric(10,2)", "decimal(10,2)"],
    ["numeric", "numeric", "decimal(38,18)"],
    ["numeric", "numeric(3,-2)", "decimal(5,0)"],
    ["numeric", "numeric(2,5)", "decimal(5,5)"],
    ["numeric", "numeric(60,10)", "string"],
    ["varchar", "character varying(20)", "string"],
    ["date", "date", "date"],
    ["timestamptz", "timestamp with time zone", "timestamp"],
    ["time", "time without time zone", "string"],
    ["bytea", "bytea", "binary"],
    ["jsonb", "jsonb", "string"],
    ["geometry", "gis.geometry(MultiPolygon,4326)", "string"],
  ])("of %s (%s) is %s's", (name, formatted, hive) => {
    expect(postgresHiveType({ name, formatted, isArray: false })).toBe(hive);
  });

  it("of an array is an array of its elements'", () => {
    expect(postgresHiveType({ name: "_int8", formatted: "bigint[]", isArray: true })).toBe("array<bigint>");
    expect(postgresHiveType({ name: "_numeric", formatted: "numeric(5,1)[]", isArray: true })).toBe(
      "array<decimal(5,1)>",
    );
    expect(postgresHiveType({ name: "_text", formatted: "text[]", isArray: true })).toBe("array<string>");
  });
});
