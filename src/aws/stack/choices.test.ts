import { describe, expect, it } from "vitest";
import { chosenParameters, parseChoices } from "./choices.ts";

describe("the choices of a stack", () => {
  it("set the parameters they are about, and no others", () => {
    const choices = parseChoices({
      capacity: "on-demand",
      instanceTypes: ["r7g.medium", "c7gn.large"],
      schedule: "cron(0 1 2 * ? *)",
      email: "",
      budgetUsd: 0,
    });
    expect(choices.name).toBe("bisonflow");
    expect(chosenParameters(choices)).toEqual({
      Capacity: "EC2",
      InstanceTypes: "r7g.medium,c7gn.large",
      ScheduleState: "ENABLED",
      ScheduleExpression: "cron(0 1 2 * ? *)",
      NotificationEmail: "",
      MonthlyBudgetUsd: "0",
    });
    expect(chosenParameters(parseChoices({}))).toEqual({});
    expect(chosenParameters(parseChoices({ schedule: "off" }))).toEqual({ ScheduleState: "DISABLED" });
  });

  it.each([
    [{ instanceTypes: ["r7g.medium", "r7i.large"] }, /^--instance-types: r7i\.large is no arm64 kind/],
    [{ instanceTypes: ["g5.xlarge"] }, /g5\.xlarge is no arm64 kind/],
    [{ vpc: "vpc-x" }, /^--vpc: expected new, default or the id of a VPC/],
    [{ subnets: ["subnet-1"] }, /^--subnets: expected ids such as/],
    [{ name: "1st" }, /^--name: expected a letter/],
    [{ name: "a".repeat(52) }, /^--name: expected a letter/],
    [{ schedule: "weekly" }, /^--schedule: expected off, monthly or a cron/],
    [{ email: "nobody" }, /^--email: /],
    [{ crawlerTarget: "/data" }, /^--crawler-target: expected an s3:\/\/ folder/],
    [{ catalogDatabase: "Bison" }, /^--catalog-database: expected lower-case/],
    [{ maxVcpus: 0 }, /^--max-vcpus: /],
    [{ taskTimeoutSeconds: 59 }, /^--task-timeout-seconds: /],
  ] as const)("refuses %j by its option's name", (given, message) => {
    expect(() => parseChoices(given as Parameters<typeof parseChoices>[0])).toThrow(
      expect.objectContaining({ code: "stack-choice-invalid", message: expect.stringMatching(message) }),
    );
  });
});
