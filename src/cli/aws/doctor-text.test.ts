import { describe, expect, it } from "vitest";
import { type Diagnosis, explain } from "../../aws/doctor/index.ts";
import { diagnosisText, explanationText } from "./doctor-text.ts";

const terminal = (width: number | undefined) => ({
  write: async () => undefined,
  width,
  isInteractive: false,
});
const diagnosis: Diagnosis = {
  account: "123456789012",
  region: "us-east-1",
  caller: "arn:aws:iam::123456789012:user/ann",
  scope: "queue bison",
  findings: [
    {
      code: "batch-environment-invalid",
      severity: "error",
      title: "The compute environment is invalid or switched off",
      resource: "environment bison",
      awsError: "ACTION_REQUIRED - CE(s) associated with the job queue are invalid.",
      cause:
        "Compute environment bison is INVALID: CLIENT_ERROR - \u001B[31mred\u0007 words of somebody else",
      mend: {
        words: "Switch on compute environment bison",
        steps: [
          {
            service: "batch",
            operation: "UpdateComputeEnvironment",
            input: { computeEnvironment: "bison", state: "ENABLED" },
          },
        ],
        canApply: true,
        stackOption: undefined,
      },
    },
  ],
  passed: [
    { check: "vpc-dns", resource: "vpc-1" },
    { check: "vpc-dns", resource: "vpc-2" },
  ],
  notRun: [
    { check: "batch-route", missingAction: "ec2:DescribeSubnets", reason: "no", isDenied: true },
    { check: "batch-route", missingAction: "ec2:DescribeRouteTables", reason: "no", isDenied: true },
  ],
};

describe("the doctor's report", () => {
  it("has three parts, each check once", () => {
    expect(diagnosisText(terminal(80), diagnosis)).toBe(`   Account   123456789012, us-east-1
   As        arn:aws:iam::123456789012:user/ann
   Looked at queue bison

Findings: 1

1. batch-environment-invalid  error
   The compute environment is invalid or switched off
   environment bison

   AWS says  ACTION_REQUIRED - CE(s) associated with the job queue are invalid.
   Cause     Compute environment bison is INVALID: CLIENT_ERROR - \uFFFD[31mred\uFFFD
             words of somebody else
   Mend      Switch on compute environment bison
             $ aws batch update-compute-environment \\
                 --compute-environment bison --state ENABLED \\
                 --region us-east-1

Checks that passed: 2
  ✓ Names are resolved in the VPC
    vpc-1; vpc-2

Checks that could not run: 2
  ? Machines of the environment reach ECS
    needs ec2:DescribeSubnets, ec2:DescribeRouteTables
`);
  });

  it.each([undefined, 60, 80, 300])("is no wider than the terminal, nor than can be read: %s", (width) => {
    const text = diagnosisText(terminal(width), diagnosis);
    const most = Math.max(...text.split("\n").map((line) => line.length));
    expect(most).toBeLessThanOrEqual(Math.min(width ?? 80, 100));
  });
});

describe("an explanation", () => {
  it("names the row, AWS's words, the cause and every mend, the stack's once", () => {
    const text = explanationText(terminal(80), explain("Could not find S3 endpoint or NAT gateway"));
    expect(text).toMatch(/^glue-connection-no-s3-route\n/);
    expect(text.match(/^ {3}Mend /gm)).toHaveLength(2);
    expect(text.match(/^ {3}Our stack /gm)).toHaveLength(1);
  });
});
