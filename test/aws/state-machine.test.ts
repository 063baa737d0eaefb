import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { GetTablesCommand, GlueClient } from "@aws-sdk/client-glue";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAccess } from "../../src/aws/client/index.ts";
import { s3Store } from "../../src/aws/s3/index.ts";
import { stackOutputs } from "../../src/aws/stack/index.ts";
import type { Store } from "../../src/store/index.ts";
import { clientConfig } from "../support/batch-queue.ts";
import { bisonflow, type Ended } from "../support/command.ts";
import { download } from "../support/download.ts";
import { type Emulator, type JobProcess, noEmulator, startEmulator } from "../support/emulator.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../support/paths.ts";
import { readManifest, resultContent } from "../support/result-content.ts";

const birds = sharedFile("occurrences/isu-birds.dwca.zip");
const counties = sharedFile("regions/cb_2021_us_county_5m.zip");
const areas = sharedFile("regions/cb_2021_us_aiannh_500k.zip");
const register = sharedFile("register/US-RIIS_MasterList_2021.csv");
const older = sharedFile("occurrences/snapshot-schema-2021.parquet");
const snapshot = sharedFile("occurrences/snapshot-schema-2024-late.parquet");

describe.skipIf(noEmulator || noSharedData)("the stack's state machine, on real files", () => {
  const folder = temporaryFolder();
  let emulator: Emulator;
  let store: Store;
  let bucket: string;
  let stateMachineArn: string;

  const aws = (...args: string[]): Ended => bisonflow(["aws", ...args], { env: emulator.env });
  /** GBIF's bucket is open to everybody, and read without credentials. */
  const put = async (Bucket: string, Key: string, Body: string | Buffer): Promise<void> => {
    const isPublic = Bucket.startsWith("gbif-");
    const s3 = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    await s3.send(
      new PutObjectCommand({ Bucket, Key, Body, ...(isPublic ? { ACL: "public-read" as const } : {}) }),
    );
  };
  const execute = async (
    name: string,
    input: object = {},
  ): Promise<DescribeExecutionCommandOutput & { states: string[] }> => {
    const functions = new SFNClient(clientConfig(emulator));
    const { executionArn = "" } = await functions.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
    for (;;) {
      const seen = await functions.send(new DescribeExecutionCommand({ executionArn }));
      if (seen.status !== "RUNNING") {
        const { events = [] } = await functions.send(
          new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
        );
        const states = events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
        return { ...seen, states };
      }
      await sleep(500);
    }
  };
  const resultAt = async (prefix: string): Promise<string> => {
    const into = join(folder, prefix.replaceAll("/", "-"));
    await download(store, `s3://${bucket}/${prefix}`, into);
    return into;
  };
  const tables = (out: string): [string, string][] =>
    Object.entries(resultContent(out)).filter(([name]) => /^(tables|maps|occurrences)\//.test(name));

  beforeAll(async () => {
    emulator = await startEmulator({ env: { BISONFLOW_CACHE: join(folder, "container-cache") } });
    expect(aws("up", "--yes", "--max-vcpus", "3")).toMatchObject({ status: 0 });
    const standing = JSON.parse(aws("plan", "--json").stdout) as { changes: unknown[] };
    expect(standing.changes).toEqual([]);
    const access = await openAccess(clientConfig(emulator));
    const outputs = await stackOutputs(access, "bisonflow");
    bucket = outputs.BucketName ?? "";
    stateMachineArn = outputs.StateMachineArn ?? "";
    for (const path of [birds, older, counties, areas, register])
      await put(bucket, `config/${basename(path)}`, readFileSync(path));
    store = s3Store(access, { stagingFolder: join(folder, "staged") });
    // From here on everything is done under the stack's own roles; what each needs is in stack-rights*.test.ts.
    await emulator.enforce();
  });
  afterAll(() => emulator?.stop());

  const run = {
    // Beside the configuration, by their names alone.
    occurrences: [basename(birds), basename(older)],
    layers: [
      { name: "county", path: basename(counties) },
      { name: "aiannh", path: basename(areas) },
    ],
    register: { path: basename(register), resolve: "names" },
    // Small; two inputs are two parts at least, so that annotate is an array.
    taskRows: 500,
  };

  it("gives what the laptop gives, though machines are taken away", async () => {
    await put(
      bucket,
      "config/run.json",
      JSON.stringify({ ...run, out: `s3://${bucket}/results/bison_birds` }),
    );
    const lost: string[] = [];
    const stop = emulator.onJobProcess(({ name, job, attempt, pid, spoke }: JobProcess) => {
      const isAnnotate = name.startsWith("annotate-") && job.endsWith(":0");
      if (attempt > 1 || !spoke || !isAnnotate || lost.length > 0) return;
      lost.push(job);
      process.kill(-pid, "SIGKILL");
    });
    const ended = await execute("first");
    stop();
    expect(ended.cause ?? "").toBe("");
    expect(ended).toMatchObject({ status: "SUCCEEDED" });
    expect(ended.states).toEqual([
      "Begin",
      "WithDefaultConfig",
      "FindSnapshot",
      "Plan",
      "ReadPlan",
      "How many tasks: Prepare",
      "Prepare",
      "How many tasks: Acquire",
      "AcquireOne",
      "How many tasks: Resolve",
      "Resolve",
      "How many tasks: Annotate",
      "Annotate",
      "CountAndMatrix",
      "Publish",
      "Catalog",
      "ReadSummary",
      "IsCrawlWanted",
      "Notify",
      "Done",
    ]);
    expect(lost).toHaveLength(1);

    const laptop = join(folder, "laptop");
    const there = [
      ["--occurrences", birds, older],
      ["--layer", `county=${counties}`],
      ["--layer", `aiannh=${areas}`],
      ["--register", register, "--resolve", "names", "--no-catalog", "--out", laptop],
    ].flat();
    // The same cut into parts; --config would say where tasks run, too.
    const config = join(folder, "task-rows.json");
    writeFileSync(config, JSON.stringify({ taskRows: 500 }));
    expect(bisonflow(["run", "--config", config, ...there])).toMatchObject({ status: 0 });
    const out = await resultAt("results/bison_birds");
    expect(tables(out)).toEqual(tables(laptop));
    expect(readManifest(out).records).toEqual(readManifest(laptop).records);
    expect(readManifest(out).records.read).toBeGreaterThan(3253);
  });

  it("leaves the result's tables in Glue", async () => {
    const { TableList = [] } = await new GlueClient(clientConfig(emulator)).send(
      new GetTablesCommand({ DatabaseName: "bison_birds" }),
    );
    expect(TableList.map(({ Name }) => Name)).toEqual(
      expect.arrayContaining(["occurrences", "county_counts", "aiannh_counts", "species_list"]),
    );
  });

  it("is charged for what ran, the attempt that was lost among it", () => {
    const arn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:first`;
    const { status, stdout } = aws("cost", "--execution", arn, "--on-demand", "--json");
    expect(status).toBe(0);
    const { stages, usd, lines } = JSON.parse(stdout) as {
      usd: number;
      lines: { what: string; usd: number }[];
      stages: {
        stage: string;
        tasks: number;
        attempts: number;
        again: Record<string, number>;
        seconds: number;
        lostSeconds: number;
        usd: number;
      }[];
    };
    const annotate = stages.find(({ stage }) => stage === "Annotate");
    expect(annotate).toMatchObject({ again: { lost: 1 } });
    expect(annotate?.attempts).toBe((annotate?.tasks ?? 0) + 1);
    expect(annotate?.lostSeconds).toBeGreaterThan(0);
    expect(stages.map(({ stage }) => stage)).toEqual(
      expect.arrayContaining([
        "FindSnapshot",
        "Plan",
        "Prepare",
        "Resolve",
        "CountAndMatrix",
        "Publish",
        "Catalog",
      ]),
    );
    // r6g.medium, the kind whose vCPU costs least on demand: its hour's share, second by second.
    const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
    expect(lines.find(({ what }) => what.startsWith("r6g.medium"))?.usd).toBeCloseTo(
      (seconds / 3600) * 0.0504,
      8,
    );
    expect(usd).toBeCloseTo(
      lines.reduce((sum, line) => sum + line.usd, 0),
      10,
    );
  });

  it("goes on from what is done, and waits for Glue's crawler when asked", async () => {
    const before = await resultAt("results/bison_birds");
    const ended = await execute("again", { crawl: true });
    expect(ended).toMatchObject({ status: "SUCCEEDED" });
    expect(ended.states.slice(-7)).toEqual([
      "IsCrawlWanted",
      "StartCrawler",
      "WaitForCrawler",
      "LookAtCrawler",
      "HasCrawlerEnded",
      "Notify",
      "Done",
    ]);
    expect(tables(await resultAt("results/bison_birds"))).toEqual(tables(before));
  });

  it("finds GBIF's newest whole snapshot, and names result and database by its date", async () => {
    const gbif = "gbif-open-data-us-east-1";
    const s3 = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: gbif }));
    for (const date of ["2026-10-01", "2026-11-01", "2026-12-01"]) {
      await put(gbif, `occurrence/${date}/occurrence.parquet/000000`, readFileSync(snapshot));
      // The last one is still being copied.
      if (date !== "2026-12-01") await put(gbif, `occurrence/${date}/citation.txt`, "GBIF.org");
    }
    await put(
      bucket,
      "config/monthly.json",
      JSON.stringify({ occurrences: ["gbif:latest"], profile: "all" }),
    );
    const ended = await execute("monthly", { config: `s3://${bucket}/config/monthly.json` });
    expect(ended.cause ?? "").toBe("");
    const { result } = JSON.parse(ended.output ?? "{}");
    expect(result.value).toMatchObject({ out: `s3://${bucket}/results/bison_2026_11_01`, read: 10 });
    expect(result.value.text).toMatch(/in Athena: database bison_2026_11_01\.$/);
    // No text, no register: stages without tasks are passed over.
    expect(ended.states).not.toContain("AcquireOne");
    expect(ended.states).not.toContain("Resolve");
  });

  it("fails, and says so, when there is no configuration", async () => {
    const ended = await execute("nothing", { config: `s3://${bucket}/config/none.json` });
    expect(ended).toMatchObject({ status: "FAILED", error: "RunFailed" });
    expect(ended.states).toEqual(["Begin", "WithConfig", "FindSnapshot", "NotifyFailure", "Failed"]);
    expect(ended.cause).toContain("find-nothing");
  });
});
