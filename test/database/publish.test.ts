import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCredentials, Password, parseDatabaseUrl, testDatabase } from "../../src/database/index.ts";
import { literal, openEngine, parquetScan } from "../../src/engine/index.ts";
import { bisonflow } from "../support/command.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { makeResult } from "./make-result.ts";
import { password, publisher } from "./publisher.ts";

const folder = temporaryFolder();
let server: Postgres;
let demo: string;
const { url, publish, state } = publisher(() => server);

describe.skipIf(noPostgres)("publishing a run to PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres({ settings: { max_wal_size: "4GB" } });
    server.sql(
      `CREATE ROLE ada LOGIN PASSWORD '${password}'; CREATE ROLE reader LOGIN; CREATE DATABASE bison OWNER ada; CREATE DATABASE plain OWNER ada`.replaceAll(
        "; ",
        ";\n",
      ),
    );
    server.sql(
      "CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis; GRANT USAGE ON SCHEMA gis TO PUBLIC",
      "bison",
    );
    demo = join(folder, "demo");
    const { status, stderr } = bisonflow(["demo", "--out", demo, "--records", "8000"]);
    expect(stderr.includes("bug") ? stderr : status).toBe(0);
  });
  afterAll(() => server?.stop());

  it("loads every table of a run, value for value, with keys, indexes and comments", async () => {
    const report = await publish(demo);
    expect(report).toMatchObject({
      change: "published",
      schema: "bison",
      geometry: "postgis",
      issues: [],
      notes: [],
    });
    const manifest = JSON.parse(readFileSync(join(demo, "manifest.json"), "utf8"));
    expect(report.tables.filter(({ name }) => !name.endsWith("_map"))).toEqual(manifest.tables);
    const engine = await openEngine();
    for (const { name } of manifest.tables) {
      const path = join(demo, "tables", `${name}.parquet`);
      const columns = (await engine.columns(`SELECT * FROM ${parquetScan(path)}`)).map(
        (column) => column.name,
      );
      const csv = server.sql(
        `COPY (SELECT ${columns.map((column) => `"${column}"`).join(", ")} FROM bison."${name}") TO STDOUT WITH (FORMAT csv, HEADER, NULL '\\N')`,
        "bison",
      );
      writeFileSync(join(folder, "back.csv"), `${csv}\n`);
      const here = `SELECT * FROM ${parquetScan(path)}`;
      const types = (await engine.columns(here))
        .map((column) => `'${column.name}': '${column.type}'`)
        .join(", ");
      const there = `SELECT * FROM read_csv(${literal(join(folder, "back.csv"))}, header = true, nullstr = '\\N', columns = {${types}}, quote = '"', escape = '"', delim = ',')`;
      const { n } = await engine.row<{ n: bigint }>(
        `SELECT (SELECT count(*) FROM (${here} EXCEPT ALL ${there})) + (SELECT count(*) FROM (${there} EXCEPT ALL ${here})) AS n`,
      );
      expect(`${name} ${n}`).toBe(`${name} 0`);
    }
    engine.close();
    const keys = server.sql(
      `SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'bison'::regnamespace ORDER BY 1, 2`,
      "bison",
    );
    expect(keys).toContain("bison.county_counts|county_counts_pkey|PRIMARY KEY (region_id)");
    expect(keys).toContain(
      "bison.county_x_species_matrix|county_x_species_matrix_region_id_fkey|FOREIGN KEY (region_id) REFERENCES bison.county_counts(region_id)",
    );
    expect(keys).toContain(
      "county_x_species_list_species_key_fkey|FOREIGN KEY (species_key) REFERENCES bison.species_list(species_key)",
    );
    const indexes = server.sql(
      "SELECT indexdef FROM pg_indexes WHERE schemaname = 'bison' ORDER BY 1",
      "bison",
    );
    expect(indexes).toContain(
      "CREATE INDEX county_x_species_matrix_species_key_idx ON bison.county_x_species_matrix USING btree (species_key)",
    );
    expect(indexes).toContain(
      "CREATE INDEX county_map_geometry_idx ON bison.county_map USING gist (geometry)",
    );
    expect(indexes + keys + state("bison")).not.toContain("bisonflow_new");
    expect(
      server.sql(
        "SELECT col_description('bison.county_counts'::regclass, 3), obj_description('bison.county_counts'::regclass)",
        "bison",
      ),
    ).toBe(
      "Occurrence records in the region, with or without a species key|Occurrences and species in each county region, by assessment (bisonflow: tables/county_counts.parquet)",
    );
  });

  it("keeps regions as valid PostGIS shapes, those of the map file, found by their index", async () => {
    const engine = await openEngine();
    const map = parquetScan(join(demo, "maps", "county.parquet"));
    const { regions } = await engine.row<{ regions: bigint }>(
      `SELECT count(*) AS regions FROM ${map} WHERE geometry IS NOT NULL`,
    );
    engine.close();
    expect(
      server.sql(
        "SELECT count(*), count(DISTINCT gis.ST_SRID(geometry)), min(gis.ST_SRID(geometry)), min(gis.GeometryType(geometry)), max(gis.GeometryType(geometry)) FROM bison.county_map WHERE geometry IS NOT NULL",
        "bison",
      ),
    ).toBe(`${regions}|1|4326|MULTIPOLYGON|MULTIPOLYGON`);
    // Chicago, Honolulu, and a point in the Atlantic.
    const where = (lon: number, lat: number) =>
      server.sql(
        `SET search_path = gis; SELECT region_name FROM bison.county_map WHERE ST_Covers(geometry, ST_SetSRID(ST_Point(${lon}, ${lat}), 4326))`,
        "bison",
      );
    expect(where(-87.65, 41.85)).toBe("Cook");
    expect(where(-157.86, 21.31)).toBe("Honolulu");
    expect(where(-40, 35)).toBe("");
  });

  it("says which run stands there", () => {
    const manifest = JSON.parse(readFileSync(join(demo, "manifest.json"), "utf8"));
    expect(
      server.sql(
        "SELECT plan, title, synthetic, records_read, geometry, manifest ->> 'plan' FROM bison.run",
        "bison",
      ),
    ).toBe(`${manifest.plan}|${manifest.title}|t|${manifest.records.read}|postgis|${manifest.plan}`);
    expect(Number(server.sql("SELECT count(*) FROM bison.run_table", "bison"))).toBe(
      manifest.tables.length + 2,
    );
  });

  it("changes nothing when the same run is published again", async () => {
    const before = state("bison");
    const report = await publish(demo);
    expect(report.change).toBe("unchanged");
    expect(state("bison")).toBe(before);
  });

  it("mends what was lost or changed since", async () => {
    server.sql("DROP TABLE bison.placement; DELETE FROM bison.dropped", "bison");
    expect((await publish(demo)).change).toBe("replaced");
    expect(server.sql("SELECT count(*) > 0 FROM bison.placement", "bison")).toBe("t");
    expect((await publish(demo)).change).toBe("unchanged");
    server.sql("DROP TABLE bison.run_table", "bison");
    expect((await publish(demo)).change).toBe("replaced");
    expect((await publish(demo)).change).toBe("unchanged");
  });

  it("keeps shapes as WKB and says so where there is no PostGIS, and takes PostGIS when it is there", async () => {
    const report = await publish(demo, { database: "plain" });
    expect(report.geometry).toBe("bytea");
    expect(report.notes[0]).toContain("no PostGIS");
    expect(
      server.sql(
        "SELECT count(*) FILTER (WHERE get_byte(geometry, 0) = 1 AND get_byte(geometry, 1) IN (3, 6)) = count(geometry) FROM bison.county_map",
        "plain",
      ),
    ).toBe("t");
    server.sql("CREATE EXTENSION postgis", "plain");
    expect(await publish(demo, { database: "plain" })).toMatchObject({
      change: "replaced",
      geometry: "postgis",
      notes: [],
    });
  });

  it("takes text of every kind as it is", async () => {
    const odd = [
      "tab\there",
      "line\nfeed",
      "carriage\rreturn",
      "back\\slash",
      "\\N",
      "\\.",
      "",
      "quote'\"",
      "naïve 𓅃 鳥",
      " space ",
    ];
    const out = await makeResult(join(folder, "odd"), {
      tables: [
        {
          name: "odd_counts",
          query: `SELECT unnest([${odd.map((text) => literal(text)).join(", ")}, NULL]) AS value, unnest(range(${odd.length + 1})) AS n,
            'nan'::DOUBLE AS not_a_number, '-inf'::DOUBLE AS least, 0.1 + 0.2 AS tenth, 9223372036854775807 AS most, 1e-320::DOUBLE AS tiny, ['a', NULL, 'b"'] AS list, {'x': 1} AS structure, DATE '2024-02-29' AS day, true AS yes, 12.50::DECIMAL(6,2) AS money`,
          primaryKey: ["n"],
          descriptions: { value: `It's "odd" \\ text` },
        },
        { name: "empty_table", query: "SELECT 'x' AS region_id WHERE false" },
        { name: "nul", query: "SELECT 'a' || chr(0) || 'b' AS value" },
        { name: `long_${"x".repeat(80)}_one`, query: "SELECT 1 AS region_id" },
        { name: `long_${"x".repeat(80)}_two`, query: "SELECT 2 AS region_id" },
      ],
    });
    const report = await publish(out, { schema: 'Odd "schema"' });
    expect(report.issues).toEqual([expect.objectContaining({ code: "text-nul", count: 1 })]);
    const at = '"Odd ""schema"""';
    const rows = JSON.parse(
      server.sql(`SELECT json_agg(value ORDER BY n) FROM ${at}.odd_counts`, "bison").split("\n").join(""),
    );
    expect(rows).toEqual([...odd, null]);
    expect(
      server.sql(
        `SELECT DISTINCT not_a_number, least, tenth, most, tiny, list, structure, day, yes, money FROM ${at}.odd_counts`,
        "bison",
      ),
    ).toBe(`NaN|-Infinity|0.3|9223372036854775807|1e-320|["a", null, "b\\""]|{"x": 1}|2024-02-29|t|12.50`);
    expect(
      server.sql(
        `SELECT col_description('${at}.odd_counts'::regclass, 1), (SELECT value FROM ${at}.nul), (SELECT count(*) FROM ${at}.empty_table)`,
        "bison",
      ),
    ).toBe(`It's "odd" \\ text|a\uFFFDb|0`);
    expect(
      report.tables.filter(({ name }) => name.startsWith("long_")).map(({ name }) => name.length),
    ).toEqual([63, 63]);
  });

  it("takes away what an earlier run had and this one has not, and keeps the rights that others were given", async () => {
    const one = await makeResult(join(folder, "one"), {
      plan: "one",
      tables: [
        { name: "a", query: "SELECT 1 AS x" },
        { name: "b", query: "SELECT 1 AS x" },
      ],
    });
    const two = await makeResult(join(folder, "two"), {
      plan: "two",
      tables: [{ name: "a", query: "SELECT 2 AS x" }],
    });
    await publish(one, { schema: "swap" });
    server.sql("GRANT SELECT ON swap.a TO reader; GRANT SELECT ON swap.run TO PUBLIC", "bison");
    expect(await publish(two, { schema: "swap" })).toMatchObject({ change: "replaced", removed: ["b"] });
    expect(
      server.sql(
        "SELECT x, has_table_privilege('reader', 'swap.a', 'SELECT'), has_table_privilege('reader', 'swap.run', 'SELECT'), to_regclass('swap.b') FROM swap.a",
        "bison",
      ),
    ).toBe("2|t|t|");
  });

  it("touches nothing of others: tables of the same name, views on its own", async () => {
    server.sql(
      "CREATE SCHEMA theirs AUTHORIZATION ada; CREATE TABLE theirs.species_list (x int); CREATE TABLE theirs.run (x int)",
      "bison",
    );
    await expect(publish(demo, { schema: "theirs" })).rejects.toMatchObject({
      code: "publish-table-not-ours",
      message: expect.stringContaining("run, species_list"),
    });
    const one = join(folder, "one");
    await publish(one, { schema: "viewed" });
    server.sql("CREATE VIEW public.mine AS SELECT * FROM viewed.a", "bison");
    const before = state("viewed");
    await expect(publish(join(folder, "two"), { schema: "viewed" })).rejects.toMatchObject({
      code: "publish-table-in-use",
      message: expect.stringContaining("view public.mine"),
    });
    expect(state("viewed")).toBe(before);
    expect((await publish(one, { schema: "viewed" })).change).toBe("unchanged");
  });

  it("refuses what is no run, is damaged, or has CSV alone", async () => {
    await expect(publish(join(folder, "nowhere"))).rejects.toMatchObject({
      code: "result-not-a-run",
      message: expect.stringContaining("nothing is there"),
    });
    await expect(publish(join(demo, "tables"))).rejects.toMatchObject({
      code: "result-not-a-run",
      message: expect.stringContaining("no manifest.json"),
    });
    const copy = join(folder, "copy");
    cpSync(join(folder, "one"), copy, { recursive: true });
    writeFileSync(
      join(copy, "tables", "b.parquet"),
      readFileSync(join(folder, "two", "tables", "a.parquet")),
    );
    await expect(publish(copy, { schema: "damaged" })).rejects.toMatchObject({ code: "result-damaged" });
    expect(state("damaged")).toBe("");
    const manifest = JSON.parse(readFileSync(join(copy, "manifest.json"), "utf8"));
    writeFileSync(join(copy, "manifest.json"), JSON.stringify({ ...manifest, files: [] }));
    await expect(publish(copy)).rejects.toMatchObject({ code: "result-without-parquet" });
    writeFileSync(join(copy, "manifest.json"), "{");
    await expect(publish(copy)).rejects.toMatchObject({ code: "result-not-a-run" });
    rmSync(copy, { recursive: true });
  });

  it("refuses a result whose key is none, and changes nothing", async () => {
    const out = await makeResult(join(folder, "twice"), {
      tables: [{ name: "a", query: "SELECT unnest([1, 1]) AS x", primaryKey: ["x"] }],
    });
    await expect(publish(out, { schema: "twice" })).rejects.toMatchObject({ code: "result-damaged" });
    expect(state("twice")).toBe("");
  });

  it("leaves a foreign key out where it does not hold, and says so", async () => {
    const out = await makeResult(join(folder, "lacking"), {
      tables: [
        { name: "county_counts", query: "SELECT '1' AS region_id", primaryKey: ["region_id"] },
        { name: "county_x_species_list", query: "SELECT '2' AS region_id" },
      ],
    });
    const { notes } = await publish(out, { schema: "lacking" });
    expect(notes).toEqual([
      "county_x_species_list.region_id has values that county_counts lacks, so there is no foreign key between them.",
    ]);
  });

  it("says that a database's encoding lacks letters, or that it takes no changes", async () => {
    server.sql("CREATE DATABASE latin OWNER ada ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    server.sql("CREATE DATABASE frozen OWNER ada");
    server.sql("ALTER DATABASE frozen SET default_transaction_read_only = on");
    const out = await makeResult(join(folder, "bird"), {
      tables: [{ name: "a", query: "SELECT '鳥' AS x" }],
    });
    await expect(publish(out, { database: "latin" })).rejects.toMatchObject({ code: "database-encoding" });
    await expect(publish(out, { database: "frozen" })).rejects.toMatchObject({ code: "database-read-only" });
    const { target } = parseDatabaseUrl(url("frozen"));
    const credentials = await findCredentials(target, { password: new Password(password), sources: {} });
    expect((await testDatabase(target, credentials)).ok).toBe(true);
    expect((await testDatabase(target, credentials, { purpose: "publish" })).trouble?.code).toBe(
      "database-read-only",
    );
  });

  it("says which right is missing", async () => {
    server.sql("CREATE SCHEMA locked", "bison");
    await expect(publish(demo, { schema: "locked" })).rejects.toMatchObject({
      code: "database-right-missing",
    });
    await expect(publish(demo, { schema: "pg_mine" })).rejects.toMatchObject({ code: "schema-invalid" });
  });
});
