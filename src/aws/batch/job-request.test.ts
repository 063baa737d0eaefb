import { describe, expect, it } from "vitest";
import { indexList, jobRequest, retryStrategy } from "./job-request.ts";

const planUri = "s3://bison/out/.bisonflow/plan.json";
const limits = { vcpus: 1, memoryMiB: 4096, attempts: 4, timeoutSeconds: 3600 };
const target = {
  queue: "q",
  jobDefinition: "d:1",
  logGroup: "/aws/batch/job",
  environments: [],
  vcpus: 1,
  memoryMiB: 7500,
};

function request(indexes: number[], more: { after?: string[]; timeoutSeconds?: number } = {}) {
  const part = { name: "n", indexes };
  return jobRequest({
    job: { planUri, stage: "annotate" },
    part,
    list: indexList(planUri, "annotate", part),
    target,
    limits: { ...limits, timeoutSeconds: more.timeoutSeconds ?? limits.timeoutSeconds },
    after: more.after ?? [],
  });
}

describe("the request for a job", () => {
  it("names the task of a plain job in its command", () => {
    const { containerOverrides, arrayProperties } = request([7]);
    expect(containerOverrides?.command).toEqual(["task", "run", planUri, "annotate", "7"]);
    expect(arrayProperties).toBeUndefined();
  });

  it("leaves the index to the array where child i is task i", () => {
    const { containerOverrides, arrayProperties } = request([0, 1, 2]);
    expect(containerOverrides?.command).toEqual(["task", "run", planUri, "annotate"]);
    expect(arrayProperties).toEqual({ size: 3 });
  });

  it("points to a list beside the plan where a run goes on from some tasks", () => {
    const list = indexList(planUri, "annotate", { name: "n", indexes: [1, 4] });
    expect(list?.uri).toMatch(/^s3:\/\/bison\/out\/\.bisonflow\/indexes\/annotate-[0-9a-f]{16}\.json$/);
    expect(JSON.parse(Buffer.from(list?.bytes ?? []).toString())).toEqual([1, 4]);
    expect(request([1, 4]).containerOverrides?.command?.slice(-2)).toEqual(["--indexes", list?.uri]);
    // Named by its content: other tasks, other list.
    expect(indexList(planUri, "annotate", { name: "n", indexes: [1, 5] })?.uri).not.toBe(list?.uri);
  });

  it("asks for the stage's size in the form that is not deprecated, and depends on the stage before", () => {
    const { containerOverrides, dependsOn } = request([0, 1], { after: ["a", "b"] });
    expect(containerOverrides?.resourceRequirements).toEqual([
      { type: "VCPU", value: "1" },
      { type: "MEMORY", value: "4096" },
    ]);
    expect(containerOverrides?.memory).toBeUndefined();
    expect(dependsOn).toEqual([{ jobId: "a" }, { jobId: "b" }]);
  });

  it("never asks for a time-out that Batch refuses", () => {
    expect(request([0], { timeoutSeconds: 5 }).timeout).toEqual({ attemptDurationSeconds: 60 });
  });

  it("ends its rules for another try with the one that says no, within Batch's five", () => {
    const { evaluateOnExit = [], attempts } = retryStrategy(4);
    expect(attempts).toBe(4);
    expect(evaluateOnExit.length).toBeLessThanOrEqual(5);
    expect(evaluateOnExit.at(-1)).toEqual({ onReason: "*", action: "EXIT" });
  });
});
