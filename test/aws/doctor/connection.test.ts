import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateVpcEndpointCommand,
  DeleteNatGatewayCommand,
  DeleteVpcEndpointsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DisassociateRouteTableCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { CreateConnectionCommand } from "@aws-sdk/client-glue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import {
  type Account,
  type Aws,
  awsOf,
  codesOf,
  makeS3Endpoint,
  securityGroup,
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

/**
 * Something done to a sound account, which may answer the name of another connection to look at, and what the doctor
 * must then find: these codes and no others.
 */
type Case = readonly [words: string, change: (account: Account) => Promise<unknown>, ...codes: string[]];

const natRoute = async (account: Account, options: { subnet: string; kind?: "private" }): Promise<string> => {
  await aws.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [account.s3Endpoint] }));
  const { NatGateway } = await aws.ec2.send(
    new CreateNatGatewayCommand({ SubnetId: options.subnet, ConnectivityType: options.kind ?? "public" }),
  );
  const NatGatewayId = NatGateway?.NatGatewayId ?? "";
  await aws.ec2.send(
    new CreateRouteCommand({
      RouteTableId: account.privateTable,
      DestinationCidrBlock: "0.0.0.0/0",
      NatGatewayId,
    }),
  );
  return NatGatewayId;
};
const withoutEndpoint = (account: Account) =>
  aws.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [account.s3Endpoint] }));

async function onlyIngress(account: Account, permission: object): Promise<void> {
  const { SecurityGroups } = await aws.ec2.send(
    new DescribeSecurityGroupsCommand({ GroupIds: [account.group] }),
  );
  const standing = SecurityGroups?.[0]?.IpPermissions ?? [];
  await aws.ec2.send(
    new RevokeSecurityGroupIngressCommand({ GroupId: account.group, IpPermissions: standing }),
  );
  await aws.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({ GroupId: account.group, IpPermissions: [permission] }),
  );
}

async function onlyEgress(account: Account, permissions: object[]): Promise<void> {
  await aws.ec2.send(
    new RevokeSecurityGroupEgressCommand({
      GroupId: account.group,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    }),
  );
  if (permissions.length > 0) {
    await aws.ec2.send(
      new AuthorizeSecurityGroupEgressCommand({ GroupId: account.group, IpPermissions: permissions }),
    );
  }
}

/** Makes another connection to the same database; returns its name. (The emulator can neither change nor delete one.) */
async function connectionWith(account: Account, network: object | undefined): Promise<string> {
  const name = `${account.name}-again`;
  await aws.glue.send(
    new CreateConnectionCommand({
      ConnectionInput: {
        Name: name,
        ConnectionType: "JDBC",
        ConnectionProperties: { JDBC_CONNECTION_URL: account.jdbcUrl },
        ...(network === undefined ? {} : { PhysicalConnectionRequirements: network }),
      },
    }),
  );
  await aws.logs.send(new CreateLogGroupCommand({ logGroupName: `/aws-glue/testconnection/output/${name}` }));
  return name;
}

const toDatabase = (account: Account) => ({
  IpProtocol: "tcp",
  FromPort: 5432,
  ToPort: 5432,
  UserIdGroupPairs: [{ GroupId: account.databaseGroup }],
});

const cases: readonly Case[] = [
  ["nothing at all", async () => undefined],

  // The way to S3
  ["no S3 endpoint", withoutEndpoint, "glue-connection-no-s3-route"],
  [
    "the endpoint on another route table",
    (account) =>
      aws.ec2.send(
        new ModifyVpcEndpointCommand({
          VpcEndpointId: account.s3Endpoint,
          RemoveRouteTableIds: [account.privateTable],
          AddRouteTableIds: [account.publicTable],
        }),
      ),
    "glue-connection-no-s3-route",
  ],
  [
    "the endpoint on no route table",
    async (account) => {
      await withoutEndpoint(account);
      await makeS3Endpoint(aws, { vpc: account.vpc, tables: [] });
    },
    "glue-connection-no-s3-route",
  ],
  [
    "an interface endpoint for S3 in its place",
    async (account) => {
      await withoutEndpoint(account);
      await aws.ec2.send(
        new CreateVpcEndpointCommand({
          VpcId: account.vpc,
          VpcEndpointType: "Interface",
          ServiceName: "com.amazonaws.us-east-1.s3",
          SubnetIds: [account.subnetA],
          SecurityGroupIds: [account.group],
        }),
      );
    },
    "glue-connection-no-s3-route",
  ],
  [
    "a route to an internet gateway only",
    async (account) => {
      await withoutEndpoint(account);
      await aws.ec2.send(
        new CreateRouteCommand({
          RouteTableId: account.privateTable,
          DestinationCidrBlock: "0.0.0.0/0",
          GatewayId: account.internetGateway,
        }),
      );
    },
    "glue-connection-no-s3-route",
  ],
  [
    "a NAT gateway in place of the endpoint",
    async (account) => void (await natRoute(account, { subnet: account.publicSubnet })),
  ],
  [
    "a NAT gateway in a subnet that has no internet gateway",
    async (account) => void (await natRoute(account, { subnet: account.subnetB })),
    "glue-connection-no-s3-route",
  ],
  [
    "a private NAT gateway",
    async (account) => void (await natRoute(account, { subnet: account.publicSubnet, kind: "private" })),
    "glue-connection-no-s3-route",
  ],
  [
    "a NAT gateway that was deleted, its route left",
    async (account) => {
      const NatGatewayId = await natRoute(account, { subnet: account.publicSubnet });
      await aws.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));
    },
    "glue-connection-no-s3-route",
  ],
  [
    "a subnet that follows the VPC's main table, which has no endpoint",
    async (account) => {
      const { RouteTables } = await aws.ec2.send(
        new DescribeRouteTablesCommand({ RouteTableIds: [account.privateTable] }),
      );
      const mine = RouteTables?.[0]?.Associations?.find(({ SubnetId }) => SubnetId === account.subnetA);
      await aws.ec2.send(
        new DisassociateRouteTableCommand({ AssociationId: mine?.RouteTableAssociationId ?? "" }),
      );
    },
    "glue-connection-no-s3-route",
  ],
  [
    "a subnet that follows the VPC's main table, which has the endpoint",
    async (account) => {
      const { RouteTables = [] } = await aws.ec2.send(
        new DescribeRouteTablesCommand({ Filters: [{ Name: "vpc-id", Values: [account.vpc] }] }),
      );
      const main = RouteTables.find(({ Associations }) => Associations?.some(({ Main }) => Main));
      const mine = RouteTables.flatMap(({ Associations }) => Associations ?? []).find(
        ({ SubnetId }) => SubnetId === account.subnetA,
      );
      await aws.ec2.send(
        new DisassociateRouteTableCommand({ AssociationId: mine?.RouteTableAssociationId ?? "" }),
      );
      await aws.ec2.send(
        new ModifyVpcEndpointCommand({
          VpcEndpointId: account.s3Endpoint,
          AddRouteTableIds: [main?.RouteTableId ?? ""],
        }),
      );
    },
  ],

  // Security groups
  [
    "a group open to 5432 only",
    (account) =>
      onlyIngress(account, {
        IpProtocol: "tcp",
        FromPort: 5432,
        ToPort: 5432,
        UserIdGroupPairs: [{ GroupId: account.group }],
      }),
    "security-group-no-self-ingress",
  ],
  [
    "a group open to the VPC's addresses",
    (account) =>
      onlyIngress(account, {
        IpProtocol: "tcp",
        FromPort: 0,
        ToPort: 65535,
        IpRanges: [{ CidrIp: "10.7.0.0/16" }],
      }),
    "security-group-no-self-ingress",
  ],
  [
    "a group open to another group",
    (account) =>
      onlyIngress(account, {
        IpProtocol: "tcp",
        FromPort: 0,
        ToPort: 65535,
        UserIdGroupPairs: [{ GroupId: account.databaseGroup }],
      }),
    "security-group-no-self-ingress",
  ],
  [
    "a group open to itself for UDP alone",
    (account) =>
      onlyIngress(account, {
        IpProtocol: "udp",
        FromPort: 0,
        ToPort: 65535,
        UserIdGroupPairs: [{ GroupId: account.group }],
      }),
    "security-group-no-self-ingress",
  ],
  [
    "a group open to itself for all traffic",
    (account) => onlyIngress(account, { IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: account.group }] }),
  ],
  [
    "two groups of which one is open to itself",
    async (account) => {
      const other = await securityGroup(aws, { vpc: account.vpc, name: `${account.name}-other` });
      return connectionWith(account, {
        SubnetId: account.subnetA,
        AvailabilityZone: "us-east-1a",
        SecurityGroupIdList: [other, account.group],
      });
    },
  ],
  [
    "outbound rules for the database alone",
    (account) => onlyEgress(account, [toDatabase(account)]),
    "security-group-no-self-egress",
  ],
  [
    "outbound rules for HTTPS and the database",
    (account) =>
      onlyEgress(account, [
        toDatabase(account),
        { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
      ]),
    "security-group-no-self-egress",
  ],
  [
    "outbound rules to itself and the database",
    (account) =>
      onlyEgress(account, [
        toDatabase(account),
        { IpProtocol: "tcp", FromPort: 0, ToPort: 65535, UserIdGroupPairs: [{ GroupId: account.group }] },
      ]),
  ],
  [
    "no outbound rule",
    (account) => onlyEgress(account, []),
    "database-unreachable",
    "security-group-no-self-egress",
  ],

  // Names
  [
    "names that are not resolved",
    (account) =>
      aws.ec2.send(new ModifyVpcAttributeCommand({ VpcId: account.vpc, EnableDnsSupport: { Value: false } })),
    "vpc-dns-disabled",
  ],
  [
    "hosts without names",
    (account) =>
      aws.ec2.send(
        new ModifyVpcAttributeCommand({ VpcId: account.vpc, EnableDnsHostnames: { Value: false } }),
      ),
    "vpc-dns-disabled",
  ],

  // The connection's own network part
  [
    "a connection without a network part",
    (account) => connectionWith(account, undefined),
    "glue-connection-network-incomplete",
  ],
  [
    "a connection without a zone",
    (account) => connectionWith(account, { SubnetId: account.subnetA, SecurityGroupIdList: [account.group] }),
    "glue-connection-network-incomplete",
  ],
  [
    "a connection with the zone of another subnet",
    (account) =>
      connectionWith(account, {
        SubnetId: account.subnetA,
        AvailabilityZone: "us-east-1b",
        SecurityGroupIdList: [account.group],
      }),
    "glue-connection-network-incomplete",
  ],
  [
    "a connection without groups",
    (account) => connectionWith(account, { SubnetId: account.subnetA, AvailabilityZone: "us-east-1a" }),
    "glue-connection-network-incomplete",
  ],
  [
    "a connection whose subnet is gone",
    (account) =>
      connectionWith(account, {
        SubnetId: "subnet-0123456789abcdef0",
        AvailabilityZone: "us-east-1a",
        SecurityGroupIdList: [account.group],
      }),
    "glue-connection-network-incomplete",
  ],
  [
    "a connection with a group of another VPC",
    async (account) => {
      const other = await soundAccount(aws);
      return connectionWith(account, {
        SubnetId: account.subnetA,
        AvailabilityZone: "us-east-1a",
        SecurityGroupIdList: [other.group, account.group],
      });
    },
    "glue-connection-network-incomplete",
  ],
];

describe.skipIf(noEmulator)("a connection on the emulator with", () => {
  for (const [words, change, ...codes] of cases)
    it(words, async () => {
      const account = await soundAccount(aws);
      const changed = await change(account);
      const connection = typeof changed === "string" ? changed : account.name;
      const { codes: found, diagnosis } = await codesOf(aws, { connections: [connection] });
      expect(found, JSON.stringify(diagnosis.findings, null, 1)).toEqual(codes);
      expect(diagnosis.notRun).toEqual([]);
      for (const { cause, awsError, mend } of diagnosis.findings) {
        expect(`${cause}${awsError}`).not.toMatch(/undefined|\{[a-z]+\}/i);
        expect(mend.steps.length).toBeGreaterThan(0);
      }
    });
});
