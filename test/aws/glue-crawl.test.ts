import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { glueActions, glueCatalog } from "../../src/aws/glue/index.ts";
import { connect, iamActions, s3Store } from "../../src/aws/index.ts";
import {
  type Catalog,
  crawl,
  openCatalogTable,
  profileTable,
  queryCatalog,
  type Table,
} from "../../src/catalog/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { makeZip } from "../occurrence/zip-writer.ts";
import { noEmulator } from "../support/emulator.ts";
import { temporaryFolder } from "../support/paths.ts";
import { bisonflowOn, type Lake, openLake } from "../support/trino-lake.ts";

const folder = temporaryFolder();
const bucket = "gbif-open-data-us-east-1";
const snapshot = "occurrence/2026-11-01/occurrence.parquet";
// Two row groups a file, of columns that do not pack well.
const wide = `SELECT i::VARCHAR AS gbifid, 'd' AS datasetkey, (i % 50)::VARCHAR AS specieskey, hash(i) % 1000 / 7.0 AS lat,
  hash(i + 1)::VARCHAR || hash(i + 2)::VARCHAR AS locality, [hash(i)::VARCHAR] AS issue FROM range(200000) t(i)`;
let lake: Lake;
let fileBytes = 0;

beforeAll(async () => {
  if (noEmulator) return;
  lake = await openLake();
  const s3 = connect(S3Client, lake.access, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  writeFileSync(
    join(folder, "x.csv"),
    "gbifID,countryCode,decimalLatitude,decimalLongitude,species\n1,US,40,-89,Ara ara\n",
  );
  await lake.put("wide", { "part-0.parquet": wide, "part-1.parquet": wide });
  // As GBIF has it: open to everybody.
  const ACL = "public-read";
  const Body = await lake.store.read("s3://lake/wide/part-0.parquet");
  fileBytes = Body.length;
  for (const name of ["000000", "000001"])
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${snapshot}/${name}`, Body, ACL }));
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: "occurrence/2026-11-01/citation.txt",
      Body: "GBIF.org",
      ACL,
    }),
  );
  await crawl(lake.store, lake.catalog, { folder: "s3://lake/wide/", database: "birds" });
});
afterAll(() => lake?.stop());

async function table(catalog: Catalog, database: string, name: string): Promise<Table> {
  const found = await catalog.getTable(database, name);
  if (found === undefined) throw new Error(`no table ${database}.${name}`);
  return found;
}

/** Bytes that a piece of work moves out of S3. */
async function moved(work: (store: Lake["store"]) => Promise<unknown>): Promise<number> {
  const store = s3Store(lake.access, { stagingFolder: join(folder, "staged") });
  await work(store);
  return store.traffic?.().bytesRead ?? Number.NaN;
}

const asked = (sql: string) => async (store: Lake["store"]) => {
  const answer = await queryCatalog({ catalog: lake.catalog, store, sql });
  const rows: (string | null)[][] = [];
  for await (const row of answer.texts()) rows.push(row);
  await answer.close();
  expect(rows).toMatchObject(sql.includes("count(") ? [["400000"]] : [[expect.any(String)]]);
};

describe.skipIf(noEmulator)(`tables on S3${noEmulator === false ? "" : `: ${noEmulator}`}`, () => {
  it("are crawled by their footers alone", async () => {
    const bytes = await moved((store) =>
      crawl(store, lake.catalog, { folder: "s3://lake/wide/", database: "again" }),
    );
    expect(bytes).toBeLessThan(fileBytes / 10);
  });

  it("move the columns that a query reads, and footers alone where these answer", async () => {
    expect(await moved(asked("SELECT count(*) FROM birds.wide"))).toBeLessThan(fileBytes / 10);
    const engine = await openEngine();
    const staged = await lake.store.stage("s3://lake/wide/part-0.parquet");
    const { bytes } = await engine.row<{ bytes: bigint }>(
      `SELECT sum(total_compressed_size) AS bytes FROM parquet_metadata('${staged.path}') WHERE path_in_schema = 'lat'`,
    );
    await staged.release();
    engine.close();
    // Of the other database's table of this name nothing is moved.
    const oneColumn = await moved(asked("SELECT sum(lat) FROM birds.wide WHERE lat >= 0"));
    const footers = await moved(asked("SELECT count(*) FROM birds.wide"));
    expect(oneColumn).toBeGreaterThan(2 * Number(bytes));
    // The footers come twice: to know the columns, and with the columns.
    expect(oneColumn).toBeLessThan(1.05 * (2 * Number(bytes)) + 2 * footers);
  });

  it("show their first rows without being fetched whole, and a profile from a sample", async () => {
    const engine = await openEngine();
    let rows = 0;
    const first = await moved(async (store) => {
      const source = await openCatalogTable(engine, store, await table(lake.catalog, "birds", "wide"));
      rows = (await engine.rows(`SELECT * FROM ${await source.firstRows(10)} LIMIT 10`)).length;
      await source.release();
    });
    expect(rows).toBe(10);
    expect(first).toBeLessThan(1.3 * fileBytes);
    const source = await openCatalogTable(engine, lake.store, await table(lake.catalog, "birds", "wide"));
    const profile = await profileTable(engine, source, { sampleRows: 1600 });
    await source.release();
    engine.close();
    expect(profile).toMatchObject({ rows: { value: 400_000, isExact: true }, basis: { kind: "spread" } });
    expect(profile.columns.find(({ name }) => name === "lat")?.nulls).toMatchObject({
      value: 0,
      from: "footer",
    });
  });

  it("are asked by partition, with the keys of their folders", async () => {
    await lake.put("keyed", {
      "year=2023/state=New%20York/a.parquet": "SELECT 1 AS n",
      "year=2024/state=Ohio/b.parquet": "SELECT 2 AS n",
    });
    await crawl(lake.store, lake.catalog, { folder: "s3://lake/keyed", database: "birds" });
    const { store, catalog } = lake;
    const sql = "SELECT n, year, state FROM keyed ORDER BY n";
    const answer = await queryCatalog({ catalog, store, sql });
    const rows: (string | null)[][] = [];
    for await (const row of answer.texts()) rows.push(row);
    await answer.close();
    expect(rows).toEqual([
      ["1", "2023", "New York"],
      ["2", "2024", "Ohio"],
    ]);
  });

  it("need exactly the rights in Glue that are declared, from nothing to gone", async () => {
    const calls = new Set<string>();
    const catalog = glueCatalog({
      ...lake.access,
      record: ({ service, operation }) => {
        for (const action of iamActions(service, operation)) calls.add(action);
      },
    });
    const options = { folder: "s3://lake/life", database: "life" };
    await lake.put("life", { "t/y=1/a.parquet": "SELECT 1 AS n", "t/y=2/a.parquet": "SELECT 1 AS n" });
    await lake.put("life", { "u/b.parquet": "SELECT 1 AS n" });
    await crawl(lake.store, catalog, options);
    await lake.put("life", { "t/y=1/a.parquet": "SELECT 1 AS n FROM range(3)", "t/z.txt": "" });
    await lake.store.remove("s3://lake/life/t/y=2/a.parquet");
    await lake.store.remove("s3://lake/life/u/b.parquet");
    const { tables } = await crawl(lake.store, catalog, options);
    expect(tables.map(({ name, change }) => `${name} ${change}`)).toEqual(["b gone", "t updated"]);
    await catalog.listDatabases();
    expect([...calls].sort()).toEqual(glueActions.map(({ action }) => action).sort());
  });
});

describe.skipIf(noEmulator)("the command line on S3", () => {
  const local = () => ["--catalog", join(folder, "catalog")];
  const nobody = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
  const run = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { status, stdout, stderr } = await bisonflowOn(lake, args, env);
    return { status, stdout, error: stderr.trim() === "" ? undefined : JSON.parse(stderr).error };
  };

  it("crawls, previews and asks a public snapshot without credentials", async () => {
    const folderAbove = `s3://${bucket}/occurrence/2026-11-01/`;
    const crawled = await run(["crawl", folderAbove, ...local(), "--json"], nobody);
    expect(crawled.error).toBeUndefined();
    expect(JSON.parse(crawled.stdout)).toMatchObject({
      database: "bison_metadata",
      tables: [{ name: "gbif_odr_occurrence_parquet", rows: 400_000, files: 2 }],
      strays: [{ uri: `${folderAbove}citation.txt` }],
    });
    const sql = ["sql", "SELECT specieskey, count(*) AS n FROM gbif_odr_occurrence_parquet GROUP BY 1"];
    const counted = await run([...sql, "--limit", "1", ...local(), "--json"], nobody);
    expect(JSON.parse(counted.stdout)).toMatchObject([{ n: 8000 }]);
    for (const name of ["gbif_odr_occurrence_parquet", `s3://${bucket}/${snapshot}/`]) {
      const previewed = await run(["preview", name, ...local(), "--rows", "3", "--json"], nobody);
      expect(JSON.parse(previewed.stdout)).toMatchObject({ files: 2, profile: { rows: { value: 400_000 } } });
      expect(JSON.parse(previewed.stdout).rows).toHaveLength(3);
    }
  });

  it("shows and asks a private table of Glue", async () => {
    const glue = ["--catalog", "glue", "--json"];
    const shown = await run(["catalog", "show", "birds.wide", ...glue]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ Name: "wide", TableType: "EXTERNAL_TABLE" });
    const listed = await run(["sql", "SHOW ALL TABLES", ...glue]);
    expect(JSON.parse(listed.stdout).map(({ name }: { name: string }) => name)).toContain("wide");
    const counted = await run(["sql", "SELECT count(*) AS n FROM birds.wide", ...glue]);
    expect(JSON.parse(counted.stdout)).toEqual([{ n: 400_000 }]);
    const previewed = await run(["preview", "birds.wide", "--no-profile", ...glue]);
    expect(JSON.parse(previewed.stdout).rows).toHaveLength(10);
  });

  it("previews a packed archive in a bucket", async () => {
    await lake.store.publishBytes(
      makeZip([{ name: "0001.csv", content: readFileSync(join(folder, "x.csv")) }]),
      "s3://lake/x.zip",
    );
    const previewed = await run(["preview", "s3://lake/x.zip", "--no-profile", "--json"]);
    expect(previewed.error).toBeUndefined();
    expect(JSON.parse(previewed.stdout)).toMatchObject({
      name: "s3://lake/x.zip",
      rows: [{ countrycode: "US" }],
    });
  });

  it("says in people's words what a crawl did and what it left", async () => {
    await lake.put("mixed", { "part-0.parquet": "SELECT 1 AS n", "part-1.parquet": "SELECT 2.5 AS n" });
    await lake.put("mixed", { "notes.md": "# words" });
    const args = ["crawl", "s3://lake/mixed", "--catalog", "glue", "--database", "mixed"];
    const first = await bisonflowOn(lake, args);
    expect(first.stdout).toMatch(/part-1\.parquet n is DECIMAL\(2,1\) instead of INTEGER/);
    expect(first.stdout).toMatch(/cannot read mixed: they read whole folders, and\s+notes\.md lies/);
    expect(first.stdout).toMatch(/Not a table: notes\.md/);
    expect(first.stdout).toMatch(/Moved [\d.]+ k?B from S3, by \d+ requests/);
    const record = await table(lake.catalog, "mixed", "mixed");
    const { StorageDescriptor } = record;
    const Columns = [{ Name: "n", Type: "string" }];
    await lake.catalog.putTable({ ...record, StorageDescriptor: { ...StorageDescriptor, Columns } });
    const second = await bisonflowOn(lake, [...args, "--links", "s3://lake/links"]);
    expect(second.stderr).toBe("");
    expect(second.stdout).toMatch(/changed in the catalog by hand, and kept: n is string/);
    const lines = await lake.store.read("s3://lake/links/mixed/mixed/links.txt");
    expect(Buffer.from(lines).toString()).toBe(
      "s3://lake/mixed/part-0.parquet\ns3://lake/mixed/part-1.parquet\n",
    );
  });

  it.each([
    ["a folder that is not there", ["crawl", "s3://lake/nowhere/"], {}, "folder-empty"],
    ["a bucket that is not there", ["crawl", "s3://no-such-bucket-here/x/"], {}, "bucket-not-found"],
    [
      "a database that is not there",
      ["catalog", "list", "none", "--catalog", "glue"],
      {},
      "catalog-entry-not-found",
    ],
    ["a table that is not there", ["preview", "birds.none", "--catalog", "glue"], {}, "preview-not-found"],
    ["no credentials", ["catalog", "list", "--catalog", "glue"], nobody, "aws-credentials-missing"],
    [
      "nobody listening",
      ["catalog", "list", "--catalog", "glue"],
      { AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
      "aws-unreachable",
    ],
    ["a folder here for Glue", ["crawl", ".", "--catalog", "glue"], {}, "catalog-needs-s3"],
    [
      "a result here for Glue",
      ["run", "--occurrences", join(folder, "x.csv"), "--out", join(folder, "here"), "--catalog", "glue"],
      {},
      "catalog-needs-s3",
    ],
    ["lists that would not be on S3", ["crawl", "s3://lake/wide/", "--links", "here"], {}, "links-not-on-s3"],
    ["neither folder nor crawler", ["crawl"], {}, "folder-missing"],
    ["a folder for a crawler", ["crawl", "s3://lake/wide/", "--crawler", "c"], {}, "crawler-has-its-own"],
    ["a crawler that is not there", ["crawl", "--crawler", "none"], {}, "crawler-not-found"],
  ])("refuses %s", async (_, args, env, code) => {
    const { status, error } = await run([...args, "--json"], env);
    expect(error).toMatchObject({ code });
    expect(error.hint).not.toBe("");
    expect([2, 4]).toContain(status);
  });
});
