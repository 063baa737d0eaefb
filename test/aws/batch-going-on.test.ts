import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchClient, TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-batch";
import { CloudWatchLogsClient, DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import { openAccess } from "../../src/aws/client/index.ts";
import type { TaskEvent } from "../../src/executor/index.ts";
import { clientConfig } from "../support/batch-queue.ts";
import { type JobProcess, noEmulator } from "../support/emulator.ts";
import { batchRig, stopAll } from "./batch-rig.ts";

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

describe.skipIf(noEmulator)("a run on Batch goes on", () => {
  const rig = batchRig();
  const { executor, planFor, run, living, nobodyLives } = rig;

  it("goes on with the jobs that a killed run of the same plan left", async () => {
    const { stage, folder } = await planFor({ "annotate 2": "wait once", "annotate 4": "wait once" });
    const processes: JobProcess[] = [];
    const forget = rig.emulator.onJobProcess((process) => processes.push(process));
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
    const forget = rig.emulator.onJobProcess((process) => processes.push(process));
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
    const forget = rig.emulator.onJobProcess((process) => processes.push(process));
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
    const batch = new BatchClient(clientConfig(rig.emulator));
    const reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested";
    const tag = { resourceArn: rig.here.environmentArn, tags: { "emulator:runnable-reason": reason } };
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
            resourceArn: rig.here.environmentArn,
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
    const road = await openRoad(Number(new URL(rig.emulator.endpoint).port));
    const away = await openAccess({
      ...clientConfig(rig.emulator),
      endpoint: `http://127.0.0.1:${road.port}`,
    });
    const { stage } = await planFor({ "annotate 0": "wait once" });
    const queue = await executor({ access: away });
    const processes: JobProcess[] = [];
    const forget = rig.emulator.onJobProcess((process) => processes.push(process));
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
    const logs = new CloudWatchLogsClient(clientConfig(rig.emulator));
    const stop = rig.emulator.onJobProcess(() => {
      void logs.send(new DeleteLogGroupCommand({ logGroupName: "/aws/batch/job" })).catch(() => undefined);
    });
    const { stage, folder } = await planFor({});
    const { failures, events } = await run(stage("annotate", [3]));
    stop();
    expect(failures).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ type: "task-finished", index: 3 }));
    expect(await rig.store.stat(`${folder}/annotate-3`)).toBeDefined();
  });
});
