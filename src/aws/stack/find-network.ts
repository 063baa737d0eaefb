import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type RouteTable,
  type Subnet,
} from "@aws-sdk/client-ec2";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";

/**
 * The parameters of a template for an existing VPC: which VPC, its subnets that lead outside, and those of their
 * route tables that have no S3 gateway endpoint yet (a second one on a table is refused by EC2). `own` is the
 * endpoint that the stack itself made before: its tables still count as without.
 */
export async function findNetwork(
  access: AwsAccess,
  options: { vpc: string; subnets?: readonly string[] | undefined; own?: string | undefined },
): Promise<Record<string, string>> {
  const ec2 = connect(EC2Client, access);
  const vpcId = options.vpc === "default" ? await defaultVpc(ec2, access.region) : options.vpc;
  const filter = [{ Name: "vpc-id", Values: [vpcId] }];
  const [{ Subnets = [] }, { RouteTables = [] }, { VpcEndpoints = [] }] = await Promise.all([
    ec2.send(new DescribeSubnetsCommand({ Filters: filter })),
    ec2.send(new DescribeRouteTablesCommand({ Filters: filter })),
    ec2.send(new DescribeVpcEndpointsCommand({ Filters: filter })),
    ...(["enableDnsSupport", "enableDnsHostnames"] as const).map((name) => checkDns(ec2, vpcId, name)),
  ]);
  if (Subnets.length === 0) throw noSubnets(vpcId, access.region);
  const chosen = chooseSubnets({ vpcId, subnets: Subnets, tables: RouteTables, wanted: options.subnets });
  const tables = [...new Set(chosen.map((subnet) => tableOf(subnet, RouteTables)?.RouteTableId ?? ""))];
  const served = new Set(
    VpcEndpoints.filter(
      (one) =>
        one.ServiceName === `com.amazonaws.${access.region}.s3` &&
        one.VpcEndpointType !== "Interface" &&
        one.VpcEndpointId !== options.own,
    ).flatMap((one) => one.RouteTableIds ?? []),
  );
  const [first] = chosen;
  return {
    VpcId: vpcId,
    SubnetIds: chosen.map(({ SubnetId }) => SubnetId).join(","),
    ConnectionSubnetId: first?.SubnetId ?? "",
    ConnectionZone: first?.AvailabilityZone ?? "",
    EndpointRouteTableIds: tables.filter((id) => id !== "" && !served.has(id)).join(","),
  };
}

async function defaultVpc(ec2: EC2Client, region: string): Promise<string> {
  const { Vpcs } = await ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }),
  );
  const id = Vpcs?.find(({ IsDefault }) => IsDefault === true)?.VpcId;
  if (id !== undefined) return id;
  throw new UserError({
    code: "default-vpc-missing",
    message: `The account has no default VPC in ${region}.`,
    hint: "Use --vpc new for one of the stack's own, or name another: --vpc vpc-….",
  });
}

function noSubnets(vpcId: string, region: string): UserError {
  return new UserError({
    code: "vpc-not-usable",
    message: `${vpcId}: no such VPC in ${region}, or one without subnets.`,
    hint: "Check the id and --region, or use --vpc new.",
  });
}

async function checkDns(
  ec2: EC2Client,
  vpcId: string,
  name: "enableDnsSupport" | "enableDnsHostnames",
): Promise<void> {
  const answer = await ec2
    .send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute: name }))
    .catch((error: unknown) => {
      // The VPC's absence is told by its subnets.
      if (error instanceof Error && error.name === "InvalidVpcID.NotFound") return undefined;
      throw error;
    });
  if (answer === undefined) return;
  const value = name === "enableDnsSupport" ? answer.EnableDnsSupport : answer.EnableDnsHostnames;
  if (value?.Value === true) return;
  throw new UserError({
    code: "vpc-not-usable",
    message: `${vpcId}: ${name} is off, so that names of AWS's endpoints and of the database are not resolved.`,
    hint: `Turn it on: aws ec2 modify-vpc-attribute --vpc-id ${vpcId} --${name === "enableDnsSupport" ? "enable-dns-support" : "enable-dns-hostnames"}.`,
  });
}

/** Subnets with a way to ECS and ECR: through an internet gateway with public addresses, or through NAT. */
function chooseSubnets(options: {
  vpcId: string;
  subnets: readonly Subnet[];
  tables: readonly RouteTable[];
  wanted: readonly string[] | undefined;
}): Subnet[] {
  const { vpcId, subnets, tables, wanted } = options;
  if (wanted !== undefined) {
    const missing = wanted.filter((id) => !subnets.some(({ SubnetId }) => SubnetId === id));
    if (missing.length === 0) return subnets.filter(({ SubnetId = "" }) => wanted.includes(SubnetId));
    throw new UserError({
      code: "subnet-not-found",
      message: `${missing.join(", ")}: not in ${vpcId}, whose subnets are ${subnets.map(({ SubnetId }) => SubnetId).join(", ")}.`,
      hint: "Name subnets of the VPC with --subnets, or leave it out.",
    });
  }
  const outside = subnets.filter((subnet) => {
    const routes = tableOf(subnet, tables)?.Routes ?? [];
    const out = routes.filter(({ DestinationCidrBlock }) => DestinationCidrBlock === "0.0.0.0/0");
    return out.some(
      ({ NatGatewayId, GatewayId, TransitGatewayId }) =>
        NatGatewayId !== undefined ||
        TransitGatewayId !== undefined ||
        (GatewayId?.startsWith("igw-") === true && subnet.MapPublicIpOnLaunch === true),
    );
  });
  if (outside.length > 0) return outside;
  throw new UserError({
    code: "vpc-not-usable",
    message: `${vpcId}: none of its ${subnets.length} subnets leads outside (an internet gateway with public addresses, or NAT), so that machines could not reach ECS and ECR.`,
    hint: "Use --vpc new; or, where interface endpoints for ecs, ecr and logs stand, name the subnets with --subnets.",
  });
}

/** The table that a subnet's packets go by: its own, else the VPC's main one. */
function tableOf(subnet: Subnet, tables: readonly RouteTable[]): RouteTable | undefined {
  return (
    tables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnet.SubnetId)) ??
    tables.find(({ Associations }) => Associations?.some(({ Main }) => Main === true))
  );
}
