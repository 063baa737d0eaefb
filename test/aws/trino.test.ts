import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { crawl, type Table } from "../../src/catalog/index.ts";
import { noEmulator } from "../support/emulator.ts";
import { noSharedData, root, sharedFile, temporaryFolder } from "../support/paths.ts";
import { sampleRegister, writeSampleRecords } from "../support/sample-records.ts";
import { noTrino, startTrino, type Trino } from "../support/trino.ts";
import { bisonflowOn, countsByDuckdb, countsByTrino, type Lake, openLake } from "../support/trino-lake.ts";

const snapshot = "s3://lake/occurrence/2026-11-01";
const reason = noTrino || noEmulator;
const folder = temporaryFolder();
let lake: Lake;
let trino: Trino;

beforeAll(async () => {
  if (reason) return;
  lake = await openLake();
  const { endpoint, region, env } = lake.emulator;
  trino = await startTrino({
    endpoint,
    region,
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
  });
});
afterAll(async () => {
  await trino?.stop();
  await lake?.stop();
});

async function tablesOf(database: string): Promise<Table[]> {
  return lake.catalog.listTables(database);
}

/** Every table of a database, all columns, by both engines. */
async function bothAgree(database: string): Promise<string[]> {
  const tables = await tablesOf(database);
  for (const table of tables) {
    const counts = await countsByTrino(trino, table);
    expect({ [table.Name]: counts }).toEqual({ [table.Name]: await countsByDuckdb(lake, table) });
    expect({ [table.Name]: counts["(rows)"] }).toEqual({ [table.Name]: table.Parameters.recordCount });
  }
  return tables.map(({ Name }) => Name);
}

describe.skipIf(reason)(`Trino${reason === false ? "" : `: ${reason}`}`, () => {
  it("reads every table that a run registers", async () => {
    await writeSampleRecords({ folder: join(folder, "records"), files: 2, rows: 3000 });
    await lake.upload(join(folder, "records"), "records");
    writeFileSync(join(folder, "register.csv"), sampleRegister);
    const { status, stderr } = await bisonflowOn(lake, [
      ...["run", "--occurrences", "s3://lake/records/", "--register", join(folder, "register.csv")],
      ...["--out", "s3://lake/birds", "--catalog", "glue", "--cache", join(folder, "cache")],
    ]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const names = await bothAgree("birds");
    expect(names).toContain("occurrences");
    expect(names).toContain("county_counts");
    expect(names.length).toBeGreaterThan(10);
    const options = { folder: "s3://lake/birds", database: "birds" };
    const again = await crawl(lake.store, lake.catalog, options);
    expect(again.tables.map(({ change }) => change)).toEqual(names.map(() => "unchanged"));
  });

  it("reads what a crawl registers: parts, partitions, strays, text, every type", async () => {
    const row = "SELECT i AS id, 'x' || i AS species, [i] AS issue, i / 2 AS lat FROM range(10) t(i)";
    await lake.put("data", {
      "parts/part-0.parquet": row,
      "parts/part-1.parquet": row,
      "keyed/year=2023/state=New%20York/a.parquet": row,
      "keyed/year=2024/state=Ohio/b.parquet": row,
      "plain/us/part-0.parquet": row,
      "plain/ca/part-0.parquet": row,
      "messy/part-0.parquet": row,
      "messy/part-1.parquet": row,
      "messy/citation.txt": "Cite us.",
      "messy/extra.csv": "a,b\n1,2\n",
      "messy/_SUCCESS": "",
      "two/one.parquet": row,
      "two/other.parquet": "SELECT 1 AS hammer",
      "alone/only.parquet": row,
      "keyedmess/year=2023/a.parquet": row,
      "keyedmess/year=2024/b.parquet": row,
      "keyedmess/README.md": "# words",
      "quoted/names.csv":
        'id,name,day,when\n1,"Ara, ara",2024-01-02,2024-01-02T03:04:05\n2,"say ""a\\b""",,\n,,2024-02-03,\n',
      "bare/numbers.csv": "id,name,ratio,flag,day\n1,a,0.5,yes,2024-01-02\n2,,,no,\n3,c,1e3,,2024-01-03\n",
      "tabbed/sites.tsv": 'id\tplace\n1\t"quoted\n2\t\n',
      "packed/x.csv.gz": "SELECT i AS id, 'n' || i AS name FROM range(50) t(i)",
      "types/part-0.parquet": `SELECT true AS b, 1::TINYINT AS ti, 2::SMALLINT AS si, 3::INTEGER AS i, 4::BIGINT AS bi,
        200::UTINYINT AS uti, 60000::USMALLINT AS usi, 4000000000::UINTEGER AS ui, 9::UBIGINT AS ubi,
        1.5::FLOAT AS f, 2.5::DOUBLE AS d, DATE '2024-01-02' AS dt, TIMESTAMP '2024-01-02 03:04:05' AS ts,
        TIMESTAMPTZ '2024-01-02 03:04:05+00' AS tz, TIME '03:04:05' AS tm, uuid() AS uu, INTERVAL 1 DAY AS iv,
        'ab'::BLOB AS bl, 1.25::DECIMAL(4,2) AS d4, 1.25::DECIMAL(38,2) AS d38, ['a'] AS a,
        {'x': 1, 'y': ['z']} AS st, MAP {'k': 1} AS m, [{'array_element': 'x'}] AS ast, 1 AS "order", 2 AS "class"`,
      "drift/part-0.parquet": "SELECT 1::INTEGER AS n, 2.5::FLOAT AS x FROM range(3)",
      "drift/part-1.parquet": "SELECT 2::BIGINT AS n, 2.5::DOUBLE AS x, 'more' AS later FROM range(4)",
    });
    const result = await crawl(lake.store, lake.catalog, {
      folder: "s3://lake/data",
      database: "crawled",
      links: "s3://lake/links",
    });
    expect(result.tables.filter(({ trouble }) => trouble !== undefined)).toEqual([]);
    expect(result.unreadable).toEqual([]);
    expect(result.tables.filter(({ clashes }) => clashes.length > 0)).toEqual([]);
    expect(await bothAgree("crawled")).toMatchInlineSnapshot(`
      [
        "drift",
        "extra",
        "keyed",
        "keyedmess",
        "messy",
        "names",
        "numbers",
        "one",
        "only",
        "other",
        "parts",
        "plain",
        "sites",
        "types",
        "x",
      ]
    `);
    const again = await crawl(lake.store, lake.catalog, {
      folder: "s3://lake/data",
      database: "crawled",
      links: "s3://lake/links",
    });
    expect(new Set(again.tables.map(({ change }) => change))).toEqual(new Set(["unchanged"]));
  });

  it("reads a snapshot crawled from the folder above it, and every statement of docs/guide/athena.md", async () => {
    await lake.upload(join(folder, "records"), "occurrence/2026-11-01/occurrence.parquet");
    await lake.put("occurrence/2026-11-01", { "citation.txt": "GBIF.org (1 November 2026)" });
    const result = await crawl(lake.store, lake.catalog, { folder: "s3://lake/occurrence/2026-11-01" });
    expect(result).toMatchObject({
      database: "bison_metadata",
      tables: [{ name: "gbif_odr_occurrence_parquet", location: `${snapshot}/occurrence.parquet/` }],
      strays: [{ uri: `${snapshot}/citation.txt` }],
    });
    expect(await bothAgree("bison_metadata")).toEqual(["gbif_odr_occurrence_parquet"]);
    const page = readFileSync(join(root, "docs", "guide", "athena.md"), "utf8");
    const statements = [...page.matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = ""]) => sql.trim());
    expect(statements.length).toBeGreaterThan(6);
    for (const statement of statements) {
      const sql = statement.replace(/;$/, "").replaceAll("YOUR-BUCKET", "lake");
      const { rows } = await trino.query(sql);
      expect({ statement, answers: rows.length > 0 }).toEqual({ statement, answers: true });
    }
  });

  it("cannot read what a crawl says it cannot, and nothing else", async () => {
    const pairs = [
      ["1::INTEGER", "2::BIGINT"],
      ["1::INTEGER", "1.5::DECIMAL(3,1)"],
      ["1.5::DECIMAL(3,1)", "2.25::DECIMAL(8,2)"],
      ["1.5::FLOAT", "'x'"],
      ["1.5::DOUBLE", "'x'"],
      ["1", "'x'"],
      ["5::UINTEGER", "7::INTEGER"],
      ["5::BIGINT", "7.5::FLOAT"],
      ["true", "'x'"],
      ["true", "1"],
      ["DATE '2024-01-01'", "'x'"],
      ["DATE '2024-01-01'", "TIMESTAMP '2024-01-01 00:00:00'"],
      ["TIMESTAMP '2024-01-01 00:00:00'", "TIMESTAMPTZ '2024-01-01 00:00:00+00'"],
      ["[1]", "[2::BIGINT]"],
      ["[1]", "['a']"],
      ["['a']", "[{'array_element': 'a'}]"],
      ["{'a': 1}", "{'a': 1, 'b': 2}"],
    ];
    for (const [i, [a, b]] of pairs.entries()) {
      await lake.put(`clash/${i}/p${i}`, {
        "part-0.parquet": `SELECT ${a} AS c`,
        "part-1.parquet": `SELECT ${b} AS c`,
      });
    }
    const { tables } = await crawl(lake.store, lake.catalog, {
      folder: "s3://lake/clash/",
      database: "clash",
    });
    const said = new Map(tables.map(({ name, clashes }) => [name, clashes.length === 0]));
    const seen: Record<string, boolean> = {};
    for (const [i, pair] of pairs.entries()) {
      const read = trino.query(`SELECT c FROM clash.p${i}`).then(
        () => true,
        () => false,
      );
      seen[pair.join(" and ")] = await read;
    }
    const expected = Object.fromEntries(pairs.map((pair, i) => [pair.join(" and "), said.get(`p${i}`)]));
    expect(seen).toEqual(expected);
  });

  it.skipIf(noSharedData)("reads real snapshot files of several years", async () => {
    for (const year of ["2021", "2024-03", "2024-late"]) {
      const file = sharedFile(`occurrences/snapshot-schema-${year}.parquet`);
      await lake.upload(file, `years/${year}/occurrence.parquet/000000`);
      const database = `year_${year.replace("-", "_")}`;
      const result = await crawl(lake.store, lake.catalog, { folder: `s3://lake/years/${year}/`, database });
      expect(result.tables).toMatchObject([{ name: "gbif_odr_occurrence_parquet", drift: [] }]);
      expect(await bothAgree(database)).toEqual(["gbif_odr_occurrence_parquet"]);
    }
  });
});
