import { CloudFormationClient, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diagnose, doctorActions, type Finding } from "../../../src/aws/doctor/index.ts";
import { roles } from "../../../src/aws/stack/roles.ts";
import { clientConfig } from "../../support/batch-queue.ts";
import { bisonflow } from "../../support/command.ts";
import { actionsOf, declaredRights, declareRights, without } from "../../support/declared-rights.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { makeUser } from "../../support/emulator-identities.ts";
import { type Aws, awsOf, codesOf, trustOf } from "./sound-account.ts";

let emulator: Emulator;
let aws: Aws;
/** Physical ids by logical ids. */
let parts: Record<string, string>;

beforeAll(async () => {
  if (noEmulator !== false) return;
  emulator = await startEmulator({ env: { MOTO_IAM_LOAD_MANAGED_POLICIES: "true" } });
  aws = awsOf(emulator);
  const up = bisonflow(["aws", "up", "--yes", "--database"], { env: emulator.env });
  expect(up.stderr).toBe("");
  const { StackResources = [] } = await new CloudFormationClient(clientConfig(emulator)).send(
    new DescribeStackResourcesCommand({ StackName: "bisonflow" }),
  );
  parts = Object.fromEntries(
    StackResources.map((one) => [one.LogicalResourceId ?? "", one.PhysicalResourceId ?? ""]),
  );
});
afterAll(() => emulator?.stop());

const roleOf = (part: string): string => parts[part] ?? "";
/** What the doctor finds in the stack; whatever it could not look at fails the test. */
const found = async (): Promise<readonly Finding[]> => {
  const { diagnosis } = await codesOf(aws, { stack: "bisonflow" });
  expect(diagnosis.notRun).toEqual([]);
  return diagnosis.findings;
};
/** Does what the findings say: the calls to IAM among their steps. */
const mend = async (findings: readonly Finding[]): Promise<void> => {
  for (const step of findings.flatMap((one) => one.mend.steps)) {
    if (!("operation" in step)) throw new Error(`no call: ${JSON.stringify(step)}`);
    const input = step.input as never;
    if (step.operation === "PutRolePolicy") await aws.iam.send(new PutRolePolicyCommand(input));
    else if (step.operation === "AttachRolePolicy") await aws.iam.send(new AttachRolePolicyCommand(input));
    else if (step.operation === "UpdateAssumeRolePolicy")
      await aws.iam.send(new UpdateAssumeRolePolicyCommand(input));
    else throw new Error(`unexpected: ${step.operation}`);
  }
};

describe.skipIf(noEmulator)("the roles of our own stack on the emulator", () => {
  it("are sound as they are made, each of them looked at", async () => {
    const { diagnosis } = await codesOf(aws, { stack: "bisonflow" });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.notRun).toEqual([]);
    const looked = diagnosis.passed.flatMap(({ check, resource }) =>
      check === "role-actions" ? [resource] : [],
    );
    for (const part of [...Object.keys(roles), "InstanceRole"])
      expect(looked).toContainEqual(expect.stringContaining(`role ${roleOf(part)} for `));
  });

  it.each(Object.keys(roles))(
    "lack nothing unseen: %s is named with each action, and mended",
    async (part) => {
      const RoleName = roleOf(part);
      const declared = await declaredRights(emulator, RoleName);
      for (const action of actionsOf(declared)) {
        await declareRights(emulator, RoleName, without(declared, action));
        const findings = await found();
        expect(findings.map(({ code, resource }) => `${code} ${resource}`)).toEqual([
          `role-missing-action role ${RoleName}`,
        ]);
        expect(findings[0]?.cause).toMatch(new RegExp(`of stack bisonflow\\) may not ${action}\\.$`));
        await mend(findings);
        expect(await declaredRights(emulator, RoleName)).toEqual(declared);
      }
      expect(await found()).toEqual([]);
    },
  );

  it.each(Object.entries(roles))(
    "are found where they no longer trust their service: %s",
    async (part, role) => {
      const RoleName = roleOf(part);
      const { Role } = await aws.iam.send(new GetRoleCommand({ RoleName }));
      const elsewhere = { StringEquals: { "aws:SourceAccount": "999999999999" } };
      const other = JSON.parse(trustOf(role.trusts));
      for (const broken of [
        trustOf("lambda.amazonaws.com"),
        JSON.stringify({ ...other, Statement: [{ ...other.Statement[0], Condition: elsewhere }] }),
      ]) {
        await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: broken }));
        const findings = await found();
        expect(findings.map(({ code, resource }) => `${code} ${resource}`)).toEqual([
          `role-trust-missing-service role ${RoleName}`,
        ]);
        expect(findings[0]?.cause).toContain(role.trusts);
        await mend(findings);
        expect(await found()).toEqual([]);
      }
      const PolicyDocument = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
      await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    },
  );

  it("are not looked at by CloudFormation: `aws up` finds nothing to do where the doctor finds a right missing", async () => {
    const RoleName = roleOf("ScheduleRole");
    const declared = await declaredRights(emulator, RoleName);
    await declareRights(emulator, RoleName, []);
    const up = bisonflow(["aws", "up", "--yes"], { env: emulator.env });
    expect(up).toMatchObject({ status: 0, stderr: "" });
    const findings = await found();
    expect(findings.map(({ cause }) => cause)).toEqual([
      expect.stringContaining("may not states:StartExecution"),
    ]);
    await mend(findings);
    expect(await declaredRights(emulator, RoleName)).toEqual(declared);
  });

  it("are found with a denial, by the policy that it is in", async () => {
    const RoleName = roleOf("StateMachineRole");
    const no = { Effect: "Deny", Action: "batch:Terminate*", Resource: "*" };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [no] });
    await aws.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "careful", PolicyDocument }));
    const findings = await found();
    expect(findings.map(({ cause }) => cause)).toEqual([
      `Role ${RoleName} (used by the state machine of stack bisonflow) may not batch:TerminateJob; a policy denies batch:TerminateJob.`,
    ]);
    expect(findings[0]?.mend.steps).toEqual([
      { command: `aws iam delete-role-policy --role-name ${RoleName} --policy-name careful` },
    ]);
    await aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "careful" }));
    expect(await found()).toEqual([]);
  });

  it("are found without AWS's own policy, and given it again", async () => {
    const RoleName = roleOf("InstanceRole");
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role";
    await aws.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    const findings = await found();
    expect(findings.map(({ code, resource }) => `${code} ${resource}`)).toEqual([
      `role-missing-action role ${RoleName}`,
    ]);
    expect(findings[0]?.cause).toMatch(
      /the machines of Batch of stack bisonflow\) may not .*ecs:SubmitTaskStateChange/,
    );
    await mend(findings);
    expect(await found()).toEqual([]);
  });

  it.each([
    ["cloudformation:GetTemplate", "cloudformation:GetTemplate"],
    ["cloudformation:DescribeStacks", "cloudformation:DescribeStacks"],
    ["iam:GetRole", "iam:GetRole"],
    ["iam:GetPolicy", "iam:GetPolicy"],
    // IAM's simulator is asked instead, which the emulator has not.
    ["iam:GetRolePolicy", "iam:SimulatePrincipalPolicy"],
  ])(
    "are not accused by who may not look: without %s the report says what it takes, %s",
    async (action, missingAction) => {
      const rights = doctorActions.map((one) => one.action).filter((one) => one !== action);
      const name = `looks-without-${action.replace(":", "-")}`;
      const env = await makeUser(emulator, { name, rights: [...rights, "iam:PassRole"] });
      const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
      await emulator.enforce();
      try {
        const access = { ...aws.access, credentials: async () => keys };
        const { findings, notRun } = await diagnose({ access, spec: { stack: "bisonflow" } });
        expect(findings).toEqual([]);
        expect(notRun).toContainEqual(
          expect.objectContaining({
            check: "role-actions",
            missingAction,
            isDenied: action === missingAction,
          }),
        );
      } finally {
        await emulator.relax();
      }
    },
  );
});
