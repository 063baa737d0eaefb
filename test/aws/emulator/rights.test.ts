import { BatchClient, DescribeJobQueuesCommand, ListJobsCommand } from "@aws-sdk/client-batch";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateDatabaseCommand, GetDatabasesCommand, GlueClient } from "@aws-sdk/client-glue";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../../support/batch-queue.ts";
import { type AwsEnvironment, type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { makeUser } from "../../support/emulator-identities.ts";

describe.skipIf(noEmulator)("the emulator's rights", () => {
  let emulator: Emulator;
  let reader: AwsEnvironment;
  const arn = "arn:aws:iam::123456789012:user/reader";

  beforeAll(async () => {
    emulator = await startEmulator({ enforce: true });
    const own = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    await own.send(new CreateBucketCommand({ Bucket: "mine" }));
    await own.send(new PutObjectCommand({ Bucket: "mine", Key: "in/a", Body: "a" }));
    reader = await makeUser(emulator, {
      name: "reader",
      rights: {
        statements: [
          { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::mine/in/*" },
          { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::mine" },
          {
            Effect: "Allow",
            Action: ["batch:ListJobs", "glue:GetDatabases"],
            Resource: ["arn:aws:batch:us-east-1:123456789012:job-queue/q", "arn:aws:glue:*:*:catalog"],
          },
        ],
      },
    });
  });
  afterAll(() => emulator?.stop());

  const s3 = (): S3Client => new S3Client({ ...clientConfig(emulator, reader), forcePathStyle: true });

  it("lets the administrator do everything, and everybody ask who they are", async () => {
    await new GlueClient(clientConfig(emulator)).send(
      new CreateDatabaseCommand({ DatabaseInput: { Name: "any" } }),
    );
    const who = await new STSClient(clientConfig(emulator, reader)).send(new GetCallerIdentityCommand({}));
    expect(who.Arn).toBe(arn);
  });

  it("keeps S3 to the resources of the policy", async () => {
    await s3().send(new GetObjectCommand({ Bucket: "mine", Key: "in/a" }));
    await s3().send(new ListObjectsV2Command({ Bucket: "mine" }));
    await s3().send(new HeadBucketCommand({ Bucket: "mine" }));
    for (const command of [
      new GetObjectCommand({ Bucket: "mine", Key: "out/a" }),
      new PutObjectCommand({ Bucket: "mine", Key: "in/b", Body: "b" }),
      new DeleteObjectCommand({ Bucket: "mine", Key: "in/a" }),
    ]) {
      const action = command.constructor.name.replace("Command", "");
      await expect(s3().send(command as GetObjectCommand)).rejects.toMatchObject({
        name: "AccessDenied",
        message: expect.stringContaining(`User: ${arn} is not authorized to perform: s3:${action}`),
        $metadata: { httpStatusCode: 403 },
      });
    }
  });

  it("tells only those who may list that an object is missing", async () => {
    await expect(s3().send(new GetObjectCommand({ Bucket: "mine", Key: "in/none" }))).rejects.toMatchObject({
      name: "NoSuchKey",
    });
    const blind = await makeUser(emulator, { name: "blind", rights: ["s3:GetObject"] });
    const client = new S3Client({ ...clientConfig(emulator, blind), forcePathStyle: true });
    await client.send(new GetObjectCommand({ Bucket: "mine", Key: "in/a" }));
    await expect(client.send(new GetObjectCommand({ Bucket: "mine", Key: "in/none" }))).rejects.toMatchObject(
      {
        name: "AccessDenied",
        message: expect.stringContaining("user/blind is not authorized to perform: s3:ListBucket"),
      },
    );
  });

  it("lets everybody read what is public, unsigned, and write nothing", async () => {
    const own = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    await own.send(new PutObjectCommand({ Bucket: "mine", Key: "all/a", Body: "a", ACL: "public-read" }));
    const at = (key: string): string => `${emulator.endpoint}/mine/${key}`;
    expect(await (await fetch(at("all/a"))).text()).toBe("a");
    expect((await fetch(at("in/a"))).status).toBe(403);
    expect((await fetch(at("all/b"), { method: "PUT", body: "b" })).status).toBe(403);
    expect((await fetch(at("all/a"), { method: "DELETE" })).status).toBe(403);
    expect(await (await fetch(at("all/a"))).text()).toBe("a");
  });

  it("tells the test of each refusal, by action and by whom", async () => {
    await expect(s3().send(new DeleteObjectCommand({ Bucket: "mine", Key: "in/a" }))).rejects.toThrow();
    await expect.poll(() => emulator.refusals.at(-1)).toEqual({ refused: "s3:DeleteObject", by: arn });
  });

  it("honours actions of other services for resources it cannot know", async () => {
    const glue = new GlueClient(clientConfig(emulator, reader));
    expect((await glue.send(new GetDatabasesCommand({}))).DatabaseList).toHaveLength(1);
    // Past the right, there is no such queue.
    const batch = new BatchClient(clientConfig(emulator, reader));
    await expect(batch.send(new ListJobsCommand({ jobQueue: "q" }))).rejects.toThrow(/does not exist/);
  });

  it("names the action as IAM does, in the error shape of each protocol", async () => {
    const batch = new BatchClient(clientConfig(emulator, reader));
    await expect(batch.send(new DescribeJobQueuesCommand({}))).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(`${arn} is not authorized to perform: batch:DescribeJobQueues`),
    });
    const glue = new GlueClient(clientConfig(emulator, reader));
    await expect(
      glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: "no" } })),
    ).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("perform: glue:CreateDatabase"),
    });
    const ec2 = new EC2Client(clientConfig(emulator, reader));
    await expect(ec2.send(new DescribeSubnetsCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining("perform: ec2:DescribeSubnets"),
    });
  });

  it("refuses keys that nobody has", async () => {
    const nobody = { ...reader, AWS_ACCESS_KEY_ID: "AKIANOBODY0000000000" };
    await expect(
      new GlueClient(clientConfig(emulator, nobody)).send(new GetDatabasesCommand({})),
    ).rejects.toMatchObject({ name: "UnrecognizedClientException" });
    await expect(
      new STSClient(clientConfig(emulator, nobody)).send(new GetCallerIdentityCommand({})),
    ).rejects.toMatchObject({ name: "InvalidClientTokenId" });
  });

  it("allows everything again when told to", async () => {
    await emulator.relax();
    await s3().send(new PutObjectCommand({ Bucket: "mine", Key: "in/b", Body: "b" }));
    await emulator.enforce();
    await expect(s3().send(new PutObjectCommand({ Bucket: "mine", Key: "in/b", Body: "b" }))).rejects.toThrow(
      /s3:PutObject/,
    );
  });
});
