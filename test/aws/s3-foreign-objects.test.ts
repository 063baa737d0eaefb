import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { abortUploads, s3Store } from "../../src/aws/s3/index.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noVersitygw, type S3Server, startVersitygw } from "../support/s3-servers.ts";

const MiB = 1024 * 1024;
const stagingFolder = temporaryFolder();
let server: S3Server;
let proxy: FaultProxy;
let client: S3Client;
const Bucket = "foreign";

/** Uploads in parts, as other tools do, with a checksum for each part. */
async function uploadParts(Key: string, parts: readonly Buffer[]): Promise<string | undefined> {
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" }),
  );
  const Parts = [];
  for (const [index, Body] of parts.entries()) {
    const ChecksumSHA256 = createHash("sha256").update(Body).digest("base64");
    const PartNumber = index + 1;
    const { ETag } = await client.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumSHA256 }),
    );
    Parts.push({ ETag, PartNumber, ChecksumSHA256 });
  }
  const done = await client.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: { Parts },
      ChecksumType: "COMPOSITE",
    }),
  );
  return done.ChecksumSHA256;
}

describe.skipIf(noVersitygw)(`objects that others wrote to S3 ${noVersitygw || ""}`, () => {
  beforeAll(async () => {
    server = await startVersitygw();
    proxy = await startFaultProxy(server.endpoint);
    await server.makeBucket(Bucket);
    client = new S3Client({
      region: "us-east-1",
      endpoint: server.endpoint,
      credentials: server.access.credentials,
      forcePathStyle: true,
    });
  });
  afterAll(async () => {
    client?.destroy();
    await proxy?.stop();
    await server?.stop();
  });

  it.each([
    ["even", [5 * MiB, 5 * MiB, 1234]],
    ["uneven", [6 * MiB, 5 * MiB, 1234]],
  ] as const)("are verified by the checksums of their parts, %s ones", async (name, lengths) => {
    const parts = lengths.map((length) => randomBytes(length));
    const whole = Buffer.concat(parts);
    expect(await uploadParts(name, parts)).toMatch(/-3$/);
    const access = { ...server.access, endpoint: proxy.endpoint };
    const store = s3Store(access, { stagingFolder, settings: { attempts: 2, firstDelayMs: 1 } });
    const uri = `s3://${Bucket}/${name}`;
    expect(Buffer.compare(await store.read(uri), whole)).toBe(0);
    expect(Buffer.compare(await buffer(await store.stream(uri)), whole)).toBe(0);
    const staged = await store.stage(uri);
    expect(Buffer.compare(readFileSync(staged.path), whole)).toBe(0);
    await staged.release();
    proxy.onRequest(({ method }) => (method === "GET" ? { kind: "flipped-byte" } : undefined));
    await expect(store.read(uri)).rejects.toMatchObject({ code: "object-damaged" });
    await expect(store.stage(uri)).rejects.toMatchObject({ code: "object-damaged" });
    proxy.onRequest(() => undefined);
  });

  it("stay as they are while uploads that were left half done below a prefix are given up", async () => {
    const begin = (Key: string) => client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    await begin("run/a");
    await begin("run/deep/b");
    await begin("runner/c");
    expect(await abortUploads(server.access, `s3://${Bucket}/run`)).toBe(2);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads.map(({ Key }) => Key)).toEqual(["runner/c"]);
  });
});
