import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclEntryCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  DescribeNetworkAclsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { CreateConnectionCommand } from "@aws-sdk/client-glue";
import { StopDBInstanceCommand } from "@aws-sdk/client-rds";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import {
  type Account,
  type Aws,
  awsOf,
  codesOf,
  setPasswordEncryption,
  soundAccount,
} from "./sound-account.ts";

let emulator: Emulator;
let aws: Aws;
beforeAll(async () => {
  if (noEmulator !== false) return;
  emulator = await startEmulator();
  aws = awsOf(emulator);
});
afterAll(() => emulator?.stop());

async function databaseAdmits(account: Account, permission: object | undefined): Promise<void> {
  const { SecurityGroups } = await aws.ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [account.databaseGroup] }),
  );
  const standing = SecurityGroups?.[0]?.IpPermissions ?? [];
  await aws.ec2.send(
    new RevokeSecurityGroupIngressCommand({ GroupId: account.databaseGroup, IpPermissions: standing }),
  );
  if (permission === undefined) return;
  await aws.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({ GroupId: account.databaseGroup, IpPermissions: [permission] }),
  );
}

const port = (FromPort: number, ToPort: number, peer: object) => ({
  IpProtocol: "tcp",
  FromPort,
  ToPort,
  ...peer,
});

async function deny(
  account: Account,
  { egress, from, to }: { egress: boolean; from: number; to: number },
): Promise<void> {
  const { NetworkAcls } = await aws.ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: "vpc-id", Values: [account.vpc] }] }),
  );
  await aws.ec2.send(
    new CreateNetworkAclEntryCommand({
      NetworkAclId: NetworkAcls?.[0]?.NetworkAclId ?? "",
      RuleNumber: 50,
      Egress: egress,
      Protocol: "6",
      PortRange: { From: from, To: to },
      CidrBlock: "10.7.0.0/16",
      RuleAction: "deny",
    }),
  );
}

async function connectionTo(account: Account, url: string, more: object = {}): Promise<string> {
  const name = `${account.name}-again`;
  await aws.glue.send(
    new CreateConnectionCommand({
      ConnectionInput: {
        Name: name,
        ConnectionType: "JDBC",
        ConnectionProperties: { JDBC_CONNECTION_URL: url, ...more },
        PhysicalConnectionRequirements: {
          SubnetId: account.subnetA,
          AvailabilityZone: "us-east-1a",
          SecurityGroupIdList: [account.group],
        },
      },
    }),
  );
  return name;
}

type Case = readonly [
  words: string,
  change: (account: Account) => Promise<unknown>,
  says: string | undefined,
];

const reach: readonly Case[] = [
  ["everything as it should be", async () => undefined, undefined],
  [
    "a group that admits nobody",
    (account) => databaseAdmits(account, undefined),
    "No inbound rule of the database's",
  ],
  [
    "a group that admits another port",
    (account) =>
      databaseAdmits(account, port(3306, 3306, { UserIdGroupPairs: [{ GroupId: account.group }] })),
    "on port 5432",
  ],
  [
    "a group that admits itself alone",
    (account) =>
      databaseAdmits(account, port(5432, 5432, { UserIdGroupPairs: [{ GroupId: account.databaseGroup }] })),
    "No inbound rule",
  ],
  [
    "a group that admits another subnet's addresses",
    (account) => databaseAdmits(account, port(5432, 5432, { IpRanges: [{ CidrIp: "10.7.2.0/24" }] })),
    "10.7.1.0/24",
  ],
  [
    "a group that admits half of the subnet's addresses",
    (account) => databaseAdmits(account, port(5432, 5432, { IpRanges: [{ CidrIp: "10.7.1.0/25" }] })),
    "No inbound rule",
  ],
  [
    "a group that admits the VPC's addresses",
    (account) => databaseAdmits(account, port(5000, 6000, { IpRanges: [{ CidrIp: "10.7.0.0/16" }] })),
    undefined,
  ],
  [
    "outbound rules to itself alone",
    async (account) => {
      await aws.ec2.send(
        new RevokeSecurityGroupEgressCommand({
          GroupId: account.group,
          IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
        }),
      );
      await aws.ec2.send(
        new AuthorizeSecurityGroupEgressCommand({
          GroupId: account.group,
          IpPermissions: [port(0, 65535, { UserIdGroupPairs: [{ GroupId: account.group }] })],
        }),
      );
    },
    "No outbound rule of the connection's",
  ],
  [
    "a network ACL that drops the question",
    (account) => deny(account, { egress: false, from: 5400, to: 5500 }),
    "drops the question into",
  ],
  [
    "a network ACL that drops the answer",
    (account) => deny(account, { egress: true, from: 40000, to: 40010 }),
    "drops the answer out of",
  ],
  [
    "a network ACL that drops something else",
    (account) => deny(account, { egress: false, from: 22, to: 22 }),
    undefined,
  ],
  [
    "a database that is stopped",
    (account) => aws.rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: account.database })),
    "is stopped",
  ],
  [
    "a URL with another port",
    (account) => connectionTo(account, account.jdbcUrl.replace("5432", "5433")),
    "listens on 5432",
  ],
  [
    "a database of another VPC",
    async (account) => {
      const other = await soundAccount(aws);
      return connectionTo(account, other.jdbcUrl);
    },
    "no route leads from one to the other",
  ],
  [
    "a subnet without free addresses",
    async (account) => {
      const small = await aws.ec2.send(
        new CreateSubnetCommand({
          VpcId: account.vpc,
          CidrBlock: "10.7.9.0/28",
          AvailabilityZone: "us-east-1a",
        }),
      );
      const SubnetId = small.Subnet?.SubnetId ?? "";
      for (;;) {
        const { Subnets } = await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [SubnetId] }));
        if ((Subnets?.[0]?.AvailableIpAddressCount ?? 0) < 2) break;
        await aws.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId }));
      }
      const name = `${account.name}-small`;
      await aws.glue.send(
        new CreateConnectionCommand({
          ConnectionInput: {
            Name: name,
            ConnectionType: "JDBC",
            ConnectionProperties: { JDBC_CONNECTION_URL: account.jdbcUrl },
            PhysicalConnectionRequirements: {
              SubnetId,
              AvailabilityZone: "us-east-1a",
              SecurityGroupIdList: [account.group],
            },
          },
        }),
      );
      return name;
    },
    "free addresses",
  ],
];

describe.skipIf(noEmulator)("a database on the emulator with", () => {
  for (const [words, change, says] of reach) {
    it(words, async () => {
      const account = await soundAccount(aws);
      const changed = await change(account);
      const connection = typeof changed === "string" ? changed : account.name;
      const { diagnosis } = await codesOf(aws, { connections: [connection] });
      const found = diagnosis.findings.filter(({ code }) => code === "database-unreachable");
      if (says === undefined) expect(diagnosis.findings).toEqual([]);
      else {
        expect(found).toHaveLength(1);
        expect(found[0]?.cause).toContain(says);
      }
    });
  }

  it("passwords as SCRAM and Glue's own driver", async () => {
    const account = await soundAccount(aws);
    await setPasswordEncryption(aws, { ...account, value: "scram-sha-256" });
    const { codes, diagnosis } = await codesOf(aws, { connections: [account.name] });
    expect(codes).toEqual(["database-driver-too-old"]);
    expect(diagnosis.findings[0]?.awsError).toContain("authentication type 10 is not supported");
  });

  it("passwords as SCRAM and a driver of one's own", async () => {
    const account = await soundAccount(aws);
    await setPasswordEncryption(aws, { ...account, value: "scram-sha-256" });
    const driver = {
      JDBC_DRIVER_JAR_URI: "s3://b/postgresql.jar",
      JDBC_DRIVER_CLASS_NAME: "org.postgresql.Driver",
    };
    const name = await connectionTo(account, account.jdbcUrl, driver);
    expect((await codesOf(aws, { connections: [name] })).codes).toEqual([]);
  });

  it("is looked for by name, in RDS as well as in the catalog", async () => {
    const account = await soundAccount(aws);
    const { diagnosis } = await codesOf(aws, { databases: [account.database] });
    expect(diagnosis.passed).toContainEqual({
      check: "database-running",
      resource: `database ${account.database}`,
    });
    await expect(codesOf(aws, { databases: ["no-such-thing"] })).rejects.toMatchObject({
      code: "doctor-not-found",
    });
  });
});
