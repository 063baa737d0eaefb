import { describe, expect, it } from "vitest";
import { openEngine } from "../../engine/index.ts";
import { mergeSchemas, widest } from "./merge-schemas.ts";

describe("the schema of files that differ", () => {
  it("is as wide as DuckDB itself makes it when it reads them together", async () => {
    const engine = await openEngine();
    const kinds = [
      ["TINYINT", "UTINYINT", "INTEGER", "UINTEGER", "BIGINT", "DOUBLE", "VARCHAR"],
      ["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "VARCHAR"],
      ["VARCHAR[]", "BOOLEAN[]"],
    ];
    for (const types of kinds) {
      for (const a of types) {
        for (const b of types) {
          const [column] = await engine.columns(`SELECT NULL::${a} AS c UNION ALL SELECT NULL::${b}`);
          expect(`${a} ${b} ${widest(a, b)}`).toBe(`${a} ${b} ${column?.type}`);
        }
      }
    }
    expect(widest("INTEGER", "DATE")).toBe("VARCHAR");
    engine.close();
  });

  it("does not depend on the order of the files but for the order of equals", () => {
    const file = (uri: string, ...names: string[]) => ({
      uri,
      columns: names.map((name) => ({ name, type: "BIGINT" })),
    });
    const files = [file("1", "a", "b"), file("2", "A", "B"), file("3", "a", "c")];
    const merged = mergeSchemas(files);
    expect(merged.columns.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(mergeSchemas([...files].reverse()).columns.map(({ name }) => name.toLowerCase())).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(merged.drift).toMatchObject([
      { file: "3", files: 1, added: [{ name: "c" }], removed: [{ name: "b" }] },
    ]);
    expect(mergeSchemas([])).toEqual({ columns: [], drift: [] });
  });
});
