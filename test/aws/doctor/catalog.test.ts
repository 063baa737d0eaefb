import {
  CreateCrawlerCommand,
  CreateDatabaseCommand,
  CreateTableCommand,
  GetTableCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-glue";
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canMend, diagnose, openMender } from "../../../src/aws/doctor/index.ts";
import { crawl } from "../../../src/catalog/index.ts";
import { noEmulator } from "../../support/emulator.ts";
import { makeUser } from "../../support/emulator-identities.ts";
import { type Lake, openLake } from "../../support/trino-lake.ts";
import { type Aws, awsOf, codesOf, locationOf } from "./sound-account.ts";

let lake: Lake;
let aws: Aws;
beforeAll(async () => {
  if (noEmulator !== false) return;
  lake = await openLake();
  aws = awsOf(lake.emulator);
});
afterAll(() => lake?.stop());

let made = 0;

/** A database with a table of two files, crawled. */
async function crawled(): Promise<{ database: string; prefix: string }> {
  made += 1;
  const database = `bison_${made}`;
  const prefix = `${database}/occurrences`;
  await lake.put(prefix, {
    "part-0.parquet":
      "SELECT 1::BIGINT AS gbifid, 'Bison bison' AS species, ['A', 'B'] AS issue, 2020::INTEGER AS year",
    "part-1.parquet":
      "SELECT 2::BIGINT AS gbifid, 'Bos taurus' AS species, [] :: VARCHAR[] AS issue, 2021::INTEGER AS year",
  });
  await crawl(lake.store, lake.catalog, { folder: `s3://lake/${database}/`, database });
  return { database, prefix };
}

async function changeColumn(database: string, column: string, type: string | undefined): Promise<void> {
  const { Table } = await aws.glue.send(new GetTableCommand({ DatabaseName: database, Name: "occurrences" }));
  const columns = (Table?.StorageDescriptor?.Columns ?? []).flatMap((one) =>
    one.Name !== column ? [one] : type === undefined ? [] : [{ ...one, Type: type }],
  );
  await aws.glue.send(
    new UpdateTableCommand({
      DatabaseName: database,
      TableInput: {
        Name: "occurrences",
        TableType: Table?.TableType,
        Parameters: Table?.Parameters,
        PartitionKeys: Table?.PartitionKeys,
        StorageDescriptor: { ...Table?.StorageDescriptor, Columns: columns },
      },
    }),
  );
}

async function table(database: string, location: string): Promise<void> {
  await aws.glue.send(
    new CreateTableCommand({
      DatabaseName: database,
      TableInput: {
        Name: "elsewhere",
        Parameters: { classification: "parquet" },
        StorageDescriptor: { Location: location, Columns: [{ Name: "gbifid", Type: "bigint" }] },
      },
    }),
  );
}

describe.skipIf(noEmulator)("the catalog on the emulator", () => {
  it("as a crawl leaves it is sound", async () => {
    const { database } = await crawled();
    const { diagnosis } = await codesOf(aws, { databases: [database] });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.notRun).toEqual([]);
    expect(diagnosis.passed.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["catalog-filled", "catalog-locations", "catalog-drift", "bucket-region"]),
    );
  });

  it.each([
    ["a type that the files do not have", "gbifid", "string", "column gbifid is bigint in"],
    ["a narrower type than the files'", "gbifid", "int", "and int in the catalog"],
    [
      "another type in a list",
      "issue",
      "array<struct<array_element:string>>",
      "column issue is array<string>",
    ],
    ["a column missing", "species", undefined, "column species (string) of"],
  ])("with %s has drifted", async (_, column, type, says) => {
    const { database } = await crawled();
    await changeColumn(database, column, type);
    const { codes, diagnosis } = await codesOf(aws, { databases: [database] });
    expect(codes).toEqual(["catalog-table-drift"]);
    expect(diagnosis.findings[0]?.cause).toContain(says);
    expect(diagnosis.findings[0]?.severity).toBe(type === undefined ? "warning" : "error");
  });

  it("that has drifted is mended by a crawl, under the table's own name", async () => {
    const { database } = await crawled();
    await changeColumn(database, "gbifid", "string");
    const { diagnosis } = await codesOf(aws, { databases: [database] });
    const [finding] = diagnosis.findings;
    expect(finding !== undefined && canMend(finding)).toBe(true);
    if (finding !== undefined) await openMender(aws.access).apply(finding);
    const { codes, diagnosis: after } = await codesOf(aws, { databases: [database] });
    expect(codes).toEqual([]);
    expect(after.passed).toContainEqual({
      check: "catalog-drift",
      resource: `table ${database}.occurrences`,
    });
    expect((await lake.catalog.listTables(database)).map(({ Name }) => Name)).toEqual(["occurrences"]);
  });

  it("with a wider type than the files' is sound", async () => {
    const { database } = await crawled();
    await changeColumn(database, "year", "bigint");
    expect((await codesOf(aws, { databases: [database] })).codes).toEqual([]);
  });

  it("with one file of another type has drifted, wherever the file stands", async () => {
    const { database, prefix } = await crawled();
    await lake.put(prefix, {
      "part-2.parquet":
        "SELECT '3' AS gbifid, 'Bison bonasus' AS species, ['A'] AS issue, 2022::INTEGER AS year",
    });
    const { codes, diagnosis } = await codesOf(aws, { databases: [database] });
    expect(codes).toEqual(["catalog-table-drift"]);
    expect(diagnosis.findings[0]?.cause).toContain("part-2.parquet");
  });

  it("with a partition of another type than its table has drifted", async () => {
    made += 1;
    const database = `bison_parts_${made}`;
    for (const year of [2024, 2025]) {
      await lake.put(`${database}/counts/year=${year}`, {
        "0.parquet": "SELECT 'Ada' AS county, 7::BIGINT AS n",
      });
    }
    await crawl(lake.store, lake.catalog, { folder: `s3://lake/${database}/`, database });
    expect((await codesOf(aws, { databases: [database] })).codes).toEqual([]);
    const [partition] = await lake.catalog.listPartitions(database, "counts");
    const columns = partition?.StorageDescriptor.Columns.map((one) => ({ ...one, Type: "string" })) ?? [];
    if (partition === undefined) throw new Error("no partition");
    const changed = { ...partition, StorageDescriptor: { ...partition.StorageDescriptor, Columns: columns } };
    await lake.catalog.putPartitions(database, "counts", [changed]);
    const { codes, diagnosis } = await codesOf(aws, { databases: [database] });
    expect(codes).toEqual(["catalog-table-drift"]);
    expect(diagnosis.findings[0]?.awsError).toContain("HIVE_PARTITION_SCHEMA_MISMATCH");
    expect(diagnosis.findings[0]?.cause).toContain(
      "column n is bigint in the table, and string in its partition 2024",
    );
  });

  it("without tables is empty, and a crawler is named when there is one", async () => {
    made += 1;
    const database = `bison_empty_${made}`;
    await aws.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
    const before = await codesOf(aws, { databases: [database] });
    expect(before.codes).toEqual(["catalog-database-empty"]);
    expect(before.diagnosis.findings[0]?.mend.steps[0]).toHaveProperty("crawl.database", database);
    await aws.glue.send(
      new CreateCrawlerCommand({
        Name: database,
        Role: "none",
        DatabaseName: database,
        Targets: { S3Targets: [{ Path: "s3://lake/x/" }] },
      }),
    );
    const after = await codesOf(aws, { databases: [database] });
    expect(
      after.diagnosis.findings.find(({ code }) => code === "catalog-database-empty")?.mend.steps[0],
    ).toEqual({
      service: "glue",
      operation: "StartCrawler",
      input: { Name: database },
    });
  });

  it("whose files were removed says where they were", async () => {
    const { database, prefix } = await crawled();
    const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket: "lake", Prefix: prefix }));
    await aws.s3.send(
      new DeleteObjectsCommand({ Bucket: "lake", Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }),
    );
    const { codes, diagnosis } = await codesOf(aws, { databases: [database] });
    expect(codes).toEqual(["catalog-location-missing"]);
    expect(diagnosis.findings[0]?.cause).toContain(`s3://lake/${prefix}`);
  });

  it("whose bucket is gone says so", async () => {
    const { database } = await crawled();
    await table(database, "s3://no-bucket-of-this-name/out/");
    const { codes, diagnosis } = await codesOf(aws, { databases: [database] });
    expect(codes).toEqual(["catalog-location-missing"]);
    expect(diagnosis.findings[0]?.awsError).toContain("NoSuchBucket");
  });

  it("whose bucket is in another region says where", async () => {
    const { database } = await crawled();
    const Bucket = `elsewhere-${database.replaceAll("_", "-")}`;
    await awsOf(lake.emulator, "eu-west-1").s3.send(
      new CreateBucketCommand({ Bucket, ...locationOf("eu-west-1") }),
    );
    await table(database, `s3://${Bucket}/out/`);
    const { codes, diagnosis } = await codesOf(aws, { databases: [database] });
    expect(codes).toEqual(["bucket-region-mismatch"]);
    expect(diagnosis.findings[0]?.cause).toContain("eu-west-1");
    expect((await codesOf(aws, { buckets: [Bucket] })).codes).toEqual(["bucket-region-mismatch"]);
    expect((await codesOf(aws, { buckets: ["lake"] })).codes).toEqual([]);
  });

  it("is asked unsigned in GBIF's buckets: nobody needs a right there", async () => {
    const Bucket = "gbif-open-data-us-east-1";
    const prefix = "occurrence/2026-11-01/occurrence.parquet/";
    await lake.put("gbif", { "part-0.parquet": "SELECT 1::BIGINT AS gbifid" });
    const Body = await lake.store.read("s3://lake/gbif/part-0.parquet");
    await aws.s3.send(new CreateBucketCommand({ Bucket }));
    await aws.s3.send(new PutObjectCommand({ Bucket, Key: `${prefix}000000`, Body, ACL: "public-read" }));
    const database = "bison_gbif";
    await aws.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: database } }));
    await table(database, `s3://${Bucket}/${prefix}`);
    const rights = [
      "glue:Get*",
      "batch:Describe*",
      "rds:Describe*",
      "ec2:Describe*",
      "iam:Get*",
      "iam:List*",
    ];
    const env = await makeUser(lake.emulator, { name: "reader", rights });
    const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
    await lake.emulator.enforce();
    try {
      const access = { ...aws.access, credentials: async () => keys };
      const diagnosis = await diagnose({ access, spec: { databases: [database] } });
      expect(diagnosis.findings).toEqual([]);
      expect(diagnosis.notRun).toEqual([]);
      const seen = diagnosis.passed.map(({ check }) => check);
      expect(seen).toEqual(expect.arrayContaining(["bucket-region", "catalog-locations", "catalog-drift"]));
    } finally {
      await lake.emulator.relax();
    }
  });
});
