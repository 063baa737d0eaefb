import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { slurmExecutor, type TaskEvent } from "../../src/executor/index.ts";
import { temporaryFolder } from "../support/paths.ts";
import { type Cluster, noSlurm, startCluster } from "../support/slurm.ts";

const folder = temporaryFolder();
let cluster: Cluster;

/**
 * A stand-in for the command line, since no task of a run asks for another try by itself: a real process that
 * gets the same arguments, says what a task says and ends as told. It leaves INDEX.done when it is done.
 */
function worker(body: string): string[] {
  const path = join(folder, `worker-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(
    path,
    `import { appendFileSync, writeFileSync } from "node:fs";
     const [, , , , plan, stage, text] = process.argv;
     const index = Number(text), tries = Number(process.env.SLURM_RESTART_COUNT ?? 0) + 1;
     const say = (event) => process.stdout.write(JSON.stringify({ ...event, index }) + "\\n");
     const done = () => { writeFileSync(plan + "." + stage + "." + index + ".done", String(tries)); say({ type: "task-finished", seconds: 0, rows: 1 }); };
     const again = (message) => { say({ type: "task-failed", message, retry: true }); process.exitCode = 75; };
     say({ type: "task-started" });
     ${body}`,
  );
  return [process.execPath, path];
}

function jobs(name: string, stages: Record<string, number[]>) {
  const planUri = join(folder, name, "plan.json");
  mkdirSync(join(folder, name), { recursive: true });
  const mark = (stage: string, index: number): string => `${planUri}.${stage}.${index}.done`;
  const isDone = (stage: string) => async (index: number) => existsSync(mark(stage, index));
  return {
    tries: (stage: string, index: number): number => Number(readFileSync(mark(stage, index), "utf8")),
    list: Object.entries(stages).map(([stage, indexes]) => ({
      ...{ planUri, planKey: name, stage, indexes, workers: 4, isDone: isDone(stage) },
    })),
  };
}

describe.skipIf(noSlurm)(`tasks in Slurm's queue ${noSlurm || ""}`, () => {
  beforeAll(async () => {
    cluster = await startCluster({ maxArraySize: 1001 });
    process.env.SLURM_CONF = cluster.env.SLURM_CONF;
  });
  afterAll(async () => {
    delete process.env.SLURM_CONF;
    await cluster?.stop();
  });

  it("that want another try get it, alone, and what waits for them goes on waiting", async () => {
    const { list, tries } = jobs("again", { first: [0, 2, 3], second: [0] });
    // The last of an array has the array's own id: requeued by that, the others would run again, too.
    const command = worker(
      `if (stage === "first" && index === 3 && tries === 1) again("busy"); else done();`,
    );
    const executor = slurmExecutor({ command, memoryMiB: 200 });
    const events: TaskEvent[] = [];
    await executor.announce?.(list);
    for (const job of list) {
      const hooks = {
        onEvent: (event: TaskEvent) => events.push(event),
        signal: new AbortController().signal,
      };
      expect(await executor.run(job, hooks)).toEqual({ failures: [] });
    }
    expect([0, 2, 3].map((index) => tries("first", index))).toEqual([1, 1, 2]);
    expect(tries("second", 0)).toBe(1);
    expect(events).toContainEqual({
      type: "note",
      message: expect.stringContaining("first 3 is tried again"),
    });
    // No array but those that were announced: the second stage was not cancelled and submitted anew.
    const arrays = cluster.command("squeue", "--me", "--states=all", "--noheader", "--format=%F").split("\n");
    expect(new Set(arrays.filter((id) => id !== "")).size).toBe(2);
  });

  it("are not tried again when another has failed for good", async () => {
    const { list } = jobs("failing", { first: [0, 1, 2], second: [0] });
    const command = worker(
      `if (index === 0) { say({ type: "task-failed", message: "bad file", retry: false }); process.exitCode = 3; }
       else if (index === 1) again("busy"); else setTimeout(done, 4000);`,
    );
    const executor = slurmExecutor({ command, memoryMiB: 200 });
    await executor.announce?.(list);
    const [job] = list;
    if (job === undefined) throw new Error("no job");
    const hooks = { onEvent: () => undefined, signal: new AbortController().signal };
    const { failures } = await executor.run(job, hooks);
    expect(failures.map(({ index, message }) => [index, message])).toContainEqual([0, "bad file"]);
    expect(failures.length).toBeLessThan(3);
    // What ran when it failed was let end.
    expect(await job.isDone(2)).toBe(true);
    expect(cluster.command("squeue", "--me", "--noheader")).toBe("");
  });

  it("that always want one are tried three times, and fail with their own words", async () => {
    const { list } = jobs("never", { first: [0], second: [0] });
    const command = worker(`again("busy for the " + tries + ". time");`);
    const executor = slurmExecutor({ command, memoryMiB: 200 });
    await executor.announce?.(list);
    const events: TaskEvent[] = [];
    const [job] = list;
    if (job === undefined) throw new Error("no job");
    const hooks = { onEvent: (event: TaskEvent) => events.push(event), signal: new AbortController().signal };
    const { failures } = await executor.run(job, hooks);
    expect(failures).toMatchObject([{ index: 0, message: "busy for the 3. time", retry: true }]);
    expect(events.filter(({ type }) => type === "task-started")).toHaveLength(3);
    expect(cluster.command("squeue", "--me", "--noheader")).toBe("");
  });
});
