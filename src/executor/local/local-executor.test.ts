import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/paths.ts";
import type { TaskEvent } from "../executor.ts";
import { localExecutor } from "./local-executor.ts";

const folder = temporaryFolder();

/** A stand-in for the command line: a real process that gets the same arguments and behaves as told. */
function worker(body: string): string[] {
  const path = join(folder, `worker-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(
    path,
    `import { createInterface } from "node:readline";
     const index0 = Number(process.argv[6]);
     const say = (event) => new Promise((done) => process.stdout.write(JSON.stringify(event) + "\\n", done));
     process.stdin.on("end", () => process.exit(130));
     const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
     for (let line = String(index0); line !== "end"; line = (await lines.next()).value) {
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
