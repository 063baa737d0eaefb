import { describe, expect, it } from "vitest";
import type { TaskEvent } from "../../src/executor/index.ts";
import { noEmulator } from "../support/emulator.ts";
import { batchRig, endProcess } from "./batch-rig.ts";

describe.skipIf(noEmulator)("the executor on Batch", () => {
  const rig = batchRig();
  const { executor, planFor, run, living, nobodyLives } = rig;

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
    for (const index of [2, 5, 7]) expect(await rig.store.stat(`${folder}/annotate-${index}`)).toBeDefined();
    // The list of indexes has served.
    for await (const { uri } of rig.store.list(`${folder}/indexes/`)) expect(uri).toBe("gone");
  });

  it("runs a stage of one task as a plain job, and says what its attempt took", async () => {
    const { stage } = await planFor({});
    const { attempts } = await run(stage("count", [4]));
    expect(attempts).toMatchObject([
      { index: 4, attempt: 1, end: "done", exitCode: 0, vcpus: 1, memoryMiB: 2048 },
    ]);
  });

  it("goes on after a machine was taken away, and after a task was asked to stop; both are told", async () => {
    const stop = rig.emulator.onJobProcess(({ job, attempt, pid, spoke }) => {
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
    expect(await rig.store.stat(`${folder}/count-0`)).toBeUndefined();
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
    const stop = rig.emulator.onJobProcess(({ pid, spoke }) => {
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
});
