import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { glueCatalog } from "../../src/aws/glue/index.ts";
import { type Catalog, type CrawlResult, localCatalog } from "../../src/catalog/index.ts";
import { crawlDatabase, findCredentials, Password, parseDatabaseUrl } from "../../src/database/index.ts";
import { type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { accessTo } from "../support/trino-lake.ts";

const folder = temporaryFolder();
const password = "s3cr3t-of-ada";
let server: Postgres;

async function crawl(
  catalog: Catalog,
  options: { schemas?: readonly string[]; connection?: string; database?: string } = {},
): Promise<CrawlResult> {
  const { target } = parseDatabaseUrl(
    `postgres://ada@localhost:${server.port}/bison?sslmode=verify-full&sslrootcert=${server.certificates.ca}`,
  );
  const credentials = await findCredentials(target, { password: new Password(password), sources: {} });
  return crawlDatabase({ catalog, target, credentials, ...options });
}

const changes = ({ tables }: CrawlResult): string[] => tables.map(({ name, change }) => `${name} ${change}`);

describe.skipIf(noPostgres)("a crawl of PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres();
    server.sql(`CREATE ROLE ada LOGIN PASSWORD '${password}'`);
    server.sql("CREATE DATABASE bison OWNER ada");
    server.sql(
      `CREATE EXTENSION postgis;
      CREATE TYPE mood AS ENUM ('fine', 'poor');
      CREATE DOMAIN positive AS numeric(8,3) CHECK (VALUE > 0);
      CREATE SCHEMA field AUTHORIZATION ada;
      CREATE TABLE field."Sites" (id bigint PRIMARY KEY, "Name" text, name varchar(20), area positive, tags text[], counts int[][], shape geometry(Point, 4326),
        seen timestamptz, how mood, body jsonb, raw bytea, score real, dropped int);
      ALTER TABLE field."Sites" DROP COLUMN dropped;
      COMMENT ON TABLE field."Sites" IS 'Where people look';
      COMMENT ON COLUMN field."Sites"."Name" IS 'As written on the map';
      INSERT INTO field."Sites" (id) SELECT generate_series(1, 5000);
      CREATE TABLE field.events (id int, day date) PARTITION BY RANGE (day);
      CREATE TABLE field.events_2024 PARTITION OF field.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      CREATE VIEW field.recent AS SELECT id, seen FROM field."Sites";
      CREATE MATERIALIZED VIEW field.summary AS SELECT count(*) AS n FROM field."Sites";
      CREATE TABLE field.hidden (id int);
      ALTER TABLE field.hidden OWNER TO postgres;
      CREATE SCHEMA other AUTHORIZATION ada; CREATE TABLE other.notes (id int);
      GRANT SELECT ON ALL TABLES IN SCHEMA field TO ada; REVOKE ALL ON field.hidden FROM ada; GRANT SELECT ON other.notes TO ada;
      ANALYZE;`,
      "bison",
    );
  });
  afterAll(() => server?.stop());

  it("finds tables and views that the user may read, with Hive's types, comments and estimates", async () => {
    const catalog = localCatalog(join(folder, "one"));
    const result = await crawl(catalog, { connection: "bison" });
    expect(result.databaseCreated).toBe(true);
    expect(changes(result)).toEqual([
      "bison_field_events added",
      "bison_field_recent added",
      "bison_field_sites added",
      "bison_field_summary added",
      "bison_other_notes added",
    ]);
    const sites = await catalog.getTable("bison_metadata", "bison_field_sites");
    expect(sites).toMatchObject({
      Description: "Where people look",
      TableType: "EXTERNAL_TABLE",
      Parameters: {
        classification: "postgresql",
        typeOfData: "table",
        connectionName: "bison",
        recordCount: "5000",
        recordCountIsEstimate: "true",
        UPDATED_BY_CRAWLER: "bisonflow",
      },
      StorageDescriptor: { Location: "bison.field.Sites" },
    });
    expect(sites?.StorageDescriptor.Columns).toEqual([
      { Name: "id", Type: "bigint" },
      { Name: "name", Type: "string", Comment: "As written on the map" },
      { Name: "name_2", Type: "string" },
      { Name: "area", Type: "decimal(8,3)" },
      { Name: "tags", Type: "array<string>" },
      { Name: "counts", Type: "array<int>" },
      { Name: "shape", Type: "string" },
      { Name: "seen", Type: "timestamp" },
      { Name: "how", Type: "string" },
      { Name: "body", Type: "string" },
      { Name: "raw", Type: "binary" },
      { Name: "score", Type: "float" },
    ]);
    const view = await catalog.getTable("bison_metadata", "bison_field_recent");
    // The planner's own estimate of a view.
    expect(view?.Parameters).toMatchObject({ typeOfData: "view", recordCount: "5000" });
  });

  it("changes what changed, keeps what people wrote, and removes what is gone", async () => {
    const catalog = localCatalog(join(folder, "two"));
    await crawl(catalog);
    expect(new Set((await crawl(catalog)).tables.map(({ change }) => change))).toEqual(
      new Set(["unchanged"]),
    );
    const notes = await catalog.getTable("bison_metadata", "bison_other_notes");
    if (notes === undefined) throw new Error("no table");
    await catalog.putTable({
      ...notes,
      Description: "Mine",
      Parameters: { ...notes.Parameters, owner: "me" },
    });
    server.sql(
      "DROP VIEW field.recent; ALTER TABLE other.notes ADD COLUMN text text; COMMENT ON COLUMN other.notes.id IS 'Its number'",
      "bison",
    );
    expect(changes(await crawl(catalog)).filter((line) => !line.endsWith("unchanged"))).toEqual([
      "bison_field_recent gone",
      "bison_other_notes updated",
    ]);
    expect(await catalog.getTable("bison_metadata", "bison_other_notes")).toMatchObject({
      Description: "Mine",
      Parameters: { owner: "me" },
      StorageDescriptor: {
        Columns: [
          { Name: "id", Comment: "Its number" },
          { Name: "text", Type: "string" },
        ],
      },
    });
    // Schemas that were not looked at keep theirs.
    server.sql("DROP TABLE other.notes", "bison");
    expect(
      changes(await crawl(catalog, { schemas: ["field"] })).filter((line) => line.includes("notes")),
    ).toEqual([]);
    expect(changes(await crawl(catalog)).filter((line) => line.includes("notes"))).toEqual([
      "bison_other_notes gone",
    ]);
  });

  it("says which schemas there are, and when there is nothing to read", async () => {
    const catalog = localCatalog(join(folder, "three"));
    await expect(crawl(catalog, { schemas: ["Field"] })).rejects.toMatchObject({
      code: "schema-not-found",
      hint: expect.stringContaining("field"),
    });
    await expect(crawl(catalog, { schemas: ["public"] })).rejects.toMatchObject({ code: "no-tables-found" });
    expect(await catalog.listDatabases()).toEqual([]);
  });

  describe.skipIf(noEmulator)("into Glue", () => {
    let emulator: Emulator;
    beforeAll(async () => {
      emulator = await startEmulator();
    });
    afterAll(() => emulator?.stop());

    it("writes the same records there, once", async () => {
      const catalog = glueCatalog(accessTo(emulator));
      const local = localCatalog(join(folder, "four"));
      expect((await crawl(catalog)).tables.map(({ change }) => change)).not.toContain("unchanged");
      expect(new Set((await crawl(catalog)).tables.map(({ change }) => change))).toEqual(
        new Set(["unchanged"]),
      );
      await crawl(local);
      const plain = (tables: readonly object[]): unknown =>
        tables.map((table) => ({ ...table, VersionId: undefined }));
      expect(plain(await catalog.listTables("bison_metadata"))).toEqual(
        plain(await local.listTables("bison_metadata")),
      );
    });
  });
});
