import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { glueCatalog } from "../../src/aws/glue/index.ts";
import { type AwsAccess, connect, s3Store } from "../../src/aws/index.ts";
import { type Catalog, queryCatalog, type Table } from "../../src/catalog/index.ts";
import { identifier, literal, openEngine } from "../../src/engine/index.ts";
import type { Store } from "../../src/store/index.ts";
import type { Ended } from "./command.ts";
import { type Emulator, startEmulator } from "./emulator.ts";
import { root } from "./paths.ts";
import type { Trino } from "./trino.ts";

/** The administrator's access to an emulator. */
export function accessTo({ endpoint, region, env }: Emulator): AwsAccess {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = env;
  const credentials = async () => ({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
  });
  return { region, endpoint, credentials };
}

/** An emulator with a bucket `lake`, and the ports on it. */
export interface Lake {
  readonly emulator: Emulator;
  readonly access: AwsAccess;
  readonly store: Store;
  readonly catalog: Catalog;
  /** Puts Parquet or CSV files made by queries (`SELECT …`), or texts, under `s3://lake/PREFIX`. */
  put(prefix: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** Puts the files of a local folder, or one file, under `s3://lake/PREFIX`. */
  upload(path: string, prefix: string): Promise<void>;
  stop(): Promise<void>;
}

export async function openLake(): Promise<Lake> {
  const emulator = await startEmulator();
  const access = accessTo(emulator);
  const s3 = connect(S3Client, access, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: "lake" }));
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-lake-"));
  const store = s3Store(access, { stagingFolder: join(folder, "staged") });
  return {
    emulator,
    access,
    store,
    catalog: glueCatalog(access),
    put: async (prefix, files) => {
      const engine = await openEngine();
      for (const [name, content] of Object.entries(files)) {
        const uri = `s3://lake/${prefix}/${name}`;
        if (!content.startsWith("SELECT")) {
          await store.publishBytes(Buffer.from(content), uri);
          continue;
        }
        const path = join(folder, "made");
        const format = /\.csv(\.gz)?$/.test(name) ? "csv" : "parquet";
        const packed = name.endsWith(".gz") ? ", COMPRESSION gzip" : "";
        await engine.run(`COPY (${content}) TO ${literal(path)} (FORMAT ${format}${packed})`);
        await store.publishBytes(readFileSync(path), uri);
      }
      engine.close();
    },
    upload: async (path, prefix) => {
      const paths = statSync(path).isDirectory()
        ? readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))
        : [path];
      for (const file of paths.filter((one) => statSync(one).isFile())) {
        const name = file === path ? "" : `/${relative(path, file)}`;
        await store.publishBytes(readFileSync(file), `s3://lake/${prefix}${name}`);
      }
    },
    stop: async () => {
      await emulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Counts of a table's rows and of each column's values that are not null. */
export type Counts = Readonly<Record<string, string>>;

function countsSql({ StorageDescriptor, PartitionKeys, DatabaseName, Name }: Table): string {
  const columns = [...StorageDescriptor.Columns, ...PartitionKeys].map(
    // Of quoted text Hive's reader makes empty text where DuckDB has no value.
    (column) =>
      column.Type === "string"
        ? `count(nullif(${identifier(column.Name)}, '')) AS ${identifier(column.Name)}`
        : `count(${identifier(column.Name)}) AS ${identifier(column.Name)}`,
  );
  const from = `${identifier(DatabaseName)}.${identifier(Name)}`;
  return `SELECT ${[`count(*) AS ${identifier("(rows)")}`, ...columns].join(", ")} FROM ${from}`;
}

/** A table's counts as Trino reads them, every column. */
export async function countsByTrino(trino: Trino, table: Table): Promise<Counts> {
  const { columns, rows } = await trino.query(countsSql(table));
  return Object.fromEntries(columns.map(({ name }, i) => [name, String(rows[0]?.[i])]));
}

/** A table's counts as `bisonflow sql` reads them. */
export async function countsByDuckdb(lake: Lake, table: Table): Promise<Counts> {
  const sql = countsSql(table).replaceAll(/nullif\((".*?(?<!")"), ''\)/g, "nullif($1::VARCHAR, '')");
  const answer = await queryCatalog({ catalog: lake.catalog, store: lake.store, sql });
  try {
    for await (const row of answer.texts())
      return Object.fromEntries(answer.columns.map(({ name }, i) => [name.toLowerCase(), row[i] ?? ""]));
  } finally {
    await answer.close();
  }
  throw new Error("no counts");
}

/** Runs the built command against a lake, without stopping this process: the emulator talks to it meanwhile. */
export async function bisonflowOn(
  lake: { readonly emulator: Pick<Emulator, "env"> },
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, "dist", "cli", "main.js"), ...args], {
    cwd: root,
    env: { ...process.env, ...lake.emulator.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const text: string[] = [];
    stream.setEncoding("utf8").on("data", (more: string) => text.push(more));
    return text;
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, stdout: stdout?.join("") ?? "", stderr: stderr?.join("") ?? "" };
}
