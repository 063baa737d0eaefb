import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { noSharedData, sharedFile, temporaryFolder } from "../../../test/support/paths.ts";
import { literal, openEngine } from "../../engine/index.ts";
import { localStore } from "../../store/index.ts";
import { type CrawlResult, crawl, localCatalog } from "../index.ts";

const scratch = temporaryFolder();

/** A fresh folder with Parquet files made by these queries. */
async function layout(files: Record<string, string>): Promise<string> {
  const folder = join(mkdtempSync(join(scratch, "layout-")), "birds");
  const engine = await openEngine();
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (content.startsWith("SELECT"))
      await engine.run(
        `COPY (${content}) TO ${literal(path)} (FORMAT ${/csv$/.test(name) ? "csv" : "parquet"})`,
      );
    else writeFileSync(path, content);
  }
  engine.close();
  return folder;
}

async function crawled(folder: string, catalogFolder = join(mkdtempSync(join(scratch, "catalog-")))) {
  const catalog = localCatalog(catalogFolder);
  const result = await crawl(localStore(), catalog, { folder });
  return { catalog, catalogFolder, result };
}

const brief = ({ tables }: CrawlResult) =>
  tables.map(({ name, change, rows, files }) => `${name} ${change} ${rows} in ${files}`);
const row = "SELECT 1::BIGINT AS gbifid, 'x' AS species, 2.5 AS lat, ['A'] AS issue";

describe("a crawl", () => {
  it("makes one table of the parts of a folder, with the types, figures and words of Glue", async () => {
    const folder = await layout({ "part-00000.parquet": row, "part-00001.parquet": row });
    const { catalog, result } = await crawled(folder);
    expect(result).toMatchObject({
      database: "bison_metadata",
      databaseCreated: true,
      strays: [],
      unreadable: [],
    });
    expect(brief(result)).toEqual(["birds added 2 in 2"]);
    const table = await catalog.getTable("bison_metadata", "birds");
    expect(table).toMatchObject({
      TableType: "EXTERNAL_TABLE",
      PartitionKeys: [],
      Parameters: {
        classification: "parquet",
        compressionType: "none",
        typeOfData: "file",
        objectCount: "2",
        recordCount: "2",
      },
      StorageDescriptor: {
        Location: `${folder}/`,
        InputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        SerdeInfo: {
          SerializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
          Parameters: { "serialization.format": "1" },
        },
        Columns: [
          { Name: "gbifid", Type: "bigint" },
          { Name: "species", Type: "string" },
          { Name: "lat", Type: "decimal(2,1)" },
          { Name: "issue", Type: "array<string>" },
        ],
      },
    });
  });

  it("is not split by what lies beside the data", async () => {
    const folder = await layout({
      "part-0.parquet": row,
      "part-1.parquet": row,
      "citation.txt": "GBIF.org (2026), one two\tthree",
      _SUCCESS: "",
      "._SUCCESS.crc": "crc",
      ".part-0.parquet.crc": "crc",
      "notes.json": "{}",
      "README.md": "# words",
      "empty.csv": "",
      "_delta_log/0.json": "{}",
      "statistics.parquet": "SELECT 'mean' AS statistic, 4 AS value",
    });
    const { catalog, result } = await crawled(folder);
    expect(brief(result)).toEqual(["birds added 2 in 2", "statistics added 1 in 1"]);
    expect(result.strays.map(({ uri, reason }) => `${uri.slice(folder.length + 1)} ${reason}`)).toEqual([
      "README.md is of another kind",
      "citation.txt is prose",
      "empty.csv is empty",
      "notes.json is of another kind",
    ]);
    expect((await catalog.getTable("bison_metadata", "birds"))?.Parameters.exclusions).toBe(
      '["statistics.parquet"]',
    );
  });

  it("reads key=value folders as partition keys and folders alike as partition_0", async () => {
    const keyed = await layout({
      "year=2023/state=New%20York/a.parquet": row,
      "year=2024/state=Ohio/b.parquet": row,
      "year=2024/state=Ohio/c.parquet": row,
    });
    const first = await crawled(keyed);
    expect(brief(first.result)).toEqual(["birds added 3 in 3"]);
    expect(first.result.tables[0]).toMatchObject({
      partitionKeys: ["year", "state"],
      partitions: { added: 2 },
    });
    const partitions = await first.catalog.listPartitions("bison_metadata", "birds");
    expect(partitions.map(({ Values, Parameters }) => [...Values, Parameters?.recordCount])).toEqual([
      ["2023", "New York", "1"],
      ["2024", "Ohio", "2"],
    ]);
    expect(partitions[0]?.StorageDescriptor.Location).toBe(`${keyed}/year=2023/state=New%20York/`);

    const plain = await layout({ "us/part-0.parquet": row, "ca/part-0.parquet": row });
    expect((await crawled(plain)).result.tables[0]).toMatchObject({
      name: "birds",
      partitionKeys: ["partition_0"],
    });

    const unlike = await layout({ "us/part-0.parquet": row, "tools/part-0.parquet": "SELECT 1 AS hammer" });
    expect(brief((await crawled(unlike)).result)).toEqual(["tools added 1 in 1", "us added 1 in 1"]);
  });

  it("reports how the files of a table differ, and holds them all", async () => {
    const folder = await layout({
      "part-0.parquet": row,
      "part-1.parquet": row,
      "part-2.parquet":
        "SELECT 1.5::DOUBLE AS gbifid, 'x' AS species, ['A'] AS issue, DATE '2026-01-01' AS day",
    });
    const { catalog, result } = await crawled(folder);
    expect(result.tables[0]?.drift).toEqual([
      {
        file: `${folder}/part-2.parquet`,
        files: 1,
        added: [{ name: "day", type: "DATE" }],
        removed: [{ name: "lat", type: "DECIMAL(2,1)" }],
        changed: [{ name: "gbifid", usual: "BIGINT", seen: "DOUBLE" }],
      },
    ]);
    const table = await catalog.getTable("bison_metadata", "birds");
    expect(table?.StorageDescriptor.Columns.map(({ Name, Type }) => `${Name} ${Type}`)).toEqual([
      "gbifid double",
      "species string",
      "lat decimal(2,1)",
      "issue array<string>",
      "day date",
    ]);
  });

  it("takes the outputs of a run apart: one table a file, text twins left out", async () => {
    const counts = "SELECT 'a' AS region_id, 1::BIGINT AS occ_count";
    const folder = await layout({
      "manifest.json": "{}",
      "report.html": "<html>",
      "occurrences/part-00000.parquet": row,
      "tables/county_counts.parquet": counts,
      "tables/county_counts.csv": counts,
      "tables/state_counts.parquet": counts,
      "maps/county.parquet": "SELECT 'a' AS region_id, 'b'::BLOB AS geometry",
      "work/part-0.parquet": "SELECT 1 AS scratch",
    });
    const { result } = await crawled(folder);
    expect(brief(result)).toEqual([
      "county added 1 in 1",
      "county_counts added 1 in 1",
      "occurrences added 1 in 1",
      "state_counts added 1 in 1",
    ]);
    expect(result.tables[1]?.location).toBe(`${folder}/tables/county_counts.parquet`);
    expect(result.strays.map(({ reason }) => reason)).toContain(
      "is the text form of the Parquet file beside it",
    );
  });

  it("says the second time what changed, and keeps what people wrote", async () => {
    const folder = await layout({
      "a/x.parquet": row,
      "b/y.parquet": "SELECT 1 AS p",
      "c/z.parquet": "SELECT 2 AS q",
    });
    const { catalog, catalogFolder, result } = await crawled(folder);
    expect(brief(result)).toEqual(["x added 1 in 1", "y added 1 in 1", "z added 1 in 1"]);
    const x = await catalog.getTable("bison_metadata", "x");
    if (x === undefined) throw new Error("no table x");
    await catalog.putTable({
      ...x,
      Description: "Mine.",
      Parameters: { ...x.Parameters, owner: "me" },
      StorageDescriptor: {
        ...x.StorageDescriptor,
        Columns: x.StorageDescriptor.Columns.map((column) => ({
          ...column,
          Comment: `about ${column.Name}`,
        })),
      },
    });
    await catalog.putTable({ ...x, Name: "by_hand", Parameters: {} });
    rmSync(join(folder, "c"), { recursive: true });
    const engine = await openEngine();
    await engine.run(`COPY (SELECT 1 AS p, 2 AS q FROM range(3)) TO ${literal(join(folder, "b/y.parquet"))}`);
    engine.close();
    const { result: second } = await crawled(folder, catalogFolder);
    expect(second.databaseCreated).toBe(false);
    expect(brief(second)).toEqual(["x unchanged 1 in 1", "y updated 3 in 1", "z gone 0 in 0"]);
    expect(await catalog.getTable("bison_metadata", "x")).toMatchObject({
      Description: "Mine.",
      Parameters: { owner: "me" },
      StorageDescriptor: { Columns: [{ Comment: "about gbifid" }, {}, {}, {}] },
    });
    expect((await catalog.listTables("bison_metadata")).map(({ Name }) => Name)).toEqual([
      "by_hand",
      "x",
      "y",
    ]);
  });

  it("lists a broken file and goes on; the table it was of stays", async () => {
    const folder = await layout({ "a/x.parquet": row, "b/y.parquet": "SELECT 1 AS p" });
    const { catalogFolder } = await crawled(folder);
    truncateSync(join(folder, "b/y.parquet"), 40);
    const { catalog, result } = await crawled(folder, catalogFolder);
    expect(brief(result)).toEqual(["x unchanged 1 in 1"]);
    expect(result.unreadable).toEqual([
      { uri: join(folder, "b/y.parquet"), reason: expect.stringMatching(/^cannot be read: /) },
    ]);
    expect(await catalog.getTable("bison_metadata", "y")).toBeDefined();
  });

  it("refuses an empty folder, a missing one and one without tables", async () => {
    const empty = mkdtempSync(join(scratch, "empty-"));
    await expect(crawled(empty)).rejects.toMatchObject({ name: "UserError", code: "folder-empty" });
    await expect(crawled(join(empty, "none"))).rejects.toMatchObject({ code: "folder-empty" });
    writeFileSync(join(empty, "words.md"), "# none");
    await expect(crawled(empty)).rejects.toMatchObject({ code: "no-tables-found" });
  });

  it("reads text files: separator, header, types", async () => {
    const folder = await layout({
      "species.csv": 'key,name,"n, of"\n1,a,2.5\n2,b,\n',
      "sites.tsv": 'id\tplace\n1\t"quoted\n',
      "x.txt": "a\tb\n1\t2\n",
    });
    const { catalog, result } = await crawled(folder);
    expect(brief(result)).toEqual(["sites added 1 in 1", "species added 2 in 1", "x added 1 in 1"]);
    expect(await catalog.getTable("bison_metadata", "species")).toMatchObject({
      Parameters: { classification: "csv", delimiter: ",", "skip.header.line.count": "1" },
      StorageDescriptor: {
        Columns: [
          { Name: "key", Type: "bigint" },
          { Name: "name", Type: "string" },
          { Name: "n, of", Type: "double" },
        ],
      },
    });
  });
});

describe.skipIf(noSharedData)("a crawl of real snapshot files", () => {
  it("names a snapshot's table as BISON does, from files without an ending", async () => {
    const folder = join(mkdtempSync(join(scratch, "snapshot-")), "2026-11-01");
    mkdirSync(join(folder, "occurrence.parquet"), { recursive: true });
    writeFileSync(join(folder, "citation.txt"), "GBIF.org");
    copyFileSync(
      sharedFile("occurrences/snapshot-schema-2024-late.parquet"),
      join(folder, "occurrence.parquet/000000"),
    );
    copyFileSync(
      sharedFile("occurrences/snapshot-schema-2024-late.parquet"),
      join(folder, "occurrence.parquet/000001"),
    );
    const { result } = await crawled(folder);
    expect(brief(result)).toEqual(["gbif_odr_occurrence_parquet added 20 in 2"]);
    const inside = await crawled(join(folder, "occurrence.parquet"));
    expect(brief(inside.result)).toEqual(["gbif_odr_occurrence_parquet added 20 in 2"]);
  });

  it("holds three years' column types in one table and reports what changed", async () => {
    const folder = join(mkdtempSync(join(scratch, "years-")), "snapshots");
    mkdirSync(folder);
    for (const year of ["2021", "2024-03", "2024-late"]) {
      copyFileSync(
        sharedFile(`occurrences/snapshot-schema-${year}.parquet`),
        join(folder, `${year}.parquet`),
      );
    }
    const { result } = await crawled(folder);
    expect(brief(result)).toEqual(["snapshots added 1020 in 3"]);
    expect(result.tables[0]?.drift.flatMap(({ changed }) => changed.map(({ name }) => name))).toContain(
      "taxonkey",
    );
  });
});
