import { describe, expect, it } from "vitest";
import type { Executor } from "./executor.ts";
import { lateExecutor } from "./late-executor.ts";

const plan = { planUri: "plan.json", planKey: "0" };

describe("an executor that is made when it is used", () => {
  it("is made once, by the first that is asked of it, and handed everything", async () => {
    const asked: string[] = [];
    const executor = lateExecutor("late", async () => {
      asked.push("made");
      return {
        name: "inner",
        check: async () => void asked.push("check"),
        takeOver: async ({ planKey }) => asked.push(`takeOver ${planKey}`) > 0,
        announce: async (jobs) => void asked.push(`announce ${jobs.length}`),
        run: async ({ stage }) => {
          asked.push(`run ${stage}`);
          return { failures: [] };
        },
        release: async () => void asked.push("release"),
      };
    });
    await executor.release?.();
    expect([executor.name, asked]).toEqual(["late", []]);
    const job = { ...plan, stage: "count", indexes: [0], workers: 1, isDone: async () => false };
    await executor.check?.();
    expect(await executor.takeOver?.({ ...plan, again: false })).toBe(true);
    await executor.announce?.([job]);
    await executor.run(job, { onEvent: () => undefined, signal: new AbortController().signal });
    await executor.release?.();
    expect(asked).toEqual(["made", "check", "takeOver 0", "announce 1", "run count", "release"]);
  });

  it("leaves out what its executor does not know, and passes on why it cannot be made", async () => {
    const plain: Executor = { name: "plain", run: async () => ({ failures: [] }) };
    const executor = lateExecutor("late", async () => plain);
    await executor.check?.();
    expect(await executor.takeOver?.({ ...plan, again: false })).toBe(false);
    await executor.announce?.([]);
    await executor.release?.();
    const broken = lateExecutor("late", () => Promise.reject(new Error("no such queue")));
    await expect(broken.check?.()).rejects.toThrow("no such queue");
    await broken.release?.();
  });
});
