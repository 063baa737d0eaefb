import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchClient, ListJobsCommand } from "@aws-sdk/client-batch";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect } from "vitest";
import { type BatchExecutorOptions, batchExecutor } from "../../src/aws/batch/index.ts";
import { type AwsAccess, openAccess } from "../../src/aws/client/index.ts";
import { s3Store } from "../../src/aws/s3/index.ts";
import type { Executor, StageJob, TaskEvent } from "../../src/executor/index.ts";
import type { Store } from "../../src/store/index.ts";
import { type BatchQueue, clientConfig, makeBatchQueue } from "../support/batch-queue.ts";
import { type Emulator, type JobProcess, startEmulator } from "../support/emulator.ts";
import { root, temporaryFolder } from "../support/paths.ts";

const pace = { firstSeconds: 0.1, mostSeconds: 0.3 };

/** Ends a process that may have ended by itself. */
export function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has.
  }
}

/** Asks first attempts that still run to stop. */
export function stopAll(processes: readonly JobProcess[]): void {
  for (const { attempt, pid } of processes) if (attempt === 1) endProcess(pid, "SIGTERM");
}

/** The executor on an emulator's queue, whose jobs are stand-ins for tasks that behave as a plan says. */
export interface BatchRig {
  readonly emulator: Emulator;
  readonly store: Store;
  readonly here: BatchQueue;
  executor(more?: Partial<BatchExecutorOptions>): ReturnType<typeof batchExecutor>;
  /** A folder of its own with a plan that says how tasks behave; `annotate 3` is the name of a task. */
  planFor(behaviour: Record<string, string>): Promise<{
    folder: string;
    stage: (name: string, indexes: readonly number[]) => StageJob;
  }>;
  run(
    job: StageJob,
    options?: { more?: Partial<BatchExecutorOptions>; signal?: AbortSignal },
  ): Promise<{
    events: TaskEvent[];
    failures: Awaited<ReturnType<Executor["run"]>>["failures"];
    attempts: TaskEvent[];
  }>;
  /** Names of the jobs that are not over. */
  living(): Promise<string[]>;
  nobodyLives(): Promise<void>;
}

/** Starts before the tests of a file, and ends with them. */
export function batchRig(): BatchRig {
  const stagingFolder = temporaryFolder();
  let emulator: Emulator;
  let access: AwsAccess;
  let store: Store;
  let here: BatchQueue;
  let folders = 0;

  beforeAll(async () => {
    emulator = await startEmulator({
      entrypoints: { "stand-in": [process.execPath, join(root, "test", "support", "queued-task.mjs")] },
      env: { EMULATOR_TIMEOUT_SCALE: "0.02" },
    });
    access = await openAccess(clientConfig(emulator));
    store = s3Store(access, { stagingFolder });
    here = await makeBatchQueue(emulator, { image: "stand-in", vcpus: 4 });
    await new S3Client({ ...clientConfig(emulator), forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: "bison" }),
    );
  });
  afterAll(() => emulator?.stop());

  const executor = (more: Partial<BatchExecutorOptions> = {}) =>
    batchExecutor({
      access,
      store,
      target: { queue: here.queue, jobDefinition: here.definition },
      limits: () => ({ attempts: 3, timeoutSeconds: 600 }),
      stages: ["annotate", "count"],
      leastMemoryMiB: 512,
      pace,
      ...more,
    });

  const planFor = async (behaviour: Record<string, string>) => {
    const folder = `s3://bison/run-${folders++}/.bisonflow`;
    await store.publishBytes(Buffer.from(JSON.stringify(behaviour)), `${folder}/plan.json`);
    const stage = (name: string, indexes: readonly number[]): StageJob => ({
      planUri: `${folder}/plan.json`,
      planKey: "0123456789abcdef",
      stage: name,
      indexes,
      workers: 2,
      isDone: async (index) => (await store.stat(`${folder}/${name}-${index}`)) !== undefined,
    });
    return { folder, stage };
  };
  const run = async (
    job: StageJob,
    options: { more?: Partial<BatchExecutorOptions>; signal?: AbortSignal } = {},
  ) => {
    const events: TaskEvent[] = [];
    const queue = await executor(options.more);
    const { failures } = await queue.run(job, {
      onEvent: (event) => events.push(event),
      signal: options.signal ?? new AbortController().signal,
    });
    return { events, failures, attempts: events.filter(({ type }) => type === "task-attempt") };
  };
  const living = async (): Promise<string[]> => {
    const batch = new BatchClient(clientConfig(emulator));
    const names: string[] = [];
    for (const jobStatus of ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"] as const) {
      const { jobSummaryList = [] } = await batch.send(
        new ListJobsCommand({ jobQueue: here.queue, jobStatus }),
      );
      names.push(...jobSummaryList.map(({ jobName }) => jobName ?? ""));
    }
    return names;
  };
  const nobodyLives = async (): Promise<void> => {
    for (let tries = 0; (await living()).length > 0 && tries < 100; tries++) await sleep(100);
    expect(await living()).toEqual([]);
  };
  return {
    get emulator() {
      return emulator;
    },
    get store() {
      return store;
    },
    get here() {
      return here;
    },
    executor,
    planFor,
    run,
    living,
    nobodyLives,
  };
}
