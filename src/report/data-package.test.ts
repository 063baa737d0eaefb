import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { runPython } from "../../test/support/python.ts";
import { reportSample } from "../../test/support/report-sample.ts";
import { openEngine } from "../engine/index.ts";
import { writeDataPackage } from "./data-package.ts";
import { describeLicence } from "./licence.ts";
import type { TableMeta } from "./table-meta.ts";

const validate = `
import sys, json, frictionless
report = frictionless.validate(sys.argv[1])
print(json.dumps({"valid": report.valid, "resources": len(report.tasks), "rows": sum(task.stats.get("rows") or 0 for task in report.tasks),
  "errors": [f"{task.name}: {error.message}" for task in report.tasks for error in task.errors] + [error.message for error in report.errors]}))`;

type Validation = { valid: boolean; resources: number; rows: number; errors: string[] };

describe("the data package", async () => {
  const folder = temporaryFolder();
  const engine = await openEngine();
  const { facts, tablesFolder } = await reportSample(engine, folder, { species: 60 });
  const names = [...new Set(readdirSync(tablesFolder).map((file) => file.replace(/\.[a-z]+$/, "")))];
  const tables: TableMeta[] = [];
  for (const name of names) {
    const columns = await engine.columns(
      `SELECT * FROM read_parquet('${join(tablesFolder, `${name}.parquet`)}')`,
    );
    const files = ["parquet", "csv"].map((format) => {
      const path = `tables/${name}.${format}`;
      const sha256 = createHash("sha256")
        .update(readFileSync(join(folder, path)))
        .digest("hex");
      return { path, bytes: statSync(join(folder, path)).size, sha256 };
    });
    const primaryKey =
      columns.some((column) => column.name === "region_id") && name.endsWith("_counts")
        ? ["region_id"]
        : undefined;
    tables.push({
      name,
      title: name,
      primaryKey,
      files,
      columns: columns.map((column) => ({ ...column, description: `The ${column.name}.` })),
    });
  }
  engine.close();
  const outPath = join(folder, "datapackage.json");

  it("is valid by frictionless, every row of every CSV file against its schema", async () => {
    await writeDataPackage({ facts, tables, outPath });
    const answer = runPython<Validation>(validate, [outPath]);
    expect(answer.errors).toEqual([]);
    expect(answer.valid).toBe(true);
    expect(answer.resources).toBe(2 * names.length);
    expect(answer.rows).toBeGreaterThan(3_231);
  });

  it("notices a file that is not what it was", async () => {
    const file = join(tablesFolder, "dropped.csv");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, before.replace(/\d+\n/, "many\n"));
    expect(runPython<Validation>(validate, [outPath]).valid).toBe(false);
    writeFileSync(file, before);
  });

  it("names the licence that the result inherits, the sources, and what is invented", () => {
    const written = JSON.parse(readFileSync(outPath, "utf8"));
    expect(written.licenses).toEqual([
      {
        name: "CC-BY-NC-4.0",
        title: "CC BY-NC 4.0",
        path: "https://creativecommons.org/licenses/by-nc/4.0/",
      },
    ]);
    expect(written.sources[0]).toEqual({
      title: facts.source.citation,
      path: "https://doi.org/10.15468/dl.sample",
    });
    expect(written.title).toContain("invented");
    expect(
      written.resources.find((one: { name: string }) => one.name === "county_counts.csv").schema.primaryKey,
    ).toEqual(["region_id"]);
  });

  it("takes parts of one table, columns of every kind, odd names and nothing at all", async () => {
    const types = [
      "VARCHAR",
      "VARCHAR[]",
      "BIGINT",
      "DOUBLE",
      "DECIMAL(9,2)",
      "BOOLEAN",
      "DATE",
      "TIMESTAMP WITH TIME ZONE",
      "BLOB",
      "STRUCT(a INTEGER)",
    ];
    const columns = types.map((type, i) => ({ name: `c${i}`, type, description: "" }));
    const parts = ["a", "b"].map((part) => ({ path: `occurrences/${part}.parquet` }));
    for (const { path } of parts) {
      const { mkdirSync } = await import("node:fs");
      mkdirSync(join(folder, "occurrences"), { recursive: true });
      writeFileSync(join(folder, path), "x");
    }
    await writeDataPackage({
      facts: {
        ...facts,
        title: "Été & <birds>",
        source: { ...facts.source, strictestLicence: null, doi: undefined, citation: undefined },
      },
      tables: [
        { name: "Occurrences of Été", columns, files: parts },
        { name: "occurrences-of-t", columns: [], files: parts },
      ],
      outPath,
    });
    const written = JSON.parse(readFileSync(outPath, "utf8"));
    expect(written.licenses).toBeUndefined();
    expect(written.resources[0].schema.fields.map(({ type }: { type: string }) => type)).toEqual([
      "string",
      "array",
      "integer",
      "number",
      "number",
      "boolean",
      "date",
      "datetime",
      "any",
      "object",
    ]);
    expect(runPython<Validation>(validate, [outPath]).errors).toEqual([]);
    await writeDataPackage({ facts, tables: [], outPath });
    expect(JSON.parse(readFileSync(outPath, "utf8")).resources).toEqual([]);
  });
});

describe("licences", () => {
  it("are recognised however they are written, and never taken for a laxer one", () => {
    const name = (text: string) => describeLicence(text).name;
    expect(
      ["CC0_1_0", "http://creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0"].map(name),
    ).toEqual(["CC0 1.0", "CC0 1.0", "CC0 1.0"]);
    expect(["CC_BY_4_0", "http://creativecommons.org/licenses/by/4.0/legalcode"].map(name)).toEqual([
      "CC BY 4.0",
      "CC BY 4.0",
    ]);
    expect(["CC_BY_NC_4_0", "http://creativecommons.org/licenses/by-nc/4.0/legalcode"].map(name)).toEqual([
      "CC BY-NC 4.0",
      "CC BY-NC 4.0",
    ]);
    expect(["CC BY-SA 4.0", "CC-BY-NC-ND 4.0", "All rights reserved"].map(name)).toEqual([
      "CC BY-SA 4.0",
      "CC-BY-NC-ND 4.0",
      "All rights reserved",
    ]);
    expect(name("UNSPECIFIED")).toBe("No licence stated");
  });
});
