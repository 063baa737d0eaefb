import { describe, expect, it } from "vitest";
import type { TaskEvent } from "../executor.ts";
import { runNames } from "./job-name.ts";
import type { QueuedTask } from "./queue.ts";
import { QueueWatch } from "./queue-watch.ts";

function watch() {
  const events: TaskEvent[] = [];
  return { events, queue: new QueueWatch((event) => events.push(event)) };
}

const task = (state: string, reason: string): QueuedTask => ({
  array: "7",
  element: 0,
  name: { ...runNames("/shared/plan.json", "0"), stage: "annotate", base: 0 },
  state,
  reason,
  node: "",
});

describe("whoever waits is told", () => {
  it("why nothing starts, once, and only when nothing has for a while", async () => {
    const { events, queue } = watch();
    await queue.waiting([task("PENDING", "Priority")], 0);
    await queue.waiting([task("RUNNING", "None"), task("PENDING", "Priority")], 4000);
    await queue.waiting([task("PENDING", "Priority")], 8000);
    expect(events).toEqual([]);
    await queue.waiting([task("PENDING", "Priority")], 14_000);
    await queue.waiting([task("PENDING", "Priority")], 24_000);
    expect(events).toEqual([
      { type: "note", message: expect.stringMatching(/higher priority.*\(Priority\)/) },
    ]);
  });

  it("that tasks will never start, as the end of the run", async () => {
    const { queue } = watch();
    await queue.waiting([task("PENDING", "PartitionTimeLimit")], 0);
    await expect(queue.waiting([task("PENDING", "PartitionTimeLimit")], 6000)).rejects.toMatchObject({
      code: "slurm-will-not-start",
      message: expect.stringContaining("job 7"),
    });
  });

  it("that the controller is silent, and the run ends only after a quarter of an hour of it", async () => {
    const { events, queue } = watch();
    queue.silence("connect failure", 0);
    await queue.waiting([], 10_000); // it answered
    queue.silence("connect failure", 20_000);
    expect(events).toEqual([]);
    queue.silence("connect failure", 40_000);
    expect(events).toHaveLength(1);
    expect(() => queue.silence("connect failure", 20_000 + 901_000)).toThrow(/15 minutes/);
  });
});
