import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateConnectionCommand,
  CreateCrawlerCommand,
  CreateDatabaseCommand,
  GlueClient,
} from "@aws-sdk/client-glue";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  CreateDBSubnetGroupCommand,
  ModifyDBParameterGroupCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { type Diagnosis, type DoctorSpec, diagnose, doctorActions } from "../../../src/aws/doctor/index.ts";
import { type AwsAccess, iamActions, type RecordedCall } from "../../../src/aws/index.ts";
import { clientConfig } from "../../support/batch-queue.ts";
import type { Emulator } from "../../support/emulator.ts";

/** Clients of the emulator, as its administrator, in one region. */
export interface Aws {
  readonly region: string;
  readonly access: AwsAccess;
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
  readonly glue: GlueClient;
  readonly iam: IAMClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
}

/** Clients for a region of the emulator. */
export function awsOf(emulator: Emulator, region = emulator.region): Aws {
  const config = { ...clientConfig(emulator), region };
  const { credentials, endpoint } = config;
  return {
    region,
    access: { region, endpoint, credentials: credentials as AwsAccess["credentials"] },
    ec2: new EC2Client(config),
    rds: new RDSClient(config),
    glue: new GlueClient(config),
    iam: new IAMClient(config),
    logs: new CloudWatchLogsClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
  };
}

/** Ids of an account's parts. */
export interface Account {
  readonly name: string;
  readonly vpc: string;
  readonly internetGateway: string;
  readonly publicSubnet: string;
  readonly subnetA: string;
  readonly subnetB: string;
  readonly publicTable: string;
  readonly privateTable: string;
  readonly s3Endpoint: string;
  readonly group: string;
  readonly databaseGroup: string;
  readonly parameterGroup: string;
  readonly database: string;
  readonly jdbcUrl: string;
  readonly role: string;
  readonly roleArn: string;
  readonly bucket: string;
}

/** What a role of Glue must be allowed for a connection and a crawl. */
export const glueRights = [
  "ec2:Describe*",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "glue:*",
  "logs:CreateLogGroup",
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "s3:GetObject",
  "s3:ListBucket",
];

/** A trust policy for a service. */
export function trustOf(service: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });
}

/** A policy that allows actions on everything. */
export function allowing(actions: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
  });
}

let made = 0;

/**
 * Makes an account's worth of things where everything is as it should be: a VPC with an S3 endpoint, a database, a
 * Glue connection to it, the role, a crawler, logs. Tests then break one thing.
 */
export async function soundAccount(aws: Aws): Promise<Account> {
  made += 1;
  const name = `bison-${made}`;
  const network = await soundNetwork(aws, name);
  const parameterGroup = `${name}-pg16`;
  await aws.rds.send(
    new CreateDBParameterGroupCommand({
      DBParameterGroupName: parameterGroup,
      DBParameterGroupFamily: "postgres16",
      Description: "passwords that Glue can use",
    }),
  );
  await setPasswordEncryption(aws, { parameterGroup, value: "md5" });
  await aws.rds.send(
    new CreateDBSubnetGroupCommand({
      DBSubnetGroupName: name,
      DBSubnetGroupDescription: name,
      SubnetIds: [network.subnetA, network.subnetB],
    }),
  );
  const { DBInstance } = await aws.rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: `${name}-db`,
      DBInstanceClass: "db.t4g.micro",
      Engine: "postgres",
      EngineVersion: "16.4",
      AllocatedStorage: 20,
      // Not the connection's zone: between subnets network ACLs are asked.
      AvailabilityZone: `${aws.region}b`,
      MasterUsername: "bison",
      MasterUserPassword: "not-a-secret",
      DBSubnetGroupName: name,
      DBParameterGroupName: parameterGroup,
      VpcSecurityGroupIds: [network.databaseGroup],
      Port: 5432,
    }),
  );
  const jdbcUrl = `jdbc:postgresql://${DBInstance?.Endpoint?.Address}:5432/bison`;
  await aws.glue.send(
    new CreateConnectionCommand({
      ConnectionInput: {
        Name: name,
        ConnectionType: "JDBC",
        ConnectionProperties: { JDBC_CONNECTION_URL: jdbcUrl, USERNAME: "bison", PASSWORD: "not-a-secret" },
        PhysicalConnectionRequirements: {
          SubnetId: network.subnetA,
          AvailabilityZone: `${aws.region}a`,
          SecurityGroupIdList: [network.group],
        },
      },
    }),
  );
  const role = `AWSGlueServiceRole-${name}`;
  const { Role } = await aws.iam.send(
    new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: trustOf("glue.amazonaws.com") }),
  );
  await setRights(aws, { role, actions: glueRights });
  const bucket = `${name}-${aws.region}`;
  await aws.s3.send(new CreateBucketCommand({ Bucket: bucket, ...locationOf(aws.region) }));
  await aws.glue
    .send(new CreateDatabaseCommand({ DatabaseInput: { Name: "default" } }))
    .catch(() => undefined);
  await aws.glue.send(
    new CreateCrawlerCommand({
      Name: name,
      Role: Role?.Arn ?? "",
      DatabaseName: "default",
      Targets: {
        JdbcTargets: [{ ConnectionName: name, Path: "bison/%" }],
        S3Targets: [{ Path: `s3://${bucket}/out/` }],
      },
    }),
  );
  for (const kind of ["output", "error"]) {
    await aws.logs.send(
      new CreateLogGroupCommand({ logGroupName: `/aws-glue/testconnection/${kind}/${name}` }),
    );
  }
  return {
    name,
    ...network,
    parameterGroup,
    database: `${name}-db`,
    jdbcUrl,
    role,
    roleArn: Role?.Arn ?? "",
    bucket,
  };
}

/** The bucket configuration that S3 wants outside us-east-1. */
export function locationOf(region: string): object {
  return region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint: region } };
}

/** Sets how the database keeps passwords. */
export async function setPasswordEncryption(
  aws: Aws,
  { parameterGroup, value }: { parameterGroup: string; value: string },
): Promise<void> {
  await aws.rds.send(
    new ModifyDBParameterGroupCommand({
      DBParameterGroupName: parameterGroup,
      Parameters: [{ ParameterName: "password_encryption", ParameterValue: value, ApplyMethod: "immediate" }],
    }),
  );
}

/** Gives a role these actions on everything and nothing else. */
export async function setRights(
  aws: Aws,
  { role, actions }: { role: string; actions: readonly string[] },
): Promise<void> {
  await aws.iam.send(
    new PutRolePolicyCommand({ RoleName: role, PolicyName: "rights", PolicyDocument: allowing(actions) }),
  );
}

/**
 * Looks at the account and answers the codes found, sorted, beside the whole diagnosis. Whatever it asks AWS must be
 * among the actions that the doctor declares.
 */
export async function codesOf(
  aws: Aws,
  spec: DoctorSpec,
): Promise<{ codes: string[]; diagnosis: Diagnosis }> {
  const used = new Set<string>();
  const record = ({ service, operation }: RecordedCall): void => {
    for (const action of iamActions(service, operation)) used.add(action);
  };
  const diagnosis = await diagnose({ access: { ...aws.access, record }, spec });
  const declared = new Set<string>(doctorActions.map(({ action }) => action));
  expect([...used].filter((action) => !declared.has(action))).toEqual([]);
  return { codes: [...new Set(diagnosis.findings.map(({ code }) => code))].sort(), diagnosis };
}

async function soundNetwork(aws: Aws, name: string) {
  const { ec2, region } = aws;
  const vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.7.0.0/16" }))).Vpc?.VpcId ?? "";
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsSupport: { Value: true } }));
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsHostnames: { Value: true } }));
  const subnet = async (cidr: string, zone: string): Promise<string> =>
    (
      await ec2.send(
        new CreateSubnetCommand({ VpcId: vpc, CidrBlock: cidr, AvailabilityZone: `${region}${zone}` }),
      )
    ).Subnet?.SubnetId ?? "";
  const publicSubnet = await subnet("10.7.0.0/24", "a");
  const subnetA = await subnet("10.7.1.0/24", "a");
  const subnetB = await subnet("10.7.2.0/24", "b");
  const internetGateway =
    (await ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ?? "";
  await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpc, InternetGatewayId: internetGateway }));
  const publicTable = await routeTable(aws, { vpc, subnets: [publicSubnet] });
  await ec2.send(
    new CreateRouteCommand({
      RouteTableId: publicTable,
      DestinationCidrBlock: "0.0.0.0/0",
      GatewayId: internetGateway,
    }),
  );
  const privateTable = await routeTable(aws, { vpc, subnets: [subnetA, subnetB] });
  const s3Endpoint = await makeS3Endpoint(aws, { vpc, tables: [privateTable] });
  const group = await securityGroup(aws, { vpc, name: `${name}-glue` });
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: group,
      IpPermissions: [
        { IpProtocol: "tcp", FromPort: 0, ToPort: 65535, UserIdGroupPairs: [{ GroupId: group }] },
      ],
    }),
  );
  const databaseGroup = await securityGroup(aws, { vpc, name: `${name}-db` });
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: databaseGroup,
      IpPermissions: [
        { IpProtocol: "tcp", FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: group }] },
      ],
    }),
  );
  return {
    vpc,
    internetGateway,
    publicSubnet,
    subnetA,
    subnetB,
    publicTable,
    privateTable,
    s3Endpoint,
    group,
    databaseGroup,
  };
}

/** Makes a route table that subnets name. */
export async function routeTable(
  { ec2 }: Aws,
  { vpc, subnets }: { vpc: string; subnets: readonly string[] },
): Promise<string> {
  const id = (await ec2.send(new CreateRouteTableCommand({ VpcId: vpc }))).RouteTable?.RouteTableId ?? "";
  for (const SubnetId of subnets)
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId: id, SubnetId }));
  return id;
}

/** Makes an S3 gateway endpoint on route tables. */
export async function makeS3Endpoint(
  { ec2, region }: Aws,
  { vpc, tables }: { vpc: string; tables: readonly string[] },
): Promise<string> {
  const { VpcEndpoint } = await ec2.send(
    new CreateVpcEndpointCommand({
      VpcId: vpc,
      VpcEndpointType: "Gateway",
      ServiceName: `com.amazonaws.${region}.s3`,
      RouteTableIds: [...tables],
    }),
  );
  return VpcEndpoint?.VpcEndpointId ?? "";
}

/** Makes a security group, which lets everything out and nothing in. */
export async function securityGroup(
  { ec2 }: Aws,
  { vpc, name }: { vpc: string; name: string },
): Promise<string> {
  const { GroupId } = await ec2.send(
    new CreateSecurityGroupCommand({ VpcId: vpc, GroupName: name, Description: name }),
  );
  return GroupId ?? "";
}
