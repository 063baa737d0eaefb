import { afterEach, describe, expect, it } from "vitest";
import { glueCatalog } from "../../src/aws/glue/index.ts";
import type { Partition, Table } from "../../src/catalog/index.ts";
import { storageFormat } from "../../src/catalog/storage-format.ts";
import { type GlueAnswer, type GlueWire, startGlueWire } from "./glue-wire.ts";

let wire: GlueWire | undefined;
afterEach(async () => {
  await wire?.stop();
  wire = undefined;
});

const storage = { Columns: [], Location: "s3://lake/t/", ...storageFormat({ format: "parquet" }) };
const partition = (value: number): Partition => ({
  Values: [String(value)],
  StorageDescriptor: { ...storage, Location: `s3://lake/t/year=${value}/` },
  Parameters: { recordCount: "1" },
});
const table: Table = {
  DatabaseName: "birds",
  Name: "t",
  TableType: "EXTERNAL_TABLE",
  Parameters: {},
  StorageDescriptor: storage,
  PartitionKeys: [],
};
const valuesOf = (inputs: unknown): string[] => (inputs as Partition[]).map(({ Values }) => Values[0] ?? "");

/** The answer's items in pages of two. */
function pages(name: string, items: readonly unknown[]) {
  return (body: Record<string, unknown>): GlueAnswer => {
    const start = Number(body.NextToken ?? 0);
    const more = start + 2 < items.length ? { NextToken: String(start + 2) } : {};
    return { [name]: items.slice(start, start + 2), ...more };
  };
}

describe("the catalog in Glue", () => {
  it("reads lists page by page", async () => {
    const named = ["e", "d", "c", "b", "a"].map((Name) => ({ Name, DatabaseName: "birds" }));
    const partitions = [5, 4, 3, 2, 1].map(partition);
    wire = await startGlueWire({
      GetDatabases: pages("DatabaseList", named),
      GetTables: pages("TableList", named),
      GetPartitions: pages("Partitions", partitions),
    });
    const catalog = glueCatalog(wire.access);
    expect((await catalog.listDatabases()).map(({ Name }) => Name)).toEqual(["a", "b", "c", "d", "e"]);
    expect((await catalog.listTables("birds")).map(({ Name }) => Name)).toEqual(["a", "b", "c", "d", "e"]);
    const listed = await catalog.listPartitions("birds", "t");
    expect(listed.map(({ Values }) => Values[0])).toEqual(["1", "2", "3", "4", "5"]);
    expect(wire.calls).toHaveLength(9);
  });

  it("asks for, makes, replaces and removes partitions in batches that Glue takes", async () => {
    const all = Array.from({ length: 2150 }, (_, i) => partition(i));
    const old = (value: string): boolean => Number(value) % 2 === 0;
    wire = await startGlueWire({
      // Answers some keys at the second asking, as Glue may.
      BatchGetPartition: ({ PartitionsToGet }, call) => {
        const keys = PartitionsToGet as { Values: string[] }[];
        const answered = call === 0 ? keys.slice(0, 900) : keys;
        return {
          Partitions: answered
            .filter(({ Values }) => old(Values[0] ?? ""))
            .map(({ Values }) => ({ ...partition(Number(Values[0])), Parameters: { recordCount: "0" } })),
          ...(call === 0 ? { UnprocessedKeys: keys.slice(900) } : {}),
        };
      },
      BatchCreatePartition: () => ({}),
      BatchUpdatePartition: () => ({}),
      BatchDeletePartition: ({ PartitionsToDelete }) => ({
        Errors: (PartitionsToDelete as { Values: string[] }[])
          .filter(({ Values }) => Values[0] === "7")
          .map(({ Values }) => ({
            PartitionValues: Values,
            ErrorDetail: { ErrorCode: "EntityNotFoundException" },
          })),
      }),
    });
    const catalog = glueCatalog(wire.access);
    expect(await catalog.putPartitions("birds", "t", all)).toEqual({
      added: 1075,
      updated: 1075,
      unchanged: 0,
    });
    expect(
      await catalog.deletePartitions(
        "birds",
        "t",
        all.slice(0, 60).map(({ Values }) => Values),
      ),
    ).toBe(59);
    const sizes = (operation: string, list: string): number[] =>
      (wire?.calls ?? [])
        .filter((call) => call.operation === operation)
        .map(({ body }) => (body[list] as unknown[]).length);
    expect(sizes("BatchGetPartition", "PartitionsToGet")).toEqual([1000, 100, 1000, 150]);
    const most = (numbers: number[]): number => Math.max(...numbers);
    expect(most(sizes("BatchCreatePartition", "PartitionInputList"))).toBe(100);
    expect(most(sizes("BatchUpdatePartition", "Entries"))).toBe(100);
    expect(sizes("BatchDeletePartition", "PartitionsToDelete")).toEqual([25, 25, 10]);
    const made = wire.calls
      .filter(({ operation }) => operation === "BatchCreatePartition")
      .flatMap(({ body }) => valuesOf(body.PartitionInputList));
    expect(made).toHaveLength(1075);
    expect(made.some(old)).toBe(false);
  });

  it("replaces a partition that another writer made first, and tries a busy one again", async () => {
    const refusal = (value: string, ErrorCode: string) => ({
      PartitionValues: [value],
      ErrorDetail: { ErrorCode, ErrorMessage: "not now" },
    });
    wire = await startGlueWire({
      BatchGetPartition: () => ({ Partitions: [] }),
      BatchCreatePartition: (_, call) =>
        call === 0
          ? {
              Errors: [
                refusal("1", "AlreadyExistsException"),
                refusal("2", "ConcurrentModificationException"),
              ],
            }
          : {},
      BatchUpdatePartition: () => ({}),
    });
    const counts = await glueCatalog(wire.access).putPartitions("birds", "t", [1, 2, 3].map(partition));
    expect(counts).toEqual({ added: 2, updated: 1, unchanged: 0 });
    expect(wire.calls.map(({ operation }) => operation)).toEqual([
      "BatchGetPartition",
      "BatchCreatePartition",
      "BatchCreatePartition",
      "BatchUpdatePartition",
    ]);
    expect(valuesOf(wire.calls[2]?.body.PartitionInputList)).toEqual(["2"]);
  });

  it("says which partition Glue refused, in its words", async () => {
    wire = await startGlueWire({
      BatchGetPartition: () => ({ Partitions: [] }),
      BatchCreatePartition: () => ({
        Errors: [
          {
            PartitionValues: ["1"],
            ErrorDetail: { ErrorCode: "InvalidInputException", ErrorMessage: "Value too long" },
          },
        ],
      }),
    });
    await expect(glueCatalog(wire.access).putPartitions("birds", "t", [partition(1)])).rejects.toMatchObject({
      name: "TaskFailure",
      retry: false,
      detail: "InvalidInputException: Value too long",
    });
  });

  it("tries again when another writer is at the table, and keeps what only Glue knows of it", async () => {
    const there = {
      Name: "t",
      DatabaseName: "birds",
      Owner: "ann",
      Retention: 7,
      TableType: "EXTERNAL_TABLE",
      StorageDescriptor: { ...storage, SortColumns: [{ Column: "id", SortOrder: 1 }] },
      VersionId: "3",
      CreateTime: 1,
    };
    wire = await startGlueWire({
      GetTable: () => ({ Table: there }),
      UpdateTable: (_, call) => (call === 0 ? { error: "ConcurrentModificationException" } : {}),
    });
    const changed = { ...table, Parameters: { recordCount: "5" } };
    expect(await glueCatalog(wire.access).putTable(changed)).toBe("updated");
    expect(wire.calls.at(-1)?.body.TableInput).toMatchObject({
      Owner: "ann",
      Retention: 7,
      StorageDescriptor: { SortColumns: [{ Column: "id", SortOrder: 1 }], Parameters: { recordCount: "5" } },
    });
    expect(wire.calls.at(-1)?.body.TableInput).not.toHaveProperty("CreateTime");
  });

  it.each<readonly [string, string, string, RegExp?]>([
    [
      "AccessDeniedException",
      "User: arn:aws:iam::1:role/job is not authorized to perform: glue:CreateTable",
      "aws-access-denied",
    ],
    [
      "AccessDeniedException",
      "Insufficient Lake Formation permission(s): Required Create Table on birds",
      "aws-access-denied",
      /in Lake Formation/,
    ],
    ["InvalidInputException", "Name too long", "catalog-record-invalid"],
    ["ResourceNumberLimitExceededException", "Number of tables", "catalog-full"],
    ["GlueEncryptionException", "kms", "catalog-key-refused"],
    ["EntityNotFoundException", "Database birds not found.", "database-not-found"],
  ])("turns %s (%s) into what to do", async (error, message, code, hint = /./) => {
    wire = await startGlueWire({
      GetTable: () => ({ error: "EntityNotFoundException" }),
      CreateTable: () => ({ error, message }),
    });
    const refusal = await glueCatalog(wire.access)
      .putTable(table)
      .catch((caught: unknown) => caught);
    expect(refusal).toMatchObject({ name: "UserError", code });
    expect((refusal as Error & { hint: string }).hint).toMatch(hint);
  });
});
