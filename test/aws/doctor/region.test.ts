import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { DeleteVpcEndpointsCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diagnose, diagnosisExitCode, diagnosisJson } from "../../../src/aws/doctor/index.ts";
import type { AwsAccess } from "../../../src/aws/index.ts";
import { clientConfig } from "../../support/batch-queue.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { makeUser } from "../../support/emulator-identities.ts";
import { type Account, type Aws, awsOf, codesOf, soundAccount } from "./sound-account.ts";

let emulator: Emulator;
let aws: Aws;
let account: Account;
beforeAll(async () => {
  if (noEmulator !== false) return;
  emulator = await startEmulator();
  aws = awsOf(emulator);
  account = await soundAccount(aws);
});
afterAll(() => emulator?.stop());

describe.skipIf(noEmulator)("the whole region on the emulator", () => {
  it("where nothing is has no findings", async () => {
    const { diagnosis } = await codesOf(awsOf(emulator, "eu-north-1"), {});
    expect(diagnosis).toMatchObject({
      findings: [],
      passed: [],
      notRun: [],
      scope: "everything in eu-north-1",
    });
    expect(diagnosisExitCode(diagnosis)).toBe(0);
  });

  it("that is sound has no findings, and every check of the connection ran", async () => {
    const { diagnosis } = await codesOf(aws, {});
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.notRun).toEqual([]);
    expect(diagnosisExitCode(diagnosis)).toBe(0);
    expect([...new Set(diagnosis.passed.map(({ check }) => check))].sort()).toEqual(
      [
        "bucket-region",
        "caller-passes-role",
        "connection-network",
        "connection-s3-route",
        "connection-self-egress",
        "connection-self-ingress",
        "connection-test-log",
        "database-driver",
        "database-reachable",
        "database-running",
        "policy-length",
        "role-actions",
        "role-trust",
        "vpc-dns",
      ].sort(),
    );
  });

  it("and a VPC by its id are looked at with what stands in them", async () => {
    const broken = await soundAccount(aws);
    await aws.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [broken.s3Endpoint] }));
    expect((await codesOf(aws, { vpcs: [account.vpc] })).codes).toEqual([]);
    const { codes, diagnosis } = await codesOf(aws, { vpcs: [broken.vpc] });
    expect(codes).toEqual(["glue-connection-no-s3-route"]);
    expect(diagnosis.findings[0]?.resource).toContain(broken.name);
  });

  it("a stack is looked at when it is named, or is ours", async () => {
    const cloudformation = new CloudFormationClient(clientConfig(emulator));
    const template = {
      Resources: { Bucket: { Type: "AWS::S3::Bucket", Properties: { BucketName: "of-a-stack" } } },
    };
    const TemplateBody = JSON.stringify(template);
    await expect(codesOf(aws, { stack: "mine" })).rejects.toMatchObject({ code: "doctor-not-found" });
    await cloudformation.send(new CreateStackCommand({ StackName: "mine", TemplateBody }));
    const named = await codesOf(aws, { stack: "mine" });
    expect(named.diagnosis.passed).toEqual([{ check: "bucket-region", resource: "bucket of-a-stack" }]);
    await cloudformation.send(
      new CreateStackCommand({
        StackName: "bisonflow",
        TemplateBody: TemplateBody.replace("of-a", "of-our"),
      }),
    );
    expect((await codesOf(aws, {})).diagnosis.scope).toBe("stack bisonflow");
    expect((await codesOf(aws, { everything: true })).diagnosis.scope).toBe("everything in us-east-1");
  });
});

describe.skipIf(noEmulator)("rights that are missing", () => {
  const all = [
    "ec2:Describe*",
    "glue:GetConnection",
    "glue:GetCrawlers",
    "glue:GetJobs",
    "iam:Get*",
    "iam:List*",
    "iam:PassRole",
    "rds:DescribeDBInstances",
    "rds:DescribeDBParameters",
    "logs:DescribeLogGroups",
  ];
  let users = 0;
  const as = async (rights: readonly string[]): Promise<AwsAccess> => {
    await emulator.relax();
    users += 1;
    const env = await makeUser(emulator, { name: `ann-${users}`, rights });
    const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
    await emulator.enforce();
    return { ...aws.access, credentials: async () => keys };
  };
  afterAll(() => emulator?.relax());
  const each = (ec2: readonly string[]): string[] => [
    ...all.filter((one) => one !== "ec2:Describe*"),
    ...ec2,
  ];
  const ec2 = [
    "ec2:DescribeVpcs",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeSubnets",
    "ec2:DescribeRouteTables",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeNatGateways",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeNetworkAcls",
  ];

  it("none of those declared: everything is looked at", async () => {
    const spec = { connections: [account.name] };
    const diagnosis = await diagnose({ access: await as(each(ec2)), spec });
    expect(diagnosis.notRun).toEqual([]);
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosisExitCode(diagnosis)).toBe(0);
  });

  it.each([
    [
      "ec2:DescribeSecurityGroups",
      ["connection-network", "connection-self-egress", "connection-self-ingress", "database-reachable"],
    ],
    ["ec2:DescribeRouteTables", ["connection-s3-route"]],
    ["ec2:DescribeVpcEndpoints", ["connection-s3-route"]],
    ["ec2:DescribeNetworkAcls", ["database-reachable"]],
    ["ec2:DescribeVpcAttribute", ["vpc-dns"]],
    ["ec2:DescribeNatGateways", []],
    ["rds:DescribeDBParameters", ["database-driver"]],
    ["logs:DescribeLogGroups", ["connection-test-log"]],
  ])("%s: those checks alone do not run that need it", async (missing, checks) => {
    const rights = each(ec2).filter((one) => one !== missing);
    const diagnosis = await diagnose({ access: await as(rights), spec: { connections: [account.name] } });
    expect(diagnosis.findings).toEqual([]);
    const { notRun } = diagnosisJson(diagnosis);
    const others = notRun.filter(({ missingAction }) => missingAction !== missing);
    expect(others).toEqual([]);
    expect(notRun.map(({ check }) => check).sort()).toEqual(expect.arrayContaining(checks));
    expect(notRun.map(({ check }) => check).filter((name) => !checks.includes(name))).toEqual([]);
    expect(diagnosisExitCode(diagnosis)).toBe(checks.length > 0 ? 2 : 0);
  });

  it("all of them: nothing is looked at, and nothing is claimed", async () => {
    const diagnosis = await diagnose({
      access: await as(["s3:ListBucket"]),
      spec: { connections: [account.name] },
    });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.passed).toEqual([]);
    expect(diagnosis.notRun.length).toBeGreaterThan(9);
    expect(diagnosisExitCode(diagnosis)).toBe(2);
  });
});

describe.skipIf(noEmulator)("a caller that IAM does not know", () => {
  it("costs the check of the caller's rights alone, and is no refusal", async () => {
    const access: AwsAccess = {
      ...aws.access,
      credentials: async () => ({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "test" }),
    };
    const diagnosis = await diagnose({ access, spec: { connections: [account.name] } });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.notRun.map(({ check }) => check)).toEqual(["caller-passes-role"]);
    expect(diagnosisExitCode(diagnosis)).toBe(0);
  });
});
