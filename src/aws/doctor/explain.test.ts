import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain } from "./explain.ts";
import { stepText } from "./mend-step.ts";
import { troubles } from "./troubles.ts";

const rows = Object.values(troubles);
const errors = rows.flatMap((row) => row.errors.map((error) => ({ code: row.code, text: error.text })));
const ids: Record<string, string> = {
  subnet: "subnet-0a1b2c3d4e5f60718",
  vpc: "vpc-0a1b2c3d4e5f60718",
  role: "arn:aws:iam::123456789012:role/service-role/AWSGlueServiceRole-bison",
  principal: "arn:aws:iam::123456789012:user/ann",
  action: "ec2:DescribeSubnets",
  host: "bison-db-test.cabc.us-east-1.rds.amazonaws.com",
};
const inAnAccount = (text: string): string =>
  text.replace(/\{([a-zA-Z]+)\}/g, (_, name: string) => ids[name] ?? "whatever-123");

describe("explain", () => {
  it.each(errors.map(({ code, text }) => [code, text] as const))("%s from AWS's words: %s", (code, text) => {
    expect(explain(inAnAccount(text)).map((one) => one.code)).toContain(code);
  });

  it("finds a row whatever the case and wherever lines are broken", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...errors),
        fc.array(fc.nat(400), { maxLength: 8 }),
        fc.boolean(),
        fc.constantFrom("\n", "\r\n    ", "\\n", "\n│ "),
        ({ code, text }, breaks, upper, lineBreak) => {
          let pasted = inAnAccount(text);
          // From the end, so that no break falls into another.
          for (const at of [...new Set(breaks)].sort((a, b) => b - a))
            pasted = pasted.slice(0, at) + (at < pasted.length ? lineBreak : "") + pasted.slice(at);
          const found = explain(upper ? pasted.toUpperCase() : pasted).map((one) => one.code);
          return found.includes(code);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("names the actions that AWS leaves out of its words on a state machine's role", () => {
    const role = "arn:aws:iam::123456789012:role/machine";
    const [rule] = explain(`AccessDeniedException: '${role}' is not authorized to create managed-rule.`);
    expect(rule).toMatchObject({
      code: "role-missing-action",
      mends: [{ words: "Allow events:PutTargets, events:PutRule, events:DescribeRule for role machine" }],
    });
    expect(rule?.mends[0]?.steps.map((step) => stepText(step)).join()).toContain(
      '"Action":["events:PutTargets","events:PutRule","events:DescribeRule"]',
    );
    const [log] = explain(
      "The state machine IAM Role is not authorized to access the Log Destination (Service: AWSStepFunctions; Status Code: 400)",
    );
    expect(log?.mends[0]?.words).toMatch(
      /^Allow logs:CreateLogDelivery, .*logs:DescribeLogGroups for role <role>$/,
    );
  });

  it("puts the most telling row first", () => {
    const first = (text: string) => explain(text)[0]?.code;
    expect(
      first(
        "An error occurred: User: arn:aws:iam::123456789012:user/ann is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/x",
      ),
    ).toBe("caller-cannot-pass-role");
    expect(
      first("User: arn:aws:sts::123456789012:assumed-role/a/b is not authorized to perform: s3:GetObject"),
    ).toBe("role-missing-action");
    expect(first("Could not find S3 endpoint or NAT gateway")).toBe("glue-connection-no-s3-route");
    expect(
      first(
        "Host EC2: CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested",
      ),
    ).toBe("batch-queue-blocked");
  });

  it("recognises a piece of a sentence", () => {
    expect(explain("the source security group in your inbound rule can be restricted")[0]?.code).toBe(
      "security-group-no-self-ingress",
    );
  });

  it("says both causes of a text that has two", () => {
    const codes = explain("bison should be given assume role permissions for the AWS Glue service.").map(
      ({ code }) => code,
    );
    expect(codes.sort()).toEqual(["caller-cannot-pass-role", "role-trust-missing-service"]);
  });

  it("fills commands with the ids of the text, broken over lines or not", () => {
    const [found] = explain(
      "VPC S3 endpoint validation failed for SubnetId: subnet-0a1b2c3d4\ne5f60718. VPC: vpc-0a1b2c3d4e5f60718. Reason: Could not find",
    );
    const step = found?.mends[0]?.steps[0];
    expect(step && stepText(step)).toContain("--vpc-id vpc-0a1b2c3d4e5f60718");
    expect(found?.mends[0]?.words).toContain("<route table>");
  });

  it.each([
    "",
    "   ",
    "hello",
    "Segmentation fault (core dumped)",
    "TypeError: undefined is not a function",
    "error",
  ])("knows nothing of %j", (text) => {
    expect(explain(text)).toEqual([]);
  });

  it("never throws, whatever is pasted", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => Array.isArray(explain(text))),
    );
  });
});
