import { BatchClient, DescribeJobsCommand, SubmitJobCommand } from "@aws-sdk/client-batch";
import { CreateCrawlerCommand, CreateDatabaseCommand, GlueClient } from "@aws-sdk/client-glue";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig, makeBatchQueue } from "../../support/batch-queue.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { policyOf, setRoleRights } from "../../support/emulator-identities.ts";

describe.skipIf(noEmulator)("services on the emulator, under their roles", () => {
  let emulator: Emulator;
  let names = 0;
  const states = () => new SFNClient(clientConfig(emulator));

  beforeAll(async () => {
    emulator = await startEmulator({ enforce: true });
    await new S3Client({ ...clientConfig(emulator), forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: "mine" }),
    );
    await new GlueClient(clientConfig(emulator)).send(
      new CreateDatabaseCommand({ DatabaseInput: { Name: "any" } }),
    );
  });
  afterAll(() => emulator?.stop());

  /** A role that a service may take, with statements of a policy. */
  const makeRole = async (
    service: string,
    statements: readonly object[],
    Condition?: object,
  ): Promise<{ name: string; arn: string }> => {
    const name = `role-${names++}`;
    const trust = {
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      ...(Condition === undefined ? {} : { Condition }),
    };
    const { Role } = await new IAMClient(clientConfig(emulator)).send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: policyOf({ statements: [trust] }),
      }),
    );
    if (statements.length > 0) await setRoleRights(emulator, { name, rights: { statements } });
    return { name, arn: Role?.Arn ?? "" };
  };
  const allow = (Action: string | string[], Resource = "*") => ({ Effect: "Allow", Action, Resource });
  /** Makes a machine of one task. */
  const make = async (roleArn: string, Resource: string, Parameters: object): Promise<string> => {
    const definition = JSON.stringify({
      StartAt: "One",
      States: { One: { Type: "Task", Resource, Parameters, End: true } },
    });
    const made = await states().send(
      new CreateStateMachineCommand({ name: `machine-${names++}`, definition, roleArn }),
    );
    return made.stateMachineArn ?? "";
  };
  const run = async (stateMachineArn: string) => {
    const { executionArn } = await states().send(new StartExecutionCommand({ stateMachineArn }));
    await expect
      .poll(() => states().send(new DescribeExecutionCommand({ executionArn })), { timeout: 10_000 })
      .not.toMatchObject({ status: "RUNNING" });
    const { output } = await states().send(new DescribeExecutionCommand({ executionArn }));
    const { events = [] } = await states().send(new GetExecutionHistoryCommand({ executionArn }));
    return { output, failed: events.flatMap(({ taskFailedEventDetails: one }) => one ?? [])[0] };
  };
  const machineTask = "arn:aws:states:::batch:submitJob.sync";
  const job = { JobName: "a", JobQueue: "q", JobDefinition: "d" };
  const rule = ["events:PutRule", "events:PutTargets", "events:DescribeRule"];

  it("let a state machine call as a session of its role", async () => {
    const { arn, name } = await makeRole("states.amazonaws.com", []);
    const { output } = await run(await make(arn, "arn:aws:states:::aws-sdk:sts:getCallerIdentity", {}));
    expect(JSON.parse(output ?? "{}").Arn).toMatch(new RegExp(`:assumed-role/${name}/\\w+$`));
  });

  it("fail a task that the role may not do, by Step Functions' names and AWS's words", async () => {
    const { arn, name } = await makeRole("states.amazonaws.com", [allow(rule)]);
    const denied = (action: string): RegExp =>
      new RegExp(
        `User: arn:aws:sts::123456789012:assumed-role/${name}/\\w+ is not authorized to perform: ${action}.*Request ID: [\\w-]{36,}`,
      );
    for (const { resource, parameters, error, action } of [
      { resource: machineTask, parameters: job, error: "Batch.AWSBatchException", action: "batch:SubmitJob" },
      {
        resource: "arn:aws:states:::aws-sdk:s3:getObject",
        parameters: { Bucket: "mine", Key: "a" },
        // Its second half is the SDK's, and changes with it.
        error: expect.stringMatching(/^S3\./),
        action: "s3:GetObject",
      },
      {
        resource: "arn:aws:states:::aws-sdk:glue:startCrawler",
        parameters: { Name: "a" },
        error: "Glue.AccessDeniedException",
        action: "glue:StartCrawler",
      },
      {
        resource: "arn:aws:states:::sns:publish",
        parameters: { TopicArn: "arn:aws:sns:us-east-1:123456789012:a", Message: "a" },
        error: "SNS.AccessDeniedException",
        action: "sns:Publish",
      },
    ]) {
      const { failed } = await run(await make(arn, resource, parameters));
      expect(failed).toMatchObject({ error, cause: expect.stringMatching(denied(action)) });
    }
  });

  it("make no state machine whose role lacks the rule of ended jobs, resources included", async () => {
    const events = "arn:aws:events:us-east-1:123456789012:rule";
    const other = await makeRole("states.amazonaws.com", [allow(rule, `${events}/Another`)]);
    await expect(make(other.arn, machineTask, job)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: `'${other.arn}' is not authorized to create managed-rule.`,
    });
    const right = `${events}/StepFunctionsGetEventsForBatchJobsRule`;
    const denied = await makeRole("states.amazonaws.com", [
      allow("events:*"),
      { Effect: "Deny", Action: "events:PutTargets", Resource: right },
    ]);
    await expect(make(denied.arn, machineTask, job)).rejects.toThrow(/managed-rule/);
    const sound = await makeRole("states.amazonaws.com", [allow(rule, right)]);
    await make(sound.arn, machineTask, job);
    // Without a job to wait for there is no rule.
    const { arn } = await makeRole("states.amazonaws.com", []);
    await make(arn, "arn:aws:states:::sns:publish", { TopicArn: "a", Message: "a" });
  });

  it("take no role that does not trust them, or only for another account", async () => {
    const glue = new GlueClient(clientConfig(emulator));
    const crawler = (Role: string) =>
      glue.send(
        new CreateCrawlerCommand({
          Name: `crawler-${names++}`,
          Role,
          DatabaseName: "any",
          Targets: { S3Targets: [{ Path: "s3://mine/" }] },
        }),
      );
    const account = (id: string) => ({ StringEquals: { "aws:SourceAccount": id } });
    const own = await makeRole("states.amazonaws.com", [], account("123456789012"));
    await make(own.arn, "arn:aws:states:::sns:publish", {});
    const foreign = await makeRole("states.amazonaws.com", [], account("210987654321"));
    for (const arn of [foreign.arn, (await makeRole("glue.amazonaws.com", [])).arn]) {
      await expect(make(arn, "arn:aws:states:::sns:publish", {})).rejects.toMatchObject({
        name: "AccessDeniedException",
        message: expect.stringMatching(/^Neither the global service principal states\.amazonaws\.com/),
      });
    }
    await crawler((await makeRole("glue.amazonaws.com", [])).name);
    for (const role of [own.name, "nobody"]) {
      await expect(crawler(role)).rejects.toMatchObject({
        name: "InvalidInputException",
        message: "Service is unable to assume provided role. Please verify role's TrustPolicy",
      });
    }
  });

  it("start no container under a role that does not trust ECS", async () => {
    const batch = new BatchClient(clientConfig(emulator));
    const { arn } = await makeRole("batch.amazonaws.com", []);
    const { definition, queue } = await makeBatchQueue(emulator, { image: "none", jobRoleArn: arn });
    const { jobId = "" } = await batch.send(
      new SubmitJobCommand({
        jobName: "job",
        jobQueue: queue,
        jobDefinition: definition,
        containerOverrides: { command: ["true"] },
      }),
    );
    const look = async () => (await batch.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs?.[0];
    await expect.poll(look, { timeout: 10_000 }).toMatchObject({
      status: "FAILED",
      attempts: [
        {
          statusReason: "Task failed to start",
          container: { reason: expect.stringMatching(`^ECS was unable to assume the role '${arn}'`) },
        },
      ],
    });
  });
});
