import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { literal, openEngine } from "../engine/index.ts";
import { localStore } from "../store/index.ts";
import { crawl, localCatalog, queryCatalog } from "./index.ts";

const folder = temporaryFolder();
const catalog = localCatalog(join(folder, "catalog"));
const store = localStore();
const secret = join(folder, "secret.csv");

async function ask(sql: string): Promise<(string | null)[][]> {
  const answer = await queryCatalog({ catalog, store, sql });
  const rows: (string | null)[][] = [];
  for await (const row of answer.texts()) rows.push(row);
  await answer.close();
  return rows;
}

beforeAll(async () => {
  writeFileSync(secret, "a\n1\n");
  const engine = await openEngine();
  const write = async (path: string, sql: string) => {
    const to = join(folder, "data", path);
    mkdirSync(dirname(to), { recursive: true });
    await engine.run(`COPY (${sql}) TO ${literal(to)}`);
  };
  await write(
    "birds/year=2023/state=New%20York/a.parquet",
    "SELECT i AS id, 'x' AS \"order\" FROM range(3) t(i)",
  );
  await write(
    "birds/year=2024/state=__HIVE_DEFAULT_PARTITION__/a.parquet",
    "SELECT i AS id, 'y' AS \"order\" FROM range(2) t(i)",
  );
  await write(
    "other/one.parquet",
    "SELECT 'nan'::DOUBLE AS bad, 9007199254740993::BIGINT AS big, '\\xAA'::BLOB AS bytes, DATE '2026-01-01' AS day, [1, NULL] AS list",
  );
  await write("other/gone.parquet", "SELECT 1 AS one");
  engine.close();
  writeFileSync(join(folder, "data/other/late.csv"), `n\n${"1\n".repeat(30_000)}word\n`);
  await crawl(store, catalog, { folder: join(folder, "data/birds"), database: "d" });
  await crawl(store, catalog, { folder: join(folder, "data/other"), database: "d" });
  await crawl(store, catalog, { folder: join(folder, "data/other"), database: "twice" });
  await crawl(store, catalog, { folder: join(folder, "data/birds"), database: "h", tablePrefix: "odr-" });
  rmSync(join(folder, "data/other/gone.parquet"));
});

describe("a query over the catalog", () => {
  it("finds tables with and without their database, partition keys as columns", async () => {
    expect(await ask("SELECT year, state, count(*) FROM d.birds GROUP BY ALL ORDER BY year;")).toEqual([
      ["2023", "New York", "3"],
      ["2024", null, "2"],
    ]);
    expect(await ask("SELECT max(\"order\") FROM birds WHERE year = '2023' -- of one folder")).toEqual([
      ["x"],
    ]);
    expect(await ask("FROM d.one SELECT big")).toEqual([["9007199254740993"]]);
    expect(await ask('SELECT count(*) FROM h."odr-birds"')).toEqual([["5"]]);
    expect(await ask('SELECT count(*) FROM "odr-birds"')).toEqual([["5"]]);
    const shown = await ask(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'd' ORDER BY 1",
    );
    expect(shown).toEqual([["birds"], ["late"], ["one"]]);
    expect(await ask("DESCRIBE birds")).toHaveLength(4);
    expect(await ask("WITH a AS (SELECT 1 AS x) SELECT x FROM a UNION ALL VALUES (2)")).toEqual([
      ["1"],
      ["2"],
    ]);
  });

  it("gives rows as JSON that parses, whatever their types", async () => {
    const answer = await queryCatalog({ catalog, store, sql: "SELECT * FROM d.one" });
    const lines: string[] = [];
    for await (const line of answer.jsonLines()) lines.push(line);
    await answer.close();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ bad: null, day: "2026-01-01", list: [1, null] });
    expect(lines[0]).toContain("9007199254740993");
  });

  it("reads text whose types change after the first rows", async () => {
    expect(await ask("SELECT count(*), max(n) FROM d.late")).toEqual([["30001", "word"]]);
  });

  it("can read no other file and write none, its own tables' included", async () => {
    const file = join(folder, "data/other/one.parquet");
    const before = readFileSync(file);
    const code = async (sql: string) =>
      ask(sql).then(
        () => "answered",
        (error: { code: string }) => error.code,
      );
    expect(await code(`SELECT * FROM read_csv(${literal(secret)})`)).toBe("sql-not-allowed");
    expect(await code(`SELECT * FROM ${literal(secret)}`)).toBe("sql-not-allowed");
    expect(await code("SELECT * FROM read_csv('/etc/passwd')")).toBe("sql-not-allowed");
    expect(await code("SELECT * FROM read_text('/etc/passwd'), d.one")).toBe("sql-not-allowed");
    expect(await code("SELECT * FROM glob('/etc/*')")).toBe("sql-not-allowed");
    expect(await code(`COPY (SELECT 1) TO ${literal(join(folder, "out.csv"))}`)).toBe("sql-not-a-query");
    expect(await code(`COPY (FROM d.one) TO ${literal(file)} (USE_TMP_FILE false)`)).toBe("sql-not-a-query");
    expect(await code(`SELECT 1; COPY (SELECT 1) TO ${literal(file)}`)).toBe("sql-not-a-query");
    expect(await code(`SELECT 1) ; COPY (SELECT 1) TO ${literal(file)}; SELECT (1`)).toBe("sql-wrong");
    expect(await code("SET enable_external_access = true")).toBe("sql-not-a-query");
    expect(await code("ATTACH 'x.db'")).toBe("sql-not-a-query");
    expect(await code("INSTALL httpfs")).toBe("sql-not-a-query");
    expect(await code("")).toBe("sql-not-a-query");
    expect(readFileSync(file).equals(before)).toBe(true);
    await expect(ask("SELECT * FROM read_csv('/etc/passwd')")).rejects.toThrow(
      "/etc/passwd: `bisonflow sql` reads the files of the catalog's tables and no others.",
    );
  });

  it("says what is wrong with a query in DuckDB's words, without a stack", async () => {
    await expect(ask("SELECT nothing FROM birds")).rejects.toMatchObject({
      name: "UserError",
      code: "sql-wrong",
      message: expect.stringContaining("nothing"),
      hint: expect.stringContaining("d.birds"),
    });
    await expect(ask("SELECT * FROM nowhere")).rejects.toMatchObject({ code: "sql-wrong" });
    await expect(ask("SELEC 1")).rejects.toMatchObject({ code: "sql-wrong" });
    await expect(ask("SELECT 'x'::INTEGER FROM birds")).rejects.toMatchObject({ code: "sql-wrong" });
    const iceberg = await catalog.getTable("d", "birds");
    if (iceberg !== undefined)
      await catalog.putTable({ ...iceberg, Name: "ice", Parameters: { table_type: "ICEBERG" } });
    await expect(ask("SELECT * FROM d.ice")).rejects.toMatchObject({
      code: "table-not-files",
      message: "d.ice: this is a table of Iceberg; a table of Parquet or text files was expected.",
    });
    await expect(ask("SELECT * FROM d.gone")).rejects.toMatchObject({ code: "table-files-missing" });
  });
});
