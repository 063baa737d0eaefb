import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { GetDatabaseCommand, GlueClient } from "@aws-sdk/client-glue";
import { HeadBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { afterEach, describe, expect, it } from "vitest";
import { type AwsAccess, AwsTrouble, connect, type RecordedCall } from "./index.ts";

const keys = async () => ({ accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a-secret-that-nobody-may-see" });
let close: (() => void) | undefined;
afterEach(() => close?.());

async function answering(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => server.close();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function access(endpoint: string, more: Partial<AwsAccess> = {}): AwsAccess {
  return { region: "us-east-1", endpoint, credentials: keys, ...more };
}

async function trouble(call: Promise<unknown>): Promise<AwsTrouble> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(AwsTrouble);
  return error as AwsTrouble;
}

const json =
  (name: string, message: string, status = 400) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify({ __type: name, message }));
  };

describe("a client made by connect", () => {
  it("names the action and who was refused", async () => {
    const endpoint = await answering(
      json(
        "AccessDeniedException",
        "User: arn:aws:iam::1:user/ann is not authorized to perform: glue:GetDatabase",
      ),
    );
    const glue = connect(GlueClient, access(endpoint));
    const error = await trouble(glue.send(new GetDatabaseCommand({ Name: "bison" })));
    expect(error).toMatchObject({
      code: "aws-access-denied",
      action: "glue:GetDatabase",
      principal: "arn:aws:iam::1:user/ann",
    });
    expect(error.message).toContain("Glue GetDatabase on bison");
  });

  it("finds the action of a refusal without words from the operation", async () => {
    const endpoint = await answering((_, response) => response.writeHead(403).end());
    const s3 = connect(S3Client, access(endpoint), { forcePathStyle: true });
    const error = await trouble(s3.send(new HeadBucketCommand({ Bucket: "bison" })));
    expect(error).toMatchObject({ code: "aws-access-denied", action: "s3:ListBucket" });
  });

  it("says in which region a bucket is", async () => {
    const endpoint = await answering((_, response) =>
      response.writeHead(301, { "x-amz-bucket-region": "eu-west-1" }).end(),
    );
    const s3 = connect(S3Client, access(endpoint), { forcePathStyle: true });
    const error = await trouble(s3.send(new HeadBucketCommand({ Bucket: "bison" })));
    expect(error.code).toBe("aws-region-wrong");
    expect(error.message).toContain("eu-west-1");
  });

  it.each([
    ["ExpiredTokenException", "aws-credentials-expired"],
    ["UnrecognizedClientException", "aws-credentials-refused"],
    ["InvalidSignatureException", "aws-credentials-refused"],
  ])("takes %s for %s", async (name, code) => {
    const glue = connect(GlueClient, access(await answering(json(name, "The security token is bad"))));
    expect((await trouble(glue.send(new GetDatabaseCommand({ Name: "bison" })))).code).toBe(code);
  });

  it("retries when asked to slow down, and says so when that does not help", async () => {
    let asked = 0;
    const endpoint = await answering((request, response) => {
      asked += 1;
      json("ThrottlingException", "Rate exceeded")(request, response);
    });
    const glue = connect(GlueClient, access(endpoint), { maxAttempts: 2 });
    const error = await trouble(glue.send(new GetDatabaseCommand({ Name: "bison" })));
    expect(error).toMatchObject({ code: "aws-throttled", retry: true, exitCode: 4 });
    expect(asked).toBe(2);
  });

  it("says that nobody listens", async () => {
    const endpoint = await answering(() => undefined);
    close?.();
    const glue = connect(GlueClient, access(endpoint), { maxAttempts: 1 });
    const error = await trouble(glue.send(new GetDatabaseCommand({ Name: "bison" })));
    expect(error).toMatchObject({ code: "aws-unreachable", retry: true });
    expect(error.message).toContain(endpoint);
  });

  it("says that there are no credentials", async () => {
    const nobody = fromNodeProviderChain({ profile: "no-such-profile-anywhere", timeout: 50, maxRetries: 0 });
    const glue = connect(GlueClient, access("http://127.0.0.1:9", { credentials: nobody }));
    const error = await trouble(glue.send(new GetDatabaseCommand({ Name: "bison" })));
    expect(error.code).toBe("aws-credentials-missing");
  });

  it("leaves an error about the thing itself as the SDK has it", async () => {
    const glue = connect(
      GlueClient,
      access(await answering(json("EntityNotFoundException", "Database not found"))),
    );
    await expect(glue.send(new GetDatabaseCommand({ Name: "bison" }))).rejects.toMatchObject({
      name: "EntityNotFoundException",
    });
  });

  it("records calls with names of things alone, the refused ones too", async () => {
    const calls: RecordedCall[] = [];
    const endpoint = await answering((request, response) => {
      if (request.url?.includes("list-type")) {
        response.end("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
      } else response.writeHead(403).end();
    });
    const s3 = connect(S3Client, access(endpoint, { record: (call) => calls.push(call) }), {
      forcePathStyle: true,
    });
    await s3.send(new ListObjectsV2Command({ Bucket: "bison", Prefix: "out/" }));
    await trouble(s3.send(new HeadBucketCommand({ Bucket: "bison" })));
    expect(calls.map(({ service, operation, subject }) => [service, operation, subject])).toEqual([
      ["S3", "ListObjectsV2", { Bucket: "bison", Prefix: "out/" }],
      ["S3", "HeadBucket", { Bucket: "bison" }],
    ]);
    expect(calls[0]).not.toHaveProperty("error");
    expect(calls[1]?.error).toBeDefined();
    expect(JSON.stringify(calls)).not.toContain("nobody-may-see");
  });
});
