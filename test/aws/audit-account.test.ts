import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Audit, auditActions, lookupEvents, readGrants } from "../../src/aws/audit/index.ts";
import { iamActions, openAccess, type RecordedCall } from "../../src/aws/client/index.ts";
import { clientConfig } from "../support/batch-queue.ts";
import { bisonflow } from "../support/command.ts";
import { type Emulator, noEmulator, startEmulator } from "../support/emulator.ts";
import { makeTaskRole, policyOf } from "../support/emulator-identities.ts";
import { temporaryFolder } from "../support/paths.ts";

const account = "123456789012";
const roleArn = `arn:aws:iam::${account}:role/reader`;

function event(name: string, more: object = {}): object {
  return {
    eventVersion: "1.09",
    userIdentity: {
      type: "AssumedRole",
      arn: `arn:aws:sts::${account}:assumed-role/reader/s`,
      accountId: account,
      sessionContext: { sessionIssuer: { type: "Role", arn: roleArn, userName: "reader" } },
    },
    eventTime: "2026-11-01T08:00:00Z",
    eventSource: "s3.amazonaws.com",
    eventName: name,
    awsRegion: "us-east-1",
    requestParameters: { bucketName: "logs", key: "in/a.csv" },
    eventID: name,
    eventType: "AwsApiCall",
    recipientAccountId: account,
    ...more,
  };
}

describe.skipIf(noEmulator)(`an audit of an account${noEmulator === false ? "" : `: ${noEmulator}`}`, () => {
  const folder = temporaryFolder();
  const recorded: RecordedCall[] = [];
  let emulator: Emulator;
  let iam: IAMClient;

  beforeAll(async () => {
    emulator = await startEmulator();
    iam = new IAMClient(clientConfig(emulator));
    await makeTaskRole(emulator, { name: "reader", rights: ["s3:GetObject", "s3:PutObject"] });
    const made = await iam.send(
      new CreatePolicyCommand({ PolicyName: "everything", PolicyDocument: policyOf(["*"]) }),
    );
    await iam.send(new AttachRolePolicyCommand({ RoleName: "reader", PolicyArn: made.Policy?.Arn }));
    await iam.send(new CreateUserCommand({ UserName: "ann", Path: "/staff/" }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "own",
        PolicyDocument: policyOf(["s3:GetObject"]),
      }),
    );
    await iam.send(new CreateGroupCommand({ GroupName: "staff" }));
    await iam.send(
      new PutGroupPolicyCommand({
        GroupName: "staff",
        PolicyName: "all",
        PolicyDocument: policyOf(["glue:*"]),
      }),
    );
    await iam.send(new AddUserToGroupCommand({ UserName: "ann", GroupName: "staff" }));
    const s3 = new S3Client({ ...clientConfig(emulator), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "logs" }));
    const Key = `trail/AWSLogs/${account}/CloudTrail/us-east-1/2026/11/01/a.json`;
    const Body = JSON.stringify({
      Records: [event("GetObject"), event("DeleteObject", { errorCode: "AccessDenied" })],
    });
    await s3.send(new PutObjectCommand({ Bucket: "logs", Key, Body }));
  });
  afterAll(() => emulator?.stop());

  const access = () => openAccess({ ...clientConfig(emulator), record: (call) => recorded.push(call) });

  it("reads what a role has, attached and inline", async () => {
    const { grants, arn, boundary } = await readGrants(await access(), roleArn);
    expect({ arn, boundary }).toEqual({ arn: roleArn, boundary: undefined });
    expect(grants).toMatchObject([
      { name: "everything", statements: [{ Action: ["*"] }] },
      { name: "inline rights", statements: [{ Action: ["s3:GetObject", "s3:PutObject"] }] },
    ]);
  });

  it("reads what a user has, and the groups", async () => {
    const { grants, arn } = await readGrants(await access(), `arn:aws:iam::${account}:user/staff/ann`);
    expect(arn).toBe(`arn:aws:iam::${account}:user/staff/ann`);
    expect(grants.map(({ name }) => name)).toEqual(["inline own", "inline all of group staff"]);
  });

  it("says when there is no such role", async () => {
    const gone = readGrants(await access(), `arn:aws:iam::${account}:role/gone`);
    await expect(gone).rejects.toMatchObject({ code: "principal-not-found" });
  });

  it("declares the actions that it called", () => {
    const called = new Set(recorded.flatMap(({ service, operation }) => iamActions(service, operation)));
    const declared = new Set(auditActions.map(({ action }) => action as string));
    expect([...called].filter((action) => !declared.has(action))).toEqual([]);
    expect(called.size).toBeGreaterThan(8);
  });

  it("compares a trail in S3 with the role, from the command line", () => {
    const { status, stdout, stderr } = bisonflow(
      ["aws", "audit", "s3://logs/trail/", "--role", roleArn, "--json"],
      { env: emulator.env },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const { principals } = JSON.parse(stdout);
    expect(principals).toHaveLength(1);
    expect(principals[0].comparison).toMatchObject({
      policies: ["everything", "inline rights"],
      administrator: [{ policy: "everything", usedActions: 2 }],
      unused: [{ policy: "inline rights", unused: ["s3:PutObject"] }],
      denied: [{ action: "s3:DeleteObject", isGranted: true }],
    });
  });

  it.each([
    [[], "audit-of-nothing"],
    [["s3://logs/nothing/"], "log-not-found"],
    [["/no/such/folder"], "log-not-found"],
    [["s3://logs/trail/", "--principal", "nobody"], "principal-not-seen"],
    [["s3://logs/trail/", "--role", "reader"], "role-not-an-arn"],
    [["s3://logs/trail/", "--has", "/no/such/policy.json"], "policy-not-readable"],
  ])("refuses %j: %s", (args, code) => {
    const { status, stderr } = bisonflow(["aws", "audit", ...args, "--json"], { env: emulator.env });
    expect(status).toBe(2);
    expect(stderr).toContain(code);
  });

  it("asks for a principal when a policy is to be written and there are several", () => {
    const log = join(folder, "two.ndjson");
    const other = event("GetObject", {
      userIdentity: { type: "IAMUser", arn: `arn:aws:iam::${account}:user/ann` },
    });
    writeFileSync(log, `${JSON.stringify(event("GetObject"))}\n${JSON.stringify(other)}\n`);
    const { status, stderr } = bisonflow(["aws", "audit", log, "--policy", join(folder, "p.json"), "--json"]);
    expect(status).toBe(2);
    expect(JSON.parse(stderr).error).toMatchObject({ code: "principal-unclear" });
    expect(stderr).toContain("reader, ann");
  });
});

describe("asking the event history", () => {
  it("goes through all pages, not faster than AWS answers", async () => {
    const asked: { at: number; body: Record<string, unknown> }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (more: Buffer) => {
        body += more.toString();
      });
      request.on("end", () => {
        asked.push({ at: performance.now(), body: JSON.parse(body) });
        const page = asked.length;
        const Events = [
          {
            EventId: `e${page}`,
            CloudTrailEvent: JSON.stringify(event("GetObject", { eventID: `e${page}` })),
          },
        ];
        response.setHeader("content-type", "application/x-amz-json-1.1");
        response.end(JSON.stringify({ Events, ...(page < 3 ? { NextToken: `t${page}` } : {}) }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const access = await openAccess({
      region: "us-east-1",
      endpoint,
      credentials: async () => ({ accessKeyId: "AKIAEXAMPLE", secretAccessKey: "x" }),
    });
    const audit = new Audit();
    const events = await lookupEvents({
      access,
      since: "2026-10-01T00:00:00Z",
      take: (record, place) => audit.add(record, place),
    });
    server.close();
    await audit.settle();
    expect(events).toBe(3);
    expect(audit.result()).toMatchObject({
      read: 3,
      used: 3,
      principals: [{ principal: { arn: roleArn }, events: 3 }],
    });
    expect(asked.map(({ body }) => body.NextToken)).toEqual([undefined, "t1", "t2"]);
    expect(asked[0]?.body).toMatchObject({ MaxResults: 50, StartTime: Date.UTC(2026, 9, 1) / 1000 });
    const pauses = asked.slice(1).map(({ at }, i) => at - (asked[i]?.at ?? 0));
    for (const pause of pauses) expect(pause).toBeGreaterThan(490);
  });
});
