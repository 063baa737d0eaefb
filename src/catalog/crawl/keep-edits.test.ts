import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/paths.ts";
import { literal, openEngine } from "../../engine/index.ts";
import { localStore } from "../../store/index.ts";
import {
  type Catalog,
  type CrawledTable,
  type CrawlOptions,
  crawl,
  localCatalog,
  type Table,
} from "../index.ts";

const scratch = temporaryFolder();

interface Place {
  readonly catalog: Catalog;
  write(sql: string): Promise<void>;
  crawl(options?: Partial<CrawlOptions>): Promise<CrawledTable>;
  table(): Promise<Table>;
  edit(change: (table: Table) => Table): Promise<void>;
  readonly folder: string;
}

/** A folder birds/ of one Parquet file, crawled once. */
async function birds(sql: string): Promise<Place> {
  const folder = join(mkdtempSync(join(scratch, "edits-")), "birds");
  const catalog = localCatalog(join(folder, "..", "catalog"));
  mkdirSync(folder);
  const table = async () => {
    const found = await catalog.getTable("bison_metadata", "birds");
    if (found === undefined) throw new Error("no table birds");
    return found;
  };
  const place: Place = {
    folder,
    catalog,
    table,
    write: async (query) => {
      const engine = await openEngine();
      await engine.run(`COPY (${query}) TO ${literal(join(folder, "part-0.parquet"))}`);
      engine.close();
    },
    crawl: async (options = {}) => {
      const { tables } = await crawl(localStore(), catalog, { folder, ...options });
      const found = tables.find(({ name }) => name === "birds");
      if (found === undefined) throw new Error("birds was not found");
      return found;
    },
    edit: async (change) => {
      await catalog.putTable(change(await table()));
    },
  };
  await place.write(sql);
  await place.crawl();
  return place;
}

const typed = (types: Record<string, string>) => (table: Table) => ({
  ...table,
  StorageDescriptor: {
    ...table.StorageDescriptor,
    Columns: Object.entries(types).map(([Name, Type]) => ({ Name, Type })),
  },
});
const columnsOf = ({ StorageDescriptor }: Table) =>
  Object.fromEntries(StorageDescriptor.Columns.map(({ Name, Type }) => [Name, Type]));

describe("a record that people changed", () => {
  it("keeps their column types, says so every time, and follows the files in the rest", async () => {
    const place = await birds("SELECT 1 AS id, 2 AS year");
    await place.edit(typed({ id: "bigint", year: "int" }));
    await place.write("SELECT 1 AS id, 2.5::DOUBLE AS year, 'x' AS species");
    const second = await place.crawl();
    expect(columnsOf(await place.table())).toEqual({ id: "bigint", year: "double", species: "string" });
    expect(second.differences).toEqual([
      { column: "id", inCatalog: "bigint", inFiles: "int", isKept: true },
      { column: "year", inCatalog: "int", inFiles: "double", isKept: false },
      { column: "species", inCatalog: undefined, inFiles: "string", isKept: false },
    ]);
    const third = await place.crawl();
    expect(third.change).toBe("unchanged");
    expect(third.differences).toEqual([{ column: "id", inCatalog: "bigint", inFiles: "int", isKept: true }]);
  });

  it("keeps columns that they added, and leaves out those that they removed", async () => {
    const place = await birds("SELECT 1 AS id, 2 AS secret");
    await place.edit(typed({ id: "int", later: "string" }));
    expect((await place.crawl()).differences).toEqual([
      { column: "secret", inCatalog: undefined, inFiles: "int", isKept: true },
      { column: "later", inCatalog: "string", inFiles: undefined, isKept: true },
    ]);
    expect(columnsOf(await place.table())).toEqual({ id: "int", later: "string" });
  });

  it("follows the files again when that is asked for", async () => {
    const place = await birds("SELECT 1 AS id");
    await place.edit(typed({ id: "bigint" }));
    const again = await place.crawl({ overwrite: true });
    expect(again.differences).toEqual([{ column: "id", inCatalog: "bigint", inFiles: "int", isKept: false }]);
    expect(columnsOf(await place.table())).toEqual({ id: "int" });
    expect((await place.crawl()).differences).toEqual([]);
  });

  it("tells of a format that they set, and leaves it", async () => {
    const place = await birds("SELECT 1 AS id");
    await place.edit((table) => ({
      ...table,
      StorageDescriptor: {
        ...table.StorageDescriptor,
        SerdeInfo: { ...table.StorageDescriptor.SerdeInfo, Parameters: { mine: "yes" } },
      },
    }));
    expect((await place.crawl()).differences).toMatchObject([{ column: "(format)", isKept: true }]);
    expect((await place.table()).StorageDescriptor.SerdeInfo.Parameters).toEqual({ mine: "yes" });
  });
});

describe("a table that somebody else made", () => {
  const byGlue = (table: Table): Table => {
    const { bisonflow_schema: _, ...Parameters } = table.Parameters;
    return { ...table, Parameters: { ...Parameters, UPDATED_BY_CRAWLER: "monthly" } };
  };

  it("keeps its columns and its maker, takes the figures, and is not removed with its files", async () => {
    const place = await birds("SELECT 1 AS id");
    await place.edit((table) => byGlue(typed({ id: "string" })(table)));
    await place.write("SELECT 1 AS id FROM range(5)");
    expect((await place.crawl()).differences).toMatchObject([{ column: "id", isKept: true }]);
    const table = await place.table();
    expect(table.Parameters).toMatchObject({ UPDATED_BY_CRAWLER: "monthly", recordCount: "5" });
    expect(columnsOf(table)).toEqual({ id: "string" });
    rmSync(join(place.folder, "part-0.parquet"));
    const engine = await openEngine();
    await engine.run(`COPY (SELECT 1 AS x) TO ${literal(join(place.folder, "other.parquet"))}`);
    engine.close();
    await crawl(localStore(), place.catalog, { folder: place.folder });
    expect(await place.catalog.getTable("bison_metadata", "birds")).toBeDefined();
  });

  it("is left alone when it is of another kind, whatever is asked for", async () => {
    const place = await birds("SELECT 1 AS id");
    await place.edit((table) => byGlue({ ...table, Parameters: { table_type: "ICEBERG" } }));
    const before = await place.table();
    expect(await place.crawl({ overwrite: true })).toMatchObject({ change: "left" });
    expect(await place.table()).toEqual(before);
  });

  it("is left alone when it stands for files elsewhere", async () => {
    const place = await birds("SELECT 1 AS id");
    await place.edit((table) => {
      const { StorageDescriptor } = table;
      return byGlue({
        ...table,
        StorageDescriptor: { ...StorageDescriptor, Location: "s3://theirs/birds/" },
      });
    });
    const before = await place.table();
    expect(await place.crawl()).toMatchObject({ change: "left", movedFrom: "s3://theirs/birds/" });
    expect(await place.table()).toEqual(before);
    expect(await place.crawl({ overwrite: true })).toMatchObject({ change: "updated" });
    expect((await place.table()).StorageDescriptor.Location).toBe(`${place.folder}/`);
  });
});
