import {
  BatchClient,
  DeregisterJobDefinitionCommand,
  RegisterJobDefinitionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateComputeEnvironmentCommand,
  UpdateJobQueueCommand,
} from "@aws-sdk/client-batch";
import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batchExecutor, findTarget } from "../../src/aws/batch/index.ts";
import { type AwsAccess, openAccess } from "../../src/aws/client/index.ts";
import { UserError } from "../../src/trouble/index.ts";
import { type BatchQueue, clientConfig, makeBatchQueue } from "../support/batch-queue.ts";
import { type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";

describe.skipIf(noEmulator)("where jobs go", () => {
  let emulator: Emulator;
  let access: AwsAccess;
  let batch: BatchClient;
  let here: BatchQueue;

  beforeAll(async () => {
    emulator = await startEmulator();
    access = await openAccess(clientConfig(emulator));
    batch = new BatchClient(clientConfig(emulator));
    here = await makeBatchQueue(emulator);
  });
  afterAll(() => emulator?.stop());

  const open = (target: { queue?: string; jobDefinition?: string; leastMemoryMiB?: number } = {}) =>
    batchExecutor({
      access,
      store: {
        publishBytes: () => Promise.reject(new Error("nothing may be written")),
        read: () => Promise.reject(new Error("nothing may be read")),
        remove: () => Promise.reject(new Error("nothing may be removed")),
      },
      target: { queue: target.queue ?? here.queue, jobDefinition: target.jobDefinition ?? here.definition },
      limits: () => ({ attempts: 1, timeoutSeconds: 60 }),
      stages: ["count"],
      leastMemoryMiB: target.leastMemoryMiB ?? 512,
    });
  const refusal = async (wish: Promise<unknown>): Promise<UserError> => {
    const error = await wish.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };

  it("is a queue and a job definition that are there", async () => {
    expect((await open()).name).toBe("aws");
    expect((await open({ queue: here.queueArn, jobDefinition: here.definitionArn })).name).toBe("aws");
    expect((await open({ jobDefinition: `${here.definition}:1` })).name).toBe("aws");
  });

  it("names the queues there are when the one asked for is not", async () => {
    const error = await refusal(open({ queue: "birds" }));
    expect(error.code).toBe("batch-queue-missing");
    expect(error.message).toContain("no job queue called birds here; it has bison-queue");
  });

  it("refuses a queue that takes no jobs", async () => {
    await batch.send(new UpdateJobQueueCommand({ jobQueue: here.queue, state: "DISABLED" }));
    const error = await refusal(open());
    await batch.send(new UpdateJobQueueCommand({ jobQueue: here.queue, state: "ENABLED" }));
    expect(error).toMatchObject({ code: "batch-queue-disabled", hint: expect.stringContaining("ENABLED") });
  });

  it("refuses a queue without machines, and passes on why they are none", async () => {
    const environment = { computeEnvironment: here.environment };
    await batch.send(new UpdateComputeEnvironmentCommand({ ...environment, state: "DISABLED" }));
    const disabled = await refusal(open());
    await batch.send(new UpdateComputeEnvironmentCommand({ ...environment, state: "ENABLED" }));
    expect(disabled).toMatchObject({
      code: "batch-environment-unusable",
      message: expect.stringContaining("bison-environment is DISABLED"),
    });
    const tag = "emulator:invalid-reason";
    await batch.send(
      new TagResourceCommand({ resourceArn: here.environmentArn, tags: { [tag]: "CLIENT_ERROR - no role" } }),
    );
    const invalid = await refusal(open());
    await batch.send(new UntagResourceCommand({ resourceArn: here.environmentArn, tagKeys: [tag] }));
    expect(invalid.message).toContain("INVALID (CLIENT_ERROR - no role)");
  });

  it("refuses a job definition that is missing, deregistered or of another kind", async () => {
    const missing = await refusal(open({ jobDefinition: "birds" }));
    expect(missing).toMatchObject({ code: "batch-definition-missing" });
    const gone = await makeBatchQueue(emulator, { name: "gone" });
    await batch.send(new DeregisterJobDefinitionCommand({ jobDefinition: gone.definitionArn }));
    expect(await refusal(open({ jobDefinition: gone.definitionArn }))).toMatchObject({
      code: "batch-definition-missing",
      message: expect.stringContaining("deregistered"),
    });
    await batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: "nodes",
        type: "multinode",
        nodeProperties: { mainNode: 0, numNodes: 2, nodeRangeProperties: [] },
      }),
    );
    expect(await refusal(open({ jobDefinition: "nodes" }))).toMatchObject({ code: "batch-definition-unfit" });
  });

  it("refuses a log group that is not there, and takes it once it is", async () => {
    const logGroup = "/bisonflow/jobs";
    const { definition } = await makeBatchQueue(emulator, { name: "logging", logGroup });
    const error = await refusal(open({ jobDefinition: definition }));
    expect(error).toMatchObject({
      code: "batch-log-group-missing",
      message: expect.stringContaining(logGroup),
    });
    await new CloudWatchLogsClient(clientConfig(emulator)).send(
      new CreateLogGroupCommand({ logGroupName: logGroup }),
    );
    expect((await open({ jobDefinition: definition })).name).toBe("aws");
  });

  it("refuses a container that is smaller than what a task may take, before anything is submitted", async () => {
    const queue = await open({ leastMemoryMiB: 2049 });
    const error = await refusal(queue.check?.() ?? Promise.resolve());
    expect(error).toMatchObject({
      code: "batch-container-small",
      message: expect.stringMatching(/stage count has 2048 MiB, less than the 2049/),
    });
  });

  it("is found in the outputs of a stack, where it is not named", async () => {
    expect(await findTarget({ queue: "q", jobDefinition: "d", stack: "none" }, access)).toEqual({
      queue: "q",
      jobDefinition: "d",
    });
    expect(await refusal(findTarget({ stack: "bisonflow" }, access))).toMatchObject({
      code: "aws-stack-missing",
      message: expect.stringContaining("no CloudFormation stack called bisonflow in us-east-1"),
    });
    const template = (outputs: Record<string, string>): string =>
      JSON.stringify({
        Resources: { Data: { Type: "AWS::S3::Bucket" } },
        Outputs: Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }])),
      });
    const stacks = new CloudFormationClient(clientConfig(emulator));
    await stacks.send(
      new CreateStackCommand({
        StackName: "bisonflow",
        TemplateBody: template({ JobQueueName: "from-stack", JobDefinitionName: "job-from-stack" }),
      }),
    );
    expect(await findTarget({ stack: "bisonflow" }, access)).toEqual({
      queue: "from-stack",
      jobDefinition: "job-from-stack",
    });
    expect(await findTarget({ stack: "bisonflow", queue: "mine" }, access)).toEqual({
      queue: "mine",
      jobDefinition: "job-from-stack",
    });
    await stacks.send(
      new CreateStackCommand({ StackName: "other", TemplateBody: template({ BucketName: "b" }) }),
    );
    expect(await refusal(findTarget({ stack: "other" }, access))).toMatchObject({
      code: "aws-stack-unfit",
      message: expect.stringContaining("no output JobQueueName; it has BucketName"),
    });
  });

  it("says where it looked when AWS is not there", async () => {
    const nowhere = await openAccess({ ...clientConfig(emulator), endpoint: "http://127.0.0.1:9" });
    const error = await refusal(findTarget({ stack: "bisonflow" }, nowhere));
    expect(error).toMatchObject({ code: "aws-unreachable" });
  });
});
