import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchClient,
  ListJobsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-batch";
import { CloudWatchLogsClient, DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BatchExecutorOptions, batchExecutor } from "../../src/aws/batch/index.ts";
import { type AwsAccess, openAccess } from "../../src/aws/client/index.ts";
import { s3Store } from "../../src/aws/s3/index.ts";
import type { StageJob, TaskEvent } from "../../src/executor/index.ts";
import type { Store } from "../../src/store/index.ts";
import { type BatchQueue, clientConfig, makeBatchQueue } from "../support/batch-queue.ts";
import { type Emulator, type JobProcess, noEmulator, startEmulator } from "../support/emulator.ts";
import { root, temporaryFolder } from "../support/paths.ts";

const pace = { firstSeconds: 0.1, mostSeconds: 0.3 };

/** Ends a process that may have ended by itself. */
function endProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has.
  }
}

/** A road to a port of this machine that can be closed and opened again. */
async function openRoad(to: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    close,
    open: () => void server.listen(port, "127.0.0.1"),
    end: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Asks first attempts that still run to stop. */
function stopAll(processes: readonly JobProcess[]): void {
  for (const { attempt, pid } of processes) if (attempt === 1) endProcess(pid, "SIGTERM");
}

describe.skipIf(noEmulator)("the executor on Batch", () => {
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

  /** A folder of its own with a plan that says how tasks behave; `annotate 3` is the name of a task. */
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

  it("runs the tasks that are open, and those alone, as the children of an array", async () => {
    const { stage, folder } = await planFor({});
    const { events, failures } = await run(stage("annotate", [2, 5, 7]));
    expect(failures).toEqual([]);
    const finished = events.filter((event) => event.type === "task-finished");
    expect(finished).toHaveLength(3);
    expect(finished).toContainEqual({ type: "task-finished", index: 5, seconds: 0.25, rows: 105 });
    expect(
      events
        .filter((event) => event.type === "task-started")
        .map(({ index }) => index)
        .sort(),
    ).toEqual([2, 5, 7]);
    for (const index of [2, 5, 7]) expect(await store.stat(`${folder}/annotate-${index}`)).toBeDefined();
    // The list of indexes has served.
    for await (const { uri } of store.list(`${folder}/indexes/`)) expect(uri).toBe("gone");
  });

  it("runs a stage of one task as a plain job, and says what its attempt took", async () => {
    const { stage } = await planFor({});
    const { attempts } = await run(stage("count", [4]));
    expect(attempts).toMatchObject([
      { index: 4, attempt: 1, end: "done", exitCode: 0, vcpus: 1, memoryMiB: 2048 },
    ]);
  });

  it("goes on after a machine was taken away, and after a task was asked to stop; both are told", async () => {
    const stop = emulator.onJobProcess(({ job, attempt, pid, spoke }) => {
      if (attempt === 1 && spoke) endProcess(pid, job.endsWith(":0") ? "SIGKILL" : "SIGTERM");
    });
    const { stage } = await planFor({ "annotate 0": "wait once", "annotate 1": "wait once" });
    const { events, failures, attempts } = await run(stage("annotate", [0, 1]));
    stop();
    expect(failures).toEqual([]);
    expect(attempts).toHaveLength(4);
    expect(attempts).toContainEqual(
      expect.objectContaining({
        index: 0,
        attempt: 1,
        end: "lost",
        reason: expect.stringMatching(/^Host EC2/),
      }),
    );
    expect(attempts).toContainEqual(
      expect.objectContaining({ index: 1, attempt: 1, end: "stopped", exitCode: 130 }),
    );
    expect(events.filter(({ type }) => type === "task-started")).toHaveLength(4);
  });

  it("tries again what a task says may pass", async () => {
    const { stage } = await planFor({ "annotate 0": "fail twice" });
    const { failures, attempts } = await run(stage("annotate", [0, 1]));
    expect(failures).toEqual([]);
    expect(attempts.filter((event) => event.type === "task-attempt" && event.index === 0)).toHaveLength(3);
  });

  it("tells a failure in the task's own words, stops the rest, and never begins the stages behind", async () => {
    const { stage, folder } = await planFor({ "annotate 1": "fail", "annotate 0": "wait" });
    const queue = await executor();
    const [annotate, count] = [stage("annotate", [0, 1]), stage("count", [0])];
    await queue.announce?.([annotate, count]);
    expect(await living()).toHaveLength(2);
    const { failures } = await queue.run(annotate, {
      onEvent: () => undefined,
      signal: new AbortController().signal,
    });
    expect(failures).toEqual([
      {
        type: "task-failed",
        index: 1,
        message: "records.csv is no CSV.",
        retry: false,
        code: "input-unreadable",
        hint: "Give another.",
        exitCode: 2,
      },
    ]);
    await nobodyLives();
    expect(await store.stat(`${folder}/count-0`)).toBeUndefined();
  });

  it("tells of a crash what the task printed last", async () => {
    const { stage } = await planFor({ "annotate 0": "crash" });
    const { failures } = await run(stage("annotate", [0]));
    expect(failures).toMatchObject([
      { index: 0, retry: false, message: expect.stringMatching(/exit code 134.*\n.*heap limit/s) },
    ]);
  });

  it("believes the published result more than the queue, and runs the next stage all the same", async () => {
    const { stage } = await planFor({ "annotate 0": "publish, then be killed" });
    const queue = await executor();
    const [annotate, count] = [stage("annotate", [0, 1]), stage("count", [0])];
    await queue.announce?.([annotate, count]);
    const hooks = { onEvent: () => undefined, signal: new AbortController().signal };
    expect((await queue.run(annotate, hooks)).failures).toEqual([]);
    expect((await queue.run(count, hooks)).failures).toEqual([]);
    expect(await count.isDone(0)).toBe(true);
  });

  it("gives up on a task whose machine is taken away each time", async () => {
    const stop = emulator.onJobProcess(({ pid, spoke }) => {
      if (spoke) endProcess(pid, "SIGKILL");
    });
    const { stage } = await planFor({ "annotate 0": "wait" });
    const { failures, attempts } = await run(stage("annotate", [0]));
    stop();
    expect(attempts).toHaveLength(3);
    expect(failures).toMatchObject([
      { retry: true, message: expect.stringMatching(/taken away, 3 times/), hint: expect.any(String) },
    ]);
  });

  it("ends a task that takes too long, once", async () => {
    const { stage } = await planFor({ "annotate 0": "wait" });
    const limits = () => ({ vcpus: 1, memoryMiB: 2048, attempts: 3, timeoutSeconds: 60 });
    const { failures, attempts } = await run(stage("annotate", [0]), { more: { limits } });
    expect(attempts).toMatchObject([{ end: "timed-out" }]);
    expect(failures).toMatchObject([
      { retry: false, message: expect.stringMatching(/longer than the 60 s/) },
    ]);
  });

  it("stops every job when it is interrupted, and waits for their end", async () => {
    const { stage } = await planFor({ "annotate 0": "wait", "annotate 1": "wait" });
    const queue = await executor();
    const [annotate, count] = [stage("annotate", [0, 1]), stage("count", [0])];
    await queue.announce?.([annotate, count]);
    const interrupt = new AbortController();
    const events: TaskEvent[] = [];
    const ended = queue.run(annotate, {
      signal: interrupt.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.type === "task-progress") interrupt.abort();
      },
    });
    expect((await ended).failures).toEqual([]);
    await nobodyLives();
    expect(events.filter(({ type }) => type === "task-failed")).toEqual([]);
    // What ran is paid for.
    expect(events).toContainEqual(expect.objectContaining({ type: "task-attempt", end: "stopped" }));
  });

  it("leaves no stage behind when it is interrupted as a stage ends", async () => {
    // Were it not ended, it would wait for ever; that it begins before anybody hears of the end is all right.
    const { stage } = await planFor({ "count 0": "wait" });
    const queue = await executor();
    const [annotate, count] = [stage("annotate", [0, 1]), stage("count", [0])];
    await queue.announce?.([annotate, count]);
    const interrupt = new AbortController();
    const ended = new Set<number>();
    await queue.run(annotate, {
      signal: interrupt.signal,
      onEvent: (event) => {
        if (event.type === "task-finished") ended.add(event.index);
        if (ended.size === 2) interrupt.abort();
      },
    });
    await nobodyLives();
    expect(await count.isDone(0)).toBe(false);
  });

  it("goes on with the jobs that a killed run of the same plan left", async () => {
    const { stage, folder } = await planFor({ "annotate 2": "wait once", "annotate 4": "wait once" });
    const processes: JobProcess[] = [];
    const forget = emulator.onJobProcess((process) => processes.push(process));
    const [annotate, count] = [stage("annotate", [2, 4]), stage("count", [0])];
    // The first run is killed when it has submitted everything.
    await (await executor()).announce?.([annotate, count]);
    const queue = await executor();
    const plan = { planUri: `${folder}/plan.json`, planKey: annotate.planKey };
    expect(await queue.takeOver?.({ ...plan, again: false })).toBe(true);
    await queue.announce?.([annotate, count]);
    expect(await living()).toHaveLength(2);
    const hooks = { onEvent: () => undefined, signal: new AbortController().signal };
    const ended = queue.run(annotate, hooks);
    setTimeout(() => stopAll(processes), 1000);
    expect((await ended).failures).toEqual([]);
    expect((await queue.run(count, hooks)).failures).toEqual([]);
    forget();
    // Nothing was submitted again.
    expect(new Set(processes.map(({ job }) => job)).size).toBe(3);
  });

  it("tells the attempts at what a killed run's jobs did meanwhile: they are paid for", async () => {
    const { stage, folder } = await planFor({ "annotate 4": "wait once" });
    const processes: JobProcess[] = [];
    const forget = emulator.onJobProcess((process) => processes.push(process));
    const all = stage("annotate", [2, 4]);
    await (await executor()).announce?.([all]);
    while (!(await all.isDone(2))) await sleep(50);
    // By now only task 4 is open.
    const rest = stage("annotate", [4]);
    const queue = await executor();
    const plan = { planUri: `${folder}/plan.json`, planKey: rest.planKey };
    expect(await queue.takeOver?.({ ...plan, again: false })).toBe(true);
    await queue.announce?.([rest]);
    const events: TaskEvent[] = [];
    const hooks = {
      onEvent: (event: TaskEvent) => void events.push(event),
      signal: new AbortController().signal,
    };
    const ended = queue.run(rest, hooks);
    setTimeout(() => stopAll(processes), 1000);
    expect((await ended).failures).toEqual([]);
    forget();
    const of = (index: number) =>
      events.flatMap((event) => ("index" in event && event.index === index ? [event.type] : []));
    expect(of(2)).toEqual(["task-attempt"]);
    expect(of(4).filter((type) => type === "task-attempt")).toHaveLength(2);
    expect(of(4).at(-1)).toBe("task-finished");
  });

  it("adds what the jobs of a killed run do not do, and submits anew what depends on it", async () => {
    const { stage, folder } = await planFor({ "annotate 0": "wait once" });
    const processes: JobProcess[] = [];
    const forget = emulator.onJobProcess((process) => processes.push(process));
    await (await executor()).announce?.([stage("annotate", [0, 1]), stage("count", [0])]);
    const queue = await executor();
    const [annotate, count] = [stage("annotate", [0, 1, 2]), stage("count", [0])];
    const plan = { planUri: `${folder}/plan.json`, planKey: annotate.planKey };
    expect(await queue.takeOver?.({ ...plan, again: false })).toBe(true);
    await queue.announce?.([annotate, count]);
    const hooks = { onEvent: () => undefined, signal: new AbortController().signal };
    const ended = queue.run(annotate, hooks);
    setTimeout(() => stopAll(processes), 1000);
    expect((await ended).failures).toEqual([]);
    expect(await annotate.isDone(2)).toBe(true);
    expect((await queue.run(count, hooks)).failures).toEqual([]);
    forget();
    expect(new Set(processes.map(({ name }) => name)).size).toBe(2);
    await nobodyLives();
  });

  it("ends what a killed run on the same folder left at work, before anything else", async () => {
    const { stage, folder } = await planFor({ "annotate 0": "wait", "annotate 1": "wait" });
    await (await executor()).announce?.([stage("annotate", [0, 1]), stage("count", [0])]);
    const other = await planFor({ "annotate 0": "wait" });
    const notOurs = await executor();
    await notOurs.announce?.([other.stage("annotate", [0])]);
    expect(await living()).toHaveLength(3);
    const planUri = `${folder}/plan.json`;
    expect(await (await executor()).takeOver?.({ planUri, planKey: "", again: false })).toBe(false);
    expect(await living()).toHaveLength(1);
    await notOurs.takeOver?.({ planUri: `${other.folder}/plan.json`, planKey: "", again: false });
    await nobodyLives();
  });

  it("says why jobs wait for machines, once, and goes on when some come", async () => {
    const batch = new BatchClient(clientConfig(emulator));
    const reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested";
    const tag = { resourceArn: here.environmentArn, tags: { "emulator:runnable-reason": reason } };
    await batch.send(new TagResourceCommand(tag));
    const { stage } = await planFor({});
    const queue = await executor();
    const notes: string[] = [];
    const { failures } = await queue.run(stage("annotate", [0, 1]), {
      signal: new AbortController().signal,
      onEvent: (event) => {
        if (event.type !== "note") return;
        notes.push(event.message);
        void batch.send(
          new UntagResourceCommand({
            resourceArn: here.environmentArn,
            tagKeys: ["emulator:runnable-reason"],
          }),
        );
      },
    });
    expect(failures).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(
      /^Jobs wait for machines \(bison-environment: VALID, r7g.medium, 0 of at most 4 vCPUs\)\. AWS says: CAPACITY.*no such machines left/,
    );
  });

  it("goes on when AWS is out of reach for a while, and says so once", async () => {
    const road = await openRoad(Number(new URL(emulator.endpoint).port));
    const away = await openAccess({ ...clientConfig(emulator), endpoint: `http://127.0.0.1:${road.port}` });
    const { stage } = await planFor({ "annotate 0": "wait once" });
    const queue = await executor({ access: away });
    const processes: JobProcess[] = [];
    const forget = emulator.onJobProcess((process) => processes.push(process));
    const events: TaskEvent[] = [];
    const ended = queue.run(stage("annotate", [0]), {
      signal: new AbortController().signal,
      onEvent: (event) => {
        events.push(event);
        if (event.type === "task-progress" && event.rows === 1) road.close();
        // The job goes on meanwhile, to its end.
        if (event.type !== "note") return;
        stopAll(processes);
        setTimeout(road.open, 1500);
      },
    });
    expect((await ended).failures).toEqual([]);
    forget();
    await road.end();
    expect(events.filter(({ type }) => type === "note")).toEqual([
      { type: "note", message: expect.stringMatching(/could not be reached.*The jobs go on; asking again/s) },
    ]);
    expect(events.at(-1)).toMatchObject({ type: "task-finished", index: 0 });
  });

  it("loses nothing with the logs", async () => {
    const logs = new CloudWatchLogsClient(clientConfig(emulator));
    const stop = emulator.onJobProcess(() => {
      void logs.send(new DeleteLogGroupCommand({ logGroupName: "/aws/batch/job" })).catch(() => undefined);
    });
    const { stage, folder } = await planFor({});
    const { failures, events } = await run(stage("annotate", [3]));
    stop();
    expect(failures).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ type: "task-finished", index: 3 }));
    expect(await store.stat(`${folder}/annotate-3`)).toBeDefined();
  });
});
