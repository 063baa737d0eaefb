import { DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Diagnosis, diagnose, diagnosisExitCode, openMender } from "../../../src/aws/doctor/index.ts";
import type { AwsAccess } from "../../../src/aws/index.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { type Answer, type Between, dbParameters, simulated, startBetween, xmlError } from "./aws-between.ts";
import { type Account, type Aws, awsOf, setRights, soundAccount } from "./sound-account.ts";

let emulator: Emulator;
let between: Between;
let aws: Aws;
let access: AwsAccess;
let account: Account;
beforeAll(async () => {
  if (noEmulator !== false) return;
  emulator = await startEmulator();
  between = await startBetween(emulator.endpoint);
  aws = awsOf(emulator);
  access = { ...aws.access, endpoint: between.endpoint };
  account = await soundAccount(aws);
});
beforeEach(() => between?.answer(() => undefined));
afterAll(async () => {
  await between?.stop();
  await emulator?.stop();
});

const look = (): Promise<Diagnosis> => diagnose({ access, spec: { connections: [account.name] } });
const instead = (name: string, answer: Answer): void =>
  between.answer((call) => (call.name === name ? answer : undefined));

describe.skipIf(noEmulator)("calls that the emulator lacks, answered as AWS does", () => {
  it.each([
    [
      "a default of PostgreSQL 16, listed without a value",
      { password_encryption: null },
      ["database-driver-too-old"],
    ],
    ["md5", { password_encryption: "md5" }, []],
    [
      "md5, where SCRAM alone is accepted",
      { password_encryption: "md5", "rds.accepted_password_auth_method": "scram" },
      ["database-driver-too-old"],
    ],
    ["nothing of it", { max_connections: "100" }, []],
  ])("parameters that say %s", async (_, values, codes) => {
    instead("rds.DescribeDBParameters", dbParameters(values as Record<string, string | null>));
    expect((await look()).findings.map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    ["allowed", []],
    ["implicitDeny", ["role-missing-action"]],
    ["explicitDeny", ["role-missing-action"]],
  ] as const)("the simulator decides what hangs on a condition: %s", async (decision, codes) => {
    const own = await soundAccount(aws);
    await setRights(aws, { role: own.role, actions: ["glue:*", "logs:*", "s3:*"] });
    await aws.iam.send(
      new PutRolePolicyCommand({
        RoleName: own.role,
        PolicyName: "narrow",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: "ec2:*",
              Resource: "*",
              Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
            },
          ],
        }),
      }),
    );
    instead("iam.SimulatePrincipalPolicy", simulated(decision));
    const { findings, notRun } = await diagnose({ access, spec: { connections: [own.name] } });
    expect(findings.map(({ code }) => code)).toEqual(codes);
    expect(notRun).toEqual([]);
  });

  it("without the simulator such a check does not run, and a hole is no refusal", async () => {
    const own = await soundAccount(aws);
    await aws.iam.send(
      new PutRolePolicyCommand({
        RoleName: own.role,
        PolicyName: "rights",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: {
            Effect: "Allow",
            Action: "*",
            Resource: "*",
            Condition: { Bool: { "aws:SecureTransport": "true" } },
          },
        }),
      }),
    );
    const diagnosis = await diagnose({ access, spec: { connections: [own.name] } });
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.notRun).toMatchObject([
      { check: "role-actions", missingAction: "iam:SimulatePrincipalPolicy", isDenied: false },
    ]);
    expect(diagnosisExitCode(diagnosis)).toBe(0);
    instead("iam.SimulatePrincipalPolicy", xmlError("AccessDenied", "no", 403));
    expect(diagnosisExitCode(await diagnose({ access, spec: { connections: [own.name] } }))).toBe(2);
  });

  it("a connection that Glue tested, and that has no log", async () => {
    const own = await soundAccount(aws);
    for (const kind of ["output", "error"]) {
      const logGroupName = `/aws-glue/testconnection/${kind}/${own.name}`;
      await aws.logs.send(new DeleteLogGroupCommand({ logGroupName }));
    }
    between.answer(async (call) => {
      if (call.name !== "glue.GetConnection") return undefined;
      return {
        json: {
          Connection: {
            Name: own.name,
            ConnectionType: "JDBC",
            ConnectionProperties: { JDBC_CONNECTION_URL: own.jdbcUrl },
            PhysicalConnectionRequirements: {
              SubnetId: own.subnetA,
              AvailabilityZone: "us-east-1a",
              SecurityGroupIdList: [own.group],
            },
            Status: "READY",
            LastConnectionValidationTime: 1_790_000_000,
          },
        },
      };
    });
    const { findings } = await diagnose({ access, spec: { connections: [own.name] } });
    expect(findings.map(({ code }) => code)).toEqual(["test-connection-log-missing"]);
  });

  it("a connection's zone is mended, with all else of it kept and its password never shown", async () => {
    let connection: Record<string, unknown> = {
      Name: account.name,
      Description: "to the test database",
      ConnectionType: "JDBC",
      ConnectionProperties: { JDBC_CONNECTION_URL: account.jdbcUrl, USERNAME: "bison", PASSWORD: "hunter2!" },
      PhysicalConnectionRequirements: {
        SubnetId: account.subnetA,
        AvailabilityZone: "us-east-1c",
        SecurityGroupIdList: [account.group],
      },
    };
    between.answer(({ name, json }) => {
      if (name === "glue.GetConnection") return { json: { Connection: connection } };
      if (name !== "glue.UpdateConnection") return undefined;
      connection = json.ConnectionInput as Record<string, unknown>;
      return { json: {} };
    });
    const before = await look();
    expect(before.findings.map(({ code }) => code)).toEqual(["glue-connection-network-incomplete"]);
    expect(JSON.stringify(before)).not.toContain("hunter2");
    const [finding] = before.findings;
    if (finding !== undefined) await openMender(access).apply(finding);
    expect(connection).toMatchObject({
      Description: "to the test database",
      ConnectionProperties: { PASSWORD: "hunter2!", USERNAME: "bison" },
      PhysicalConnectionRequirements: { SubnetId: account.subnetA, AvailabilityZone: "us-east-1a" },
    });
    expect((await look()).findings).toEqual([]);
  });
});

describe.skipIf(noEmulator)("what goes wrong with AWS itself", () => {
  it.each([
    ["ExpiredToken", "The security token included in the request is expired", "aws-credentials-expired"],
    [
      "InvalidClientTokenId",
      "The security token included in the request is invalid.",
      "aws-credentials-refused",
    ],
    [
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match",
      "aws-credentials-refused",
    ],
  ])("%s ends the look at once", async (code, message, says) => {
    between.answer(() => xmlError(code, message, 403));
    const before = between.calls.length;
    await expect(look()).rejects.toMatchObject({ code: says });
    expect(between.calls.length - before).toBe(1);
  });

  it("a connection that breaks ends the look", async () => {
    between.answer(() => "hang up");
    await expect(look()).rejects.toMatchObject({ code: "aws-unreachable" });
  });

  it("credentials that run out on the way end the look", async () => {
    instead("ec2.DescribeSecurityGroups", {
      status: 400,
      xml: "<Response><Errors><Error><Code>RequestExpired</Code><Message>Request has expired.</Message></Error></Errors><RequestID>1</RequestID></Response>",
    });
    await expect(look()).rejects.toMatchObject({ code: "aws-credentials-expired" });
  });

  it.each<[string, Answer]>([
    ["throttling", { status: 400, json: { __type: "ThrottlingException", message: "Rate exceeded" } }],
    ["a page in HTML", { status: 500, html: "<!doctype html><h1>Internal Server Error</h1>" }],
    ["a failure of its own", { status: 500, json: { __type: "InternalServiceException", message: "oops" } }],
    ["a hang-up", "hang up"],
  ])("one service that answers with %s costs its own checks alone", async (_, answer) => {
    between.answer(({ name }) => (name.startsWith("logs.") ? answer : undefined));
    const diagnosis = await look();
    expect(diagnosis.findings).toEqual([]);
    expect(diagnosis.notRun).toMatchObject([
      { check: "connection-test-log", missingAction: "logs:DescribeLogGroups", isDenied: false },
    ]);
    expect(diagnosis.passed.length).toBeGreaterThan(8);
  });
});
