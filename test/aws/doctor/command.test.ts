import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DeleteVpcEndpointsCommand,
  ModifyVpcAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DiagnosisJson, troubleCodes } from "../../../src/aws/doctor/index.ts";
import { doctorCommand } from "../../../src/cli/aws/doctor.ts";
import { bisonflow, type Ended } from "../../support/command.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { temporaryFolder } from "../../support/paths.ts";
import { type Account, type Aws, awsOf, soundAccount, trustOf } from "./sound-account.ts";

let emulator: Emulator;
let aws: Aws;
beforeAll(async () => {
  if (noEmulator !== false) return;
  emulator = await startEmulator();
  aws = awsOf(emulator);
});
afterAll(() => emulator?.stop());

const doctor = (args: readonly string[], env: Record<string, string> = {}): Ended =>
  bisonflow(["aws", "doctor", ...args], { env: { ...emulator.env, ...env } });

/** Breaks the way to S3, both rules of the group, names, and the role's trust. */
async function breakMuch(account: Account): Promise<void> {
  await aws.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [account.s3Endpoint] }));
  const self = {
    IpProtocol: "tcp",
    FromPort: 0,
    ToPort: 65535,
    UserIdGroupPairs: [{ GroupId: account.group }],
  };
  await aws.ec2.send(
    new RevokeSecurityGroupIngressCommand({ GroupId: account.group, IpPermissions: [self] }),
  );
  await aws.ec2.send(
    new RevokeSecurityGroupEgressCommand({
      GroupId: account.group,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    }),
  );
  for (const attribute of ["EnableDnsHostnames", "EnableDnsSupport"]) {
    await aws.ec2.send(new ModifyVpcAttributeCommand({ VpcId: account.vpc, [attribute]: { Value: false } }));
  }
  await aws.iam.send(
    new UpdateAssumeRolePolicyCommand({
      RoleName: account.role,
      PolicyDocument: trustOf("ec2.amazonaws.com"),
    }),
  );
}
const broken = [
  "database-unreachable",
  "glue-connection-no-s3-route",
  "role-trust-missing-service",
  "security-group-no-self-egress",
  "security-group-no-self-ingress",
  "vpc-dns-disabled",
  "vpc-dns-disabled",
];

describe.skipIf(noEmulator)("bisonflow aws doctor", () => {
  it("says as JSON exactly what was agreed, and ends with 1", async () => {
    const account = await soundAccount(aws);
    await breakMuch(account);
    const { stdout, status, stderr } = doctor(["--connection", account.name, "--json"]);
    expect(stderr).toBe("");
    const said = JSON.parse(stdout) as DiagnosisJson;
    expect(Object.keys(said)).toEqual(["findings", "passed", "notRun"]);
    expect(said.findings.map(({ code }) => code).sort()).toEqual(broken);
    for (const finding of said.findings) {
      expect(Object.keys(finding)).toEqual(["code", "severity", "resource", "awsError", "cause", "mend"]);
      expect(Object.keys(finding.mend)).toEqual(["command", "stackOption"]);
      expect(troubleCodes).toContain(finding.code);
      expect(finding.mend.command).toMatch(/^(aws|bisonflow) /);
      expect(finding.mend.stackOption).toMatch(/^bisonflow aws up/);
    }
    expect(said.notRun).toEqual([]);
    expect(status).toBe(1);
  });

  it("ends with 0 on what is sound, in words and as JSON", async () => {
    const account = await soundAccount(aws);
    const words = doctor(["--connection", account.name]);
    expect(words).toMatchObject({ status: 0, stderr: "" });
    expect(words.stdout).toContain("Findings: none");
    expect(words.stdout).toContain("✓ Names are resolved in the VPC");
    expect(doctor(["--connection", account.name, "--json"]).status).toBe(0);
  });

  it("fits 80 columns but for commands, whose words are never broken", async () => {
    const account = await soundAccount(aws);
    await breakMuch(account);
    const { stdout } = doctor(["--connection", account.name]);
    const isCommand = (line: string): boolean => /^ {13}(\$ | {3})/.test(line);
    expect(stdout.split("\n").filter((line) => line.length > 80 && !isCommand(line))).toEqual([]);
    const commands = stdout.split("\n").filter(isCommand).join("\n");
    const joined = commands.replaceAll(/ \\\n +/g, " ");
    expect(joined).toContain(
      `$ aws ec2 create-vpc-endpoint --vpc-id ${account.vpc} --service-name com.amazonaws.us-east-1.s3 --vpc-endpoint-type Gateway --route-table-ids ${account.privateTable} --region us-east-1`,
    );
  });

  it("changes nothing under --mend when nobody can agree", async () => {
    const account = await soundAccount(aws);
    await breakMuch(account);
    const { status, stderr } = doctor(["--connection", account.name, "--mend"]);
    expect(status).toBe(1);
    expect(stderr).toContain("Nothing was changed");
    const again = JSON.parse(doctor(["--connection", account.name, "--json"]).stdout) as DiagnosisJson;
    expect(again.findings.map(({ code }) => code).sort()).toEqual(broken);
  });

  it("mends all of it under --mend --yes, looks again, and ends with 0", async () => {
    const account = await soundAccount(aws);
    await breakMuch(account);
    const first = doctor(["--connection", account.name, "--mend", "--yes"]);
    expect(first.stderr.match(/ {3}Made\./g)).toHaveLength(7);
    expect(first.stdout).toContain("7 changes made. Now:");
    expect(first.stdout.split("Now:")[1]).toContain("Findings: none");
    expect(first.status).toBe(0);
  });

  it("under --mend --json prints what is so afterwards", async () => {
    const account = await soundAccount(aws);
    await aws.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [account.s3Endpoint] }));
    const { stdout, status } = doctor(["--connection", account.name, "--mend", "--yes", "--json"]);
    expect((JSON.parse(stdout) as DiagnosisJson).findings).toEqual([]);
    expect(status).toBe(0);
  });

  it("makes only the changes that are agreed to", async () => {
    const account = await soundAccount(aws);
    await breakMuch(account);
    const printed: string[] = [];
    const asked: string[] = [];
    const before = { ...process.env };
    Object.assign(process.env, emulator.env);
    try {
      const command = doctorCommand({
        terminal: { write: async (text) => void printed.push(text), width: 80, isInteractive: false },
        agree: async (question) => asked.push(question) === 1,
      });
      await command.parseAsync(["--connection", account.name, "--mend"], { from: "user" });
    } finally {
      process.env = before;
    }
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    expect(asked).toHaveLength(7);
    expect(printed.join("")).toContain("1 change made. Now:");
    const again = JSON.parse(doctor(["--connection", account.name, "--json"]).stdout) as DiagnosisJson;
    expect(again.findings).toHaveLength(6);
  });

  it("says when a name is of nothing, and ends with 2", () => {
    const { status, stderr, stdout } = doctor(["--connection", "no-such"]);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("no-such: nothing of this name in us-east-1");
  });

  it("ends with 2 and says why when it cannot look", () => {
    const nobody = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    expect(doctor([], nobody)).toMatchObject({ status: 2, stdout: "" });
    expect(doctor([], nobody).stderr).toContain("no AWS credentials");
    const nowhere = doctor(["--json"], { AWS_ENDPOINT_URL: "http://127.0.0.1:9" });
    expect(nowhere.status).toBe(2);
    expect(JSON.parse(nowhere.stderr)).toMatchObject({ error: { code: "aws-unreachable" } });
    const homeless = doctor([], { AWS_REGION: "" });
    expect(homeless.status).toBe(2);
    expect(homeless.stderr).toContain("no region");
  });

  it("measures a policy from a file", () => {
    const path = join(temporaryFolder(), "policy.json");
    writeFileSync(
      path,
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "x".repeat(2100) }] }, null, 2),
    );
    const long = doctor(["--policy", path, "--json"]);
    expect(long.status).toBe(1);
    expect((JSON.parse(long.stdout) as DiagnosisJson).findings[0]?.code).toBe("policy-too-long");
    expect(doctor(["--policy", path, "--policy-for", "managed"]).status).toBe(0);
    writeFileSync(path, "Effect: Allow");
    expect(doctor(["--policy", path])).toMatchObject({ status: 2 });
    expect(doctor(["--policy", `${path}.not`])).toMatchObject({ status: 2 });
  });
});

describe("bisonflow aws doctor explain", () => {
  it("finds a row without an account", () => {
    const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ACCESS_KEY_ID: "", AWS_REGION: "" };
    const text = "At least one security group must open all ingress\nports.To limit traffic, the source";
    const { stdout, status } = bisonflow(["aws", "doctor", "explain", text], { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^security-group-no-self-ingress\n/);
    const json = bisonflow(["aws", "doctor", "explain", "--json", text], { env });
    expect(JSON.parse(json.stdout)).toMatchObject({
      explanations: [{ code: "security-group-no-self-ingress" }],
    });
  });

  it("says when it knows nothing", () => {
    const { stderr, status } = bisonflow(["aws", "doctor", "explain", "the", "printer", "is", "on", "fire"]);
    expect(stderr).toContain("Nothing is known of this text");
    expect(status).toBe(2);
  });
});
