import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchClient, ListJobsCommand } from "@aws-sdk/client-batch";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAccess } from "../../src/aws/client/index.ts";
import { s3Store } from "../../src/aws/s3/index.ts";
import type { Store } from "../../src/store/index.ts";
import type { RunEvent } from "../../src/workflow/index.ts";
import { clientConfig, makeBatchQueue } from "../support/batch-queue.ts";
import { bisonflow, startBisonflow } from "../support/command.ts";
import { download } from "../support/download.ts";
import { type Emulator, type JobProcess, noEmulator, startEmulator } from "../support/emulator.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../support/paths.ts";
import { resultContent } from "../support/result-content.ts";

describe.skipIf(noEmulator || noSharedData)("a run on Batch, on real files", () => {
  const folder = temporaryFolder();
  const config = join(folder, "run.json");
  const cache = join(folder, "cache");
  let emulator: Emulator;
  let store: Store;
  let laptop: Record<string, string>;

  beforeAll(async () => {
    writeFileSync(
      config,
      JSON.stringify({
        occurrences: [
          sharedFile("occurrences/isu-birds.dwca.zip"),
          sharedFile("occurrences/snapshot-schema-2021.parquet"),
        ],
        layers: [
          { name: "county", path: sharedFile("regions/cb_2021_us_county_5m.zip") },
          { name: "aiannh", path: sharedFile("regions/cb_2021_us_aiannh_500k.zip") },
        ],
        register: { path: sharedFile("register/US-RIIS_MasterList_2021.csv") },
        // Small, so that annotate is an array.
        taskRows: 500,
        catalog: false,
        aws: { queue: "bison-queue", jobDefinition: "bison-job" },
      }),
    );
    const out = join(folder, "laptop");
    const { status, stderr } = bisonflow(["run", "--config", config, "--out", out, "--cache", cache]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    laptop = resultContent(out);

    emulator = await startEmulator({ env: { BISONFLOW_CACHE: join(folder, "container-cache") } });
    await makeBatchQueue(emulator, { vcpus: 3 });
    const s3 = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "bison" }));
    const access = await openAccess(clientConfig(emulator));
    store = s3Store(access, { stagingFolder: join(folder, "staged") });
  });
  afterAll(() => emulator?.stop());

  /** Starts a run into a prefix; hands over events as they come. */
  const start = (prefix: string, onEvent: (event: RunEvent) => void = () => undefined) => {
    const child = startBisonflow(
      ["run", "--config", config, "--on", "aws", "--to", `s3://bison/${prefix}`, "--json"],
      { env: emulator.env },
    );
    let printed = "";
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const lines = printed.split("\n");
      printed = lines.pop() ?? "";
      for (const line of lines) onEvent(JSON.parse(line) as RunEvent);
    });
    const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
      child.once("close", (code) => resolve({ code, stderr }));
    });
    return { child, ended };
  };
  const contentOf = async (prefix: string): Promise<Record<string, string>> => {
    const into = join(folder, prefix);
    await download(store, `s3://bison/${prefix}`, into);
    return resultContent(into);
  };
  const livingJobs = async (): Promise<string[]> => {
    const batch = new BatchClient(clientConfig(emulator));
    const found = await batch.send(
      new ListJobsCommand({ jobQueue: "bison-queue", filters: [{ name: "JOB_NAME", values: ["*"] }] }),
    );
    return (found.jobSummaryList ?? [])
      .filter(({ status }) => status !== "SUCCEEDED" && status !== "FAILED")
      .map(({ jobName }) => jobName ?? "");
  };

  it("gives what the laptop gives, though machines are taken away and tasks stopped", async () => {
    // Of each stage something: a spot host goes without a word, a drained one sends SIGTERM first.
    const harm = ({ job, name, attempt, pid, spoke }: JobProcess): void => {
      if (attempt > 1 || !spoke) return;
      const [, child = "0"] = job.split(":");
      const kind = name.endsWith("-annotate") ? Number(child) % 3 : name.endsWith("-resolve") ? 1 : 0;
      if (kind === 2) return;
      setTimeout(() => endProcess(pid, kind === 0 ? "SIGKILL" : "SIGTERM"), 100 * Number(child));
    };
    const stop = emulator.onJobProcess(harm);
    const events: RunEvent[] = [];
    const { code, stderr } = await start("killed", (event) => events.push(event)).ended;
    stop();
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(await contentOf("killed")).toEqual(laptop);

    const attempts = events.filter((event) => event.type === "task-attempt");
    const of = (end: string) => attempts.filter((attempt) => attempt.end === end);
    expect(of("lost").length).toBeGreaterThanOrEqual(4);
    expect(of("stopped").length).toBeGreaterThanOrEqual(2);
    // Those stopped cleaned up and said so by their exit code.
    expect(of("stopped").map(({ exitCode }) => exitCode)).toContain(130);
    expect(new Set(of("lost").map(({ stage }) => stage)).size).toBeGreaterThanOrEqual(3);
    // Each task came to its end once, and every attempt is there to be charged.
    const finished = events.filter((event) => event.type === "task-finished");
    expect(of("done")).toHaveLength(finished.length);
    for (const { seconds, vcpus, memoryMiB } of attempts) {
      expect(seconds).toBeGreaterThan(0);
      expect([vcpus, memoryMiB]).toEqual([1, 2048]);
    }
    // What was charged stands in the run's own log too.
    const log = Buffer.from(await store.read("s3://bison/killed/events.ndjson")).toString("utf8");
    expect(log.split("\n").filter((line) => line.includes('"task-attempt"'))).toHaveLength(attempts.length);
  });

  it("is ended by Ctrl-C with all of its jobs, and goes on when started again", async () => {
    let asked = false;
    const { child, ended } = start("interrupted", (event) => {
      if (asked || event.type !== "task-finished" || event.stage !== "annotate") return;
      asked = true;
      child.kill("SIGINT");
    });
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stderr).error).toMatchObject({ code: "interrupted" });
    // Those that never began are gone a moment later.
    for (let tries = 0; (await livingJobs()).length > 0 && tries < 50; tries++) await sleep(100);
    expect(await livingJobs()).toEqual([]);
    await expect(store.stat("s3://bison/interrupted/manifest.json")).resolves.toBeUndefined();

    const events: RunEvent[] = [];
    const again = await start("interrupted", (event) => events.push(event)).ended;
    expect(again.stderr).toBe("");
    const [begun] = events.flatMap((event) => (event.type === "run-started" ? [event] : []));
    expect(begun?.done).toBeGreaterThanOrEqual(5);
    expect(await contentOf("interrupted")).toEqual(laptop);
  });

  it("goes on without the machine that started it, and is followed by the next run", async () => {
    const processes: JobProcess[] = [];
    const forget = emulator.onJobProcess((process) => processes.push(process));
    const { child, ended } = start("orphaned", (event) => {
      if (event.type === "task-started" && event.stage === "annotate") child.kill("SIGKILL");
    });
    await ended;
    const again = await start("orphaned").ended;
    forget();
    expect(again.stderr).toBe("");
    expect(again.code).toBe(0);
    expect(await livingJobs()).toEqual([]);
    expect(await contentOf("orphaned")).toEqual(laptop);
    // No task ran twice.
    const started = processes.filter(({ spoke }) => !spoke);
    expect(new Set(started.map(({ job }) => job)).size).toBe(started.length);
    expect(new Set(started.map(({ name }) => name)).size).toBe(6);
  });
});

/** Ends a process that may have ended by itself. */
function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has.
  }
}
