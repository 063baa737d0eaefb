import { setTimeout as sleep } from "node:timers/promises";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { GetDatabasesCommand, GlueClient } from "@aws-sdk/client-glue";
import { GetRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig, makeBatchQueue } from "../../support/batch-queue.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";

describe.skipIf(noEmulator)("the emulator's CloudFormation and Step Functions", () => {
  let emulator: Emulator;
  let outputs: Record<string, string>;

  beforeAll(async () => {
    emulator = await startEmulator();
    const { queue, definition } = await makeBatchQueue(emulator, { image: "none" });
    const cloudFormation = new CloudFormationClient(clientConfig(emulator));
    const stack = { StackName: "bisonflow", ChangeSetName: "first" };
    await cloudFormation.send(
      new CreateChangeSetCommand({
        ...stack,
        ChangeSetType: "CREATE",
        TemplateBody: JSON.stringify(template(queue, definition)),
      }),
    );
    await cloudFormation.send(new DescribeChangeSetCommand(stack));
    await cloudFormation.send(new ExecuteChangeSetCommand(stack));
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: "bisonflow" }));
    outputs = Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? "", OutputValue ?? ""]),
    );
  });
  afterAll(() => emulator?.stop());

  it("gives a stack made by change set its outputs", () => {
    expect(outputs.BucketName).toBe("bison-data");
    expect(outputs.StateMachineArn).toMatch(/^arn:aws:states:us-east-1:123456789012:stateMachine:/);
  });

  it("makes bucket policies and Glue databases", async () => {
    const s3 = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: "bison-data" }));
    expect(JSON.parse(Policy ?? "")).toMatchObject({ Statement: [{ Effect: "Deny" }] });
    const glue = new GlueClient(clientConfig(emulator));
    expect((await glue.send(new GetDatabasesCommand({}))).DatabaseList).toMatchObject([{ Name: "bison" }]);
  });

  it("gives roles policies that can be read", async () => {
    const iam = new IAMClient(clientConfig(emulator));
    const { PolicyDocument } = await iam.send(
      new GetRolePolicyCommand({ RoleName: "reader", PolicyName: "read" }),
    );
    expect(JSON.parse(decodeURIComponent(PolicyDocument ?? ""))).toEqual(readOnly);
  });

  it("runs a state machine that waits for an array of jobs, and one that fails", async () => {
    const run = async (
      size: number,
    ): Promise<{ status?: string | undefined; error?: string | undefined }> => {
      const functions = new SFNClient(clientConfig(emulator));
      const { executionArn = "" } = await functions.send(
        new StartExecutionCommand({
          stateMachineArn: outputs.StateMachineArn ?? "",
          input: JSON.stringify({ size, script: size === 3 ? "true" : "false" }),
        }),
      );
      for (let tries = 0; tries < 200; tries++) {
        const seen = await functions.send(new DescribeExecutionCommand({ executionArn }));
        if (seen.status !== "RUNNING") return seen;
        await sleep(100);
      }
      throw new Error("the execution does not end");
    };
    expect(await run(3)).toMatchObject({ status: "SUCCEEDED" });
    expect(await run(2)).toMatchObject({ status: "FAILED", error: "States.TaskFailed" });
  });

  it("removes what it made", async () => {
    const cloudFormation = new CloudFormationClient(clientConfig(emulator));
    await cloudFormation.send(new DeleteStackCommand({ StackName: "bisonflow" }));
    const glue = new GlueClient(clientConfig(emulator));
    expect((await glue.send(new GetDatabasesCommand({}))).DatabaseList).toEqual([]);
  });
});

const readOnly = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
};

function template(queue: string, definition: string): object {
  const definitionOfMachine = {
    StartAt: "Annotate",
    States: {
      Annotate: {
        Type: "Task",
        Resource: "arn:aws:states:::batch:submitJob.sync",
        Parameters: {
          JobName: "annotate",
          JobQueue: queue,
          JobDefinition: definition,
          ArrayProperties: { "Size.$": "$.size" },
          ContainerOverrides: { "Command.$": "States.Array('/bin/sh', '-c', $.script)" },
        },
        End: true,
      },
    },
  };
  return {
    Resources: {
      Data: { Type: "AWS::S3::Bucket", Properties: { BucketName: "bison-data" } },
      Policy: {
        Type: "AWS::S3::BucketPolicy",
        Properties: {
          Bucket: { Ref: "Data" },
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Deny",
                Principal: "*",
                Action: "s3:*",
                Resource: { "Fn::Join": ["", ["arn:aws:s3:::", { Ref: "Data" }, "/*"]] },
                Condition: { Bool: { "aws:SecureTransport": "false" } },
              },
            ],
          },
        },
      },
      Reader: {
        Type: "AWS::IAM::Role",
        Properties: {
          RoleName: "reader",
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { Service: "ecs-tasks.amazonaws.com" },
                Action: "sts:AssumeRole",
              },
            ],
          },
          Policies: [{ PolicyName: "read", PolicyDocument: readOnly }],
        },
      },
      Database: {
        Type: "AWS::Glue::Database",
        Properties: { CatalogId: { Ref: "AWS::AccountId" }, DatabaseInput: { Name: "bison" } },
      },
      Machine: {
        Type: "AWS::StepFunctions::StateMachine",
        Properties: {
          RoleArn: "arn:aws:iam::123456789012:role/any",
          DefinitionString: JSON.stringify(definitionOfMachine),
        },
      },
    },
    Outputs: {
      BucketName: { Value: { Ref: "Data" } },
      StateMachineArn: { Value: { Ref: "Machine" } },
    },
  };
}
