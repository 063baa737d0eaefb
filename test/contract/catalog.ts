import { describe, expect, it } from "vitest";
import type { Catalog, Partition, Table } from "../../src/catalog/index.ts";
import { storageFormat } from "../../src/catalog/storage-format.ts";

function table(name: string, parameters: Record<string, string> = {}): Table {
  return {
    DatabaseName: "birds",
    Name: name,
    TableType: "EXTERNAL_TABLE",
    Parameters: { classification: "parquet", EXTERNAL: "TRUE", ...parameters },
    StorageDescriptor: {
      Columns: [
        { Name: "gbifid", Type: "string" },
        { Name: "issue", Type: "array<string>" },
      ],
      Location: `/data/${name}/`,
      ...storageFormat({ format: "parquet" }),
    },
    PartitionKeys: [{ Name: "year", Type: "string" }],
  };
}

function partition(value: string, rows = "1"): Partition {
  const { StorageDescriptor } = table("t");
  return {
    Values: [value],
    StorageDescriptor: { ...StorageDescriptor, Location: `/data/t/year=${value}/` },
    Parameters: { recordCount: rows },
  };
}

/** What every implementation of the catalog port keeps; `open` gives an empty catalog, once a test. */
export function catalogContract(name: string, open: () => Promise<Catalog>): void {
  const opened = async (): Promise<Catalog> => {
    const catalog = await open();
    await catalog.createDatabase({ Name: "birds", Description: "all of them" });
    return catalog;
  };

  describe(`the catalog port, ${name}`, () => {
    it("makes a database once and keeps its record", async () => {
      const catalog = await open();
      expect(await catalog.getDatabase("birds")).toBeUndefined();
      expect(await catalog.createDatabase({ Name: "birds", Description: "first" })).toEqual({
        created: true,
      });
      expect(await catalog.createDatabase({ Name: "birds", Description: "second" })).toEqual({
        created: false,
      });
      expect(await catalog.getDatabase("birds")).toMatchObject({ Name: "birds", Description: "first" });
      await catalog.createDatabase({ Name: "a" });
      expect((await catalog.listDatabases()).map(({ Name }) => Name)).toEqual(["a", "birds"]);
    });

    it("refuses a table of a database that is not there", async () => {
      const catalog = await open();
      await expect(catalog.putTable(table("t"))).rejects.toMatchObject({
        name: "UserError",
        code: "database-not-found",
      });
    });

    it("gives a table back as it was put", async () => {
      const catalog = await opened();
      expect(await catalog.getTable("birds", "t")).toBeUndefined();
      expect(await catalog.putTable(table("t"))).toBe("added");
      expect(await catalog.getTable("birds", "t")).toMatchObject(table("t"));
      await catalog.putTable(table("a"));
      expect((await catalog.listTables("birds")).map(({ Name }) => Name)).toEqual(["a", "t"]);
      expect(await catalog.listTables("no_such")).toEqual([]);
    });

    it("makes a new version for new content alone", async () => {
      const catalog = await opened();
      await catalog.putTable(table("t"));
      const first = (await catalog.getTable("birds", "t"))?.VersionId;
      expect(await catalog.putTable(table("t"))).toBe("unchanged");
      const again = await catalog.getTable("birds", "t");
      expect(again?.VersionId).toBe(first);
      if (again !== undefined) expect(await catalog.putTable(again)).toBe("unchanged");
      expect(await catalog.putTable(table("t", { recordCount: "5" }))).toBe("updated");
      const last = await catalog.getTable("birds", "t");
      expect(last?.VersionId).not.toBe(first);
      expect(last?.Parameters.recordCount).toBe("5");
    });

    it("adds, replaces and removes partitions by their values", async () => {
      const catalog = await opened();
      await catalog.putTable(table("t"));
      const years = ["2021", "2019", "2020"].map((year) => partition(year));
      expect(await catalog.putPartitions("birds", "t", years)).toEqual({
        added: 3,
        updated: 0,
        unchanged: 0,
      });
      expect(await catalog.putPartitions("birds", "t", [partition("2020", "9"), partition("2019")])).toEqual({
        added: 0,
        updated: 1,
        unchanged: 1,
      });
      const listed = await catalog.listPartitions("birds", "t");
      expect(listed.map(({ Values }) => Values[0])).toEqual(["2019", "2020", "2021"]);
      expect(listed[1]).toEqual(partition("2020", "9"));
      expect(await catalog.deletePartitions("birds", "t", [["2019"], ["1900"]])).toBe(1);
      expect(await catalog.listPartitions("birds", "t")).toHaveLength(2);
    });

    it("keeps the partitions of a table whose other content changes", async () => {
      const catalog = await opened();
      await catalog.putTable(table("t"));
      await catalog.putPartitions("birds", "t", [partition("2020")]);
      await catalog.putTable(table("t", { recordCount: "2" }));
      expect(await catalog.listPartitions("birds", "t")).toHaveLength(1);
    });

    it("deletes, and what is deleted can be put again", async () => {
      const catalog = await opened();
      await catalog.putTable(table("t"));
      await catalog.putPartitions("birds", "t", [partition("2020")]);
      expect(await catalog.deleteTable("birds", "t")).toBe(true);
      expect(await catalog.deleteTable("birds", "t")).toBe(false);
      expect(await catalog.getTable("birds", "t")).toBeUndefined();
      expect(await catalog.listTables("birds")).toEqual([]);
      expect(await catalog.putTable(table("t"))).toBe("added");
      expect(await catalog.listPartitions("birds", "t")).toEqual([]);
      expect(await catalog.deleteDatabase("birds")).toBe(true);
      expect(await catalog.deleteDatabase("birds")).toBe(false);
      expect(await catalog.listTables("birds")).toEqual([]);
    });

    it("loses nothing of what several writers put at once", async () => {
      const catalog = await opened();
      await catalog.putTable(table("t"));
      const years = Array.from({ length: 12 }, (_, i) => partition(String(2000 + i)));
      await Promise.all([
        ...years.map((one) => catalog.putPartitions("birds", "t", [one])),
        ...["x", "y", "z"].map((name) => catalog.putTable(table(name))),
      ]);
      expect(await catalog.listPartitions("birds", "t")).toHaveLength(12);
      expect(await catalog.listTables("birds")).toHaveLength(4);
    });
  });
}
