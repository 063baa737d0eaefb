import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillStep, fillText, hasGaps, type MendStep, stepText } from "./mend-step.ts";

const step: MendStep = {
  service: "rds",
  operation: "ModifyDBInstance",
  input: { DBInstanceIdentifier: "{database}", Groups: ["{groups}"], ApplyImmediately: true, Port: "{port}" },
};

describe("a step", () => {
  it("is a command as `aws` spells it", () => {
    const filled = fillStep(step, { database: "bison-db", groups: ["sg-1", "sg-2"], port: 5432 });
    expect(stepText(filled, "us-east-1")).toBe(
      "aws rds modify-db-instance --db-instance-identifier bison-db --groups sg-1 sg-2 --apply-immediately --port 5432 --region us-east-1",
    );
    expect(hasGaps(filled)).toBe(false);
  });

  it("keeps numbers numbers and lists lists", () => {
    const filled = fillStep(step, { database: "d", groups: ["a", "b"], port: 5432 });
    expect(filled).toMatchObject({ input: { Port: 5432, Groups: ["a", "b"] } });
  });

  it("shows what a person has to fill in", () => {
    const filled = fillStep(step, { database: "d" });
    expect(hasGaps(filled)).toBe(true);
    expect(stepText(filled)).toContain("--port '<port>'");
    expect(fillText("{connectionGroup}", {})).toBe("<connection group>");
  });

  it("survives a shell whatever its values are", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !/[\0{}<>]/.test(text)),
        (text) => {
          const command = stepText({
            service: "iam",
            operation: "PutUserPolicy",
            input: { PolicyDocument: text },
          });
          const { stdout } = spawnSync(
            "sh",
            ["-c", command.replace("aws iam put-user-policy --policy-document", "printf %s")],
            {
              encoding: "utf8",
            },
          );
          return stdout === text;
        },
      ),
      { numRuns: 100 },
    );
  });
});
