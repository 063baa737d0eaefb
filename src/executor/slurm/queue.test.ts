import { describe, expect, it } from "vitest";
import { jobName, runNames } from "./job-name.ts";
import { isAlive, parseQueue } from "./queue.ts";
import { explainEnd, explainWaiting } from "./reasons.ts";

describe("the queue", () => {
  it("is read line by line, jobs of others left out, whatever stands in a reason", () => {
    const name = { ...runNames("/shared/out/.bisonflow/plan.json", "0"), stage: "annotate", base: 1000 };
    const lines = [
      `12|3|${jobName(name)}|RUNNING|n1|None`,
      `12|4|${jobName(name)}|PENDING||(ReqNodeNotAvail, May be reserved | for others)`,
      "13|N/A|bash|RUNNING|n1|None",
      "14|1|annotate.bisonflow.else|RUNNING|n1|None",
      "",
    ];
    expect(parseQueue(lines.join("\n"))).toEqual([
      { array: "12", element: 3, name, state: "RUNNING", node: "n1", reason: "None" },
      {
        array: "12",
        element: 4,
        name,
        state: "PENDING",
        node: "",
        reason: "(ReqNodeNotAvail, May be reserved | for others)",
      },
    ]);
  });

  it("holds a task until Slurm is done with it, requeued ones among them", () => {
    expect(["PENDING", "RUNNING", "COMPLETING", "REQUEUED", "SUSPENDED"].every(isAlive)).toBe(true);
    expect(["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"].some(isAlive)).toBe(
      false,
    );
  });
});

describe("a task that waits", () => {
  it("needs no words while all goes its way", async () => {
    for (const reason of ["None", "Dependency", "JobArrayTaskLimit", ""]) {
      expect(await explainWaiting(reason)).toBeUndefined();
    }
  });

  it("is told from one that would wait for ever", async () => {
    for (const reason of [
      "Resources",
      "Priority",
      "BeginTime",
      "AssocGrpCpuLimit",
      "QOSMaxJobsPerUserLimit",
    ]) {
      expect(await explainWaiting(reason)).toMatchObject({ hopeless: false });
    }
    for (const reason of [
      "BadConstraints",
      "PartitionTimeLimit",
      "InvalidQOS",
      "launch failed requeued held",
    ]) {
      expect(await explainWaiting(reason)).toMatchObject({
        hopeless: true,
        hint: expect.stringMatching(/\w/),
      });
    }
  });
});

describe("a task that ended", () => {
  it("is tried again where the machine was to blame, and not where it would end so again", () => {
    expect(
      ["NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "FAILED", ""].every((state) => explainEnd(state).retry),
    ).toBe(true);
    expect(
      ["TIMEOUT", "OUT_OF_MEMORY", "CANCELLED", "COMPLETED"].some((state) => explainEnd(state).retry),
    ).toBe(false);
  });
});
