import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { openEngine } from "../engine/index.ts";
import { TABLES, tableSchemas } from "./index.ts";
import { writeTable } from "./table-files.ts";
import { rowsQuery } from "./table-queries.ts";

describe("tableSchemas", () => {
  const schemas = tableSchemas({
    layers: [
      { name: "county", overlap: "one" },
      { name: "park", overlap: "all" },
    ],
    matrices: ["county"],
  });

  it("names each layer's tables, and the statistics of layers with a matrix alone", () => {
    expect(schemas.map(({ name }) => name)).toEqual([
      "dropped",
      "county_counts",
      "park_counts",
      "county_x_species_list",
      "park_x_species_list",
      "county_x_species_matrix",
      "county_x_species_site_stats",
      "county_x_species_species_stats",
      "county_x_species_diversity_stats",
      "species_list",
      "placement",
      "register_resolution",
    ]);
  });

  it("gives species_list a column of region counts for each layer", () => {
    const list = schemas.find(({ name }) => name === "species_list");
    expect(list?.columns.map(({ name }) => name).join(" ")).toBe(
      "species_key species kingdom class family occ_count county_count park_count first_year last_year",
    );
  });

  it("leaves no LAYER behind, and keys and sorts by columns that are there", () => {
    expect(JSON.stringify(schemas)).not.toContain("LAYER");
    for (const { columns, primaryKey, sortKeys, name } of [...TABLES, ...schemas]) {
      const names = columns.map((column) => column.name);
      expect(new Set(names).size, name).toBe(names.length);
      expect(names, name).toEqual(expect.arrayContaining([...primaryKey, ...sortKeys]));
    }
  });
});

describe("a table as CSV", () => {
  it("is RFC 4180, tells null from empty, and writes doubles that read back the same", async () => {
    const engine = await openEngine();
    const outFolder = temporaryFolder();
    const columns = [
      { name: "text", type: "VARCHAR", description: "" },
      { name: "value", type: "DOUBLE", description: "" },
    ] as const;
    const rows: [string | null, number | null][] = [
      ['a,"b"', 0.1],
      ["line\nline", 1 / 3],
      ["", 5e-324],
      [null, null],
      ["Ünï", 1.7976931348623157e308],
      [" NULL ", 123456789.12345679],
    ];
    const { files } = await writeTable(engine, {
      schema: { name: "t", title: "", columns, primaryKey: [], sortKeys: [] },
      query: rowsQuery(columns, rows),
      outFolder,
      formats: ["csv"],
    });
    engine.close();
    const written = readFileSync(join(outFolder, "t.csv"), "utf8");
    expect(written).toBe(
      [
        "text,value",
        '"a,""b""",0.1',
        '"line\nline",0.3333333333333333',
        '"",5e-324',
        ",",
        "Ünï,1.7976931348623157e+308",
        " NULL ,123456789.12345679",
        "",
      ].join("\r\n"),
    );
    expect(files).toEqual([
      { path: join(outFolder, "t.csv"), bytes: Buffer.byteLength(written), format: "csv" },
    ]);
  });
});
