import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/paths.ts";
import { isAlive } from "../../store/index.ts";
import type { TaskEvent } from "../executor.ts";
import { localExecutor } from "./local-executor.ts";

const folder = temporaryFolder();

/** A stand-in for the command line: a real process that gets the same arguments and behaves as told. */
function worker(body: string, atStart = ""): string[] {
  const path = join(folder, `worker-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(
    path,
    `import { createInterface } from "node:readline";
     const say = (event) => new Promise((done) => process.stdout.write(JSON.stringify(event) + "\\n", done));
     process.stdin.on("end", () => process.exit(130)); ${atStart}
     const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
     for (let { value: line } = await lines.next(); line !== "end"; line = (await lines.next()).value) {
       const index = Number(line);
       await say({ type: "task-started", index }); ${body}
     }
     process.exit(0);`,
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

describe("workers of the next stage", () => {
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
  /** Says which process works at what: `STAGE PID` when it starts, `STAGE PID INDEX` for a task. */
  function writingWorker(bodyOf: (log: string) => string = () => "") {
    const log = join(folder, `log-${Math.random().toString(36).slice(2)}`);
    writeFileSync(log, "");
    const write = (more: string) =>
      `(await import("node:fs")).appendFileSync(${JSON.stringify(log)}, \`\${process.argv[5]} \${process.pid}${more}\\n\`);`;
    const command = worker(`${write(` \${index}`)} ${bodyOf(JSON.stringify(log))} ${finish}`, write(""));
    const lines = () =>
      readFileSync(log, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => line.split(" "));
    return { command, lines };
  }

  it("are started while the last task of this one runs, and do its tasks", async () => {
    // The first stage's task ends when a worker of the second waits.
    const { command, lines } = writingWorker(
      (log) => `
      const { readFileSync } = await import("node:fs");
      const wait = () => new Promise((done) => setTimeout(done, 20));
      if (process.argv[5] === "first") while (!readFileSync(${log}, "utf8").includes("second")) await wait();`,
    );
    const executor = localExecutor({ command });
    const jobs = [job("first", [0]), job("second", [0, 1, 2]), job("third", [0])];
    await executor.announce?.(jobs);
    for (const one of jobs) expect((await executor.run(one, hooks())).failures).toEqual([]);
    const started = lines().filter((line) => line.length === 2);
    const worked = lines().filter((line) => line.length === 3);
    expect(started.map(([stage]) => stage).sort()).toEqual(["first", "second", "second", "third"]);
    expect(worked).toHaveLength(5);
    for (const [stage, pid] of worked) expect(started).toContainEqual([stage, pid]);
  });

  it("that have died while they waited are replaced", async () => {
    const { command, lines } = writingWorker();
    const executor = localExecutor({ command });
    await executor.announce?.([job("first", [0]), job("second", [0])]);
    await executor.run(job("first", [0]), hooks());
    while (!lines().some(([stage]) => stage === "second")) await new Promise((done) => setTimeout(done, 20));
    const spare = Number(lines().find(([stage]) => stage === "second")?.[1]);
    process.kill(spare, "SIGKILL");
    await new Promise((done) => setTimeout(done, 200));
    const events: TaskEvent[] = [];
    expect((await executor.run(job("second", [0]), hooks(events))).failures).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(["task-started", "task-finished"]);
    expect(lines().filter(([stage, pid]) => stage === "second" && Number(pid) !== spare)).toHaveLength(2);
  });

  it("are ended when this one fails", async () => {
    const { command, lines } = writingWorker(
      () => `if (process.argv[5] === "first") {
        await new Promise((done) => setTimeout(done, 500));
        await say({ type: "task-failed", index, message: "bad file", retry: false });
        process.exit(3);
      }`,
    );
    const executor = localExecutor({ command });
    await executor.announce?.([job("first", [0]), job("second", [0])]);
    expect((await executor.run(job("first", [0]), hooks())).failures).toHaveLength(1);
    await new Promise((done) => setTimeout(done, 200));
    expect(lines().length).toBeGreaterThan(1);
    for (const [, pid] of lines()) expect(isAlive(Number(pid))).toBe(false);
  });
});
