import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/paths.ts";
import { isAlive } from "../../store/index.ts";
import type { TaskEvent } from "../executor.ts";
import { localExecutor } from "./local-executor.ts";

const folder = temporaryFolder();

/** A stand-in for the command line: a real process that gets the same orders and behaves as told. */
function worker(body: string, atStart = ""): string[] {
  const path = join(folder, `worker-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(
    path,
    `import { createInterface } from "node:readline";
     const say = (event) => new Promise((done) => process.stdout.write(JSON.stringify(event) + "\\n", done));
     process.stdin.on("end", () => process.exit(130)); let memoryMiB = 1; ${atStart}
     const orders = [];
     let wake;
     createInterface({ input: process.stdin }).on("line", (line) => { orders.push(JSON.parse(line)); wake?.(); });
     for (;;) {
       if (orders.length === 0) await say({ type: "worker-waits", memoryMiB });
       while (orders.length === 0) await new Promise((done) => { wake = done; });
       const { stage, index } = orders.shift();
       await say({ type: "task-started", index }); ${body}
     }`,
  );
  return [process.execPath, path];
}

async function run(
  command: string[],
  indexes: number[],
  options: { workers?: number; signal?: AbortSignal } = {},
) {
  const events: TaskEvent[] = [];
  const { failures } = await localExecutor({ command }).run(
    {
      planUri: "plan.json",
      planKey: "0",
      stage: "annotate",
      indexes,
      workers: options.workers ?? 2,
      isDone: async () => false,
    },
    { onEvent: (event) => events.push(event), signal: options.signal ?? new AbortController().signal },
  );
  return {
    events,
    failures,
    finished: events.flatMap((event) => (event.type === "task-finished" ? [event.index] : [])),
  };
}

const finish = `await say({ type: "task-finished", index, seconds: 0, rows: 1 });`;

describe("worker processes", () => {
  it("do every task once, whatever their number", async () => {
    const indexes = Array.from({ length: 23 }, (_, index) => index);
    for (const workers of [1, 2, 5]) {
      const { finished, failures } = await run(worker(finish), indexes, { workers });
      expect(failures).toEqual([]);
      expect([...finished].sort((a, b) => a - b)).toEqual(indexes);
    }
  });

  it("that die without a word are tried once more, and then named", async () => {
    const { failures } = await run(
      worker(`if (index === 3) process.kill(process.pid, "SIGKILL"); ${finish}`),
      [0, 1, 2, 3],
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ index: 3, retry: true });
    expect(failures[0]?.message).toContain("SIGKILL");
    expect(failures[0]?.hint).toContain("memory");
  });

  it("that fail for good are not tried again", async () => {
    const body = `if (index === 1) { await say({ type: "task-failed", index, message: "bad file", retry: false }); process.exit(3); } ${finish}`;
    const { failures, events } = await run(worker(body), [0, 1]);
    expect(failures.map(({ message }) => message)).toEqual(["bad file"]);
    expect(events.filter((event) => event.type === "task-started" && event.index === 1)).toHaveLength(1);
  });

  it("stop when asked, and leave nothing running", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const { finished } = await run(worker("await new Promise((done) => setTimeout(done, 60000));"), [0, 1], {
      signal: controller.signal,
    });
    expect(finished).toEqual([]);
  });

  it("that cannot be started are a failure with the reason", async () => {
    const { failures } = await run([join(folder, "no-such-program")], [0]);
    expect(failures[0]?.message).toContain("could not be started");
  });
});

describe("the workers of a run", () => {
  const job = (stage: string, indexes: number[]) => ({
    planUri: "plan.json",
    planKey: "0",
    stage,
    indexes,
    workers: 2,
    isDone: async () => false,
  });
  const hooks = (events: TaskEvent[] = []) => ({
    onEvent: (event: TaskEvent) => events.push(event),
    signal: new AbortController().signal,
  });
  /** Says which process works at what: `PID` when it starts, `PID STAGE INDEX` for a task. */
  function writingWorker(bodyOf: (log: string) => string = () => "") {
    const log = join(folder, `log-${Math.random().toString(36).slice(2)}`);
    writeFileSync(log, "");
    const write = (more = '""') =>
      `(await import("node:fs")).appendFileSync(${JSON.stringify(log)}, process.pid + ${more} + "\\n");`;
    const command = worker(
      `${write(`" " + stage + " " + index`)} ${bodyOf(JSON.stringify(log))} ${finish}`,
      write(),
    );
    const lines = () =>
      readFileSync(log, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(" "));
    const started = () => lines().flatMap(([pid, stage]) => (stage === undefined ? [Number(pid)] : []));
    const workers = (of: string) =>
      new Set(lines().flatMap(([pid, stage]) => (stage === of ? [Number(pid)] : [])));
    return { command, started, workers };
  }
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((done) => setTimeout(done, 20));
  };

  it("go on from stage to stage, as many as the next one needs, and end with the last", async () => {
    const { command, started, workers } = writingWorker();
    const executor = localExecutor({ command });
    const jobs = [job("first", [0, 1, 2]), job("second", [0]), job("third", [0])];
    await executor.announce?.(jobs);
    const alive: number[] = [];
    for (const one of jobs) {
      expect((await executor.run(one, hooks())).failures).toEqual([]);
      alive.push(started().filter(isAlive).length);
    }
    expect(alive).toEqual([1, 1, 0]);
    expect(started()).toHaveLength(2);
    expect(workers("second").size).toBe(1);
    expect(workers("third")).toEqual(workers("second"));
  });

  it("start while the last task of a stage with fewer runs", async () => {
    // The first stage's task ends when a second process is there.
    const { command, started, workers } = writingWorker(
      (log) => `
      const { readFileSync } = await import("node:fs");
      const wait = () => new Promise((done) => setTimeout(done, 20));
      const processes = () => new Set(readFileSync(${log}, "utf8").split("\\n").slice(0, -1).map((line) => line.split(" ")[0]));
      if (stage === "first") while (processes().size < 2) await wait();`,
    );
    const executor = localExecutor({ command });
    const jobs = [job("first", [0]), job("second", [0, 1, 2])];
    await executor.announce?.(jobs);
    for (const one of jobs) expect((await executor.run(one, hooks())).failures).toEqual([]);
    expect(started()).toHaveLength(2);
    expect(workers("first").size).toBe(1);
  });

  it("start before there is a plan where a run is wanted, and end when it is given up", async () => {
    const { command, started, workers } = writingWorker();
    const executor = localExecutor({ command });
    executor.warmUp?.(2);
    await until(() => started().length === 2);
    await executor.run(job("only", [0]), hooks());
    expect(started()).toHaveLength(2);
    expect(workers("only").size).toBe(1);
    executor.warmUp?.(1);
    await until(() => started().length === 3);
    await executor.release?.();
    expect(started().filter(isAlive)).toEqual([]);
  });

  it("that have died while they waited are replaced", async () => {
    const { command, started, workers } = writingWorker();
    const executor = localExecutor({ command });
    executor.warmUp?.(1);
    await until(() => started().length === 1);
    const [first = 0] = started();
    process.kill(first, "SIGKILL");
    await until(() => !isAlive(first));
    const events: TaskEvent[] = [];
    expect((await executor.run(job("only", [0]), hooks(events))).failures).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(["task-started", "task-finished"]);
    expect(workers("only").has(first)).toBe(false);
  });

  it("that have grown are replaced for the next stage, not within one", async () => {
    const { command, started, workers } = writingWorker(() => "memoryMiB = 2000;");
    const executor = localExecutor({ command });
    const jobs = [
      { ...job("first", [0, 1, 2]), workers: 1 },
      { ...job("second", [0]), workers: 1 },
    ];
    await executor.announce?.(jobs);
    for (const one of jobs) expect((await executor.run(one, hooks())).failures).toEqual([]);
    expect(workers("first").size).toBe(1);
    expect(started()).toHaveLength(2);
    expect([...workers("second")]).not.toEqual([...workers("first")]);
  });

  it("end when a task fails", async () => {
    const { command, started } = writingWorker(
      () => `if (stage === "first" && index === 0) {
        await say({ type: "task-failed", index, message: "bad file", retry: false });
        process.exit(3);
      }`,
    );
    const executor = localExecutor({ command });
    await executor.announce?.([job("first", [0, 1]), job("second", [0, 1])]);
    expect((await executor.run(job("first", [0, 1]), hooks())).failures).toHaveLength(1);
    expect(started().length).toBeGreaterThan(0);
    expect(started().filter(isAlive)).toEqual([]);
  });
});
