import type { ComputeEnvironmentDetail } from "@aws-sdk/client-batch";
import { describe, expect, it } from "vitest";
import { whyWaiting } from "./why-waiting.ts";

const environment: ComputeEnvironmentDetail = {
  computeEnvironmentName: "bison",
  computeEnvironmentArn: "arn",
  state: "ENABLED",
  status: "VALID",
  computeResources: {
    type: "SPOT",
    instanceTypes: ["r7g.medium", "r7g.large"],
    desiredvCpus: 3,
    maxvCpus: 64,
    subnets: [],
  },
};

describe("why jobs wait", () => {
  it("is told for each of AWS's reasons with what to do", () => {
    const told = [
      [
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity",
        /more instance types/,
      ],
      ["MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - too low", /raise its maximum/],
      ["MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement", /7,500 MiB/],
      ["MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - x", /not offered in its zones/],
      ["MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS - x", /AWSServiceRoleForBatch/],
      ["ACTION_REQUIRED - CE(s) associated with the job queue are invalid", /INVALID/],
      ["UNDETERMINED - blocked", /quota/],
    ] as const;
    for (const [reason, mend] of told) {
      const text = whyWaiting(reason, [environment]);
      expect(text).toContain(reason);
      expect(text).toMatch(mend);
      expect(text).toContain("bison: VALID, r7g.medium r7g.large, 3 of at most 64 vCPUs");
    }
  });

  it("is guessed at, openly, where AWS says nothing", () => {
    expect(whyWaiting(undefined, [environment])).toMatch(/Batch gives no reason.*quota.*route.*addresses/);
  });

  it("passes on what makes an environment INVALID", () => {
    const broken: ComputeEnvironmentDetail = {
      ...environment,
      status: "INVALID",
      statusReason: "CLIENT_ERROR - Not authorized to perform sts:AssumeRole",
    };
    expect(whyWaiting("ACTION_REQUIRED - x", [broken])).toContain("CLIENT_ERROR - Not authorized");
  });
});
