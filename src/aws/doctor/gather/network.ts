import {
  DescribeVpcAttributeCommand,
  type Filter,
  type IpPermission,
  type NetworkAclEntry,
  paginateDescribeNatGateways,
  paginateDescribeNetworkAcls,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
  type Route as RouteAnswer,
  type SecurityGroup,
  type Subnet,
} from "@aws-sdk/client-ec2";
import type { AclEntry, GroupRule, Route, SecurityGroupFact, SubnetFact } from "../facts/network-facts.ts";
import type { FactReader } from "./fact-reader.ts";

/** Which parts of the network matter: those of these subnets, groups and VPCs; everything when all are empty. */
export interface NetworkScope {
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
  readonly vpcs: readonly string[];
  /** VPCs that a user asked for. */
  readonly named: readonly string[];
}

/** Reads the VPCs that matter with all that decides where packets go. */
export async function gatherNetwork(reader: FactReader, scope: NetworkScope): Promise<void> {
  const { ec2 } = reader.clients;
  const pages = { client: ec2 };
  const subnets = await reader.read("subnets", async () => {
    if (scope.subnets.length === 0) return [];
    return await collect(
      paginateDescribeSubnets(pages, { Filters: [filter("subnet-id", scope.subnets)] }),
      (page) => (page.Subnets ?? []).map(subnetFact),
    );
  });
  const named = [...scope.vpcs, ...(subnets ?? []).map(({ vpc }) => vpc)];
  // Where the subnets could not be read, nobody knows which VPCs are meant: all are read.
  const isOpen = subnets === undefined && scope.subnets.length > 0;
  const vpcs = [...new Set(named)];
  if (vpcs.length === 0 && !isOpen) {
    await gatherGroups(reader, scope.groups, []);
    return;
  }
  const within = isOpen ? {} : { Filters: [filter("vpc-id", vpcs)] };
  await Promise.all([
    reader
      .read("vpcs", () =>
        collect(paginateDescribeVpcs(pages, within), (page) =>
          (page.Vpcs ?? []).map((one) => ({
            id: one.VpcId ?? "",
            cidrs: [
              ...new Set([
                one.CidrBlock ?? "",
                ...(one.CidrBlockAssociationSet ?? []).map(({ CidrBlock }) => CidrBlock ?? ""),
              ]),
            ].filter((cidr) => cidr !== ""),
            isDefault: one.IsDefault === true,
            isNamed: scope.named.includes(one.VpcId ?? ""),
          })),
        ),
      )
      .then((found) => gatherDns(reader, found?.map(({ id }) => id) ?? vpcs)),
    reader.read("subnets", () =>
      collect(paginateDescribeSubnets(pages, within), (page) => (page.Subnets ?? []).map(subnetFact)),
    ),
    reader.read("routeTables", () =>
      collect(paginateDescribeRouteTables(pages, within), (page) =>
        (page.RouteTables ?? []).map((one) => ({
          id: one.RouteTableId ?? "",
          vpc: one.VpcId ?? "",
          isMain: (one.Associations ?? []).some(({ Main }) => Main === true),
          subnets: (one.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
          routes: (one.Routes ?? []).map(routeFact),
        })),
      ),
    ),
    reader.read("endpoints", () =>
      collect(paginateDescribeVpcEndpoints(pages, within), (page) =>
        (page.VpcEndpoints ?? []).map((one) => ({
          id: one.VpcEndpointId ?? "",
          vpc: one.VpcId ?? "",
          service: one.ServiceName ?? "",
          kind: endpointKind(one.VpcEndpointType, one.RouteTableIds),
          state: (one.State ?? "").toLowerCase(),
          routeTables: one.RouteTableIds ?? [],
          subnets: one.SubnetIds ?? [],
          privateDns: one.PrivateDnsEnabled === true,
        })),
      ),
    ),
    reader.read("natGateways", () =>
      collect(
        paginateDescribeNatGateways(pages, isOpen ? {} : { Filter: [filter("vpc-id", vpcs)] }),
        (page) =>
          (page.NatGateways ?? []).map((one) => ({
            id: one.NatGatewayId ?? "",
            vpc: one.VpcId ?? "",
            subnet: one.SubnetId ?? "",
            state: one.State ?? "",
            isPublic: one.ConnectivityType !== "private",
          })),
      ),
    ),
    reader.read("networkAcls", () =>
      collect(paginateDescribeNetworkAcls(pages, within), (page) =>
        (page.NetworkAcls ?? []).map((one) => ({
          id: one.NetworkAclId ?? "",
          vpc: one.VpcId ?? "",
          isDefault: one.IsDefault === true,
          subnets: (one.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
          entries: (one.Entries ?? []).filter(({ CidrBlock }) => CidrBlock !== undefined).map(aclEntry),
        })),
      ),
    ),
    gatherGroups(reader, scope.groups, isOpen ? undefined : vpcs),
  ]);
}

/** Ids of the subnets of VPCs; empty where they may not be read. */
export async function subnetsOf(reader: FactReader, vpcs: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await reader.read("subnets", () =>
    collect(
      paginateDescribeSubnets({ client: reader.clients.ec2 }, { Filters: [filter("vpc-id", vpcs)] }),
      (page) => (page.Subnets ?? []).map(subnetFact),
    ),
  );
  return new Set((found ?? []).map(({ id }) => id));
}

async function gatherGroups(
  reader: FactReader,
  groups: readonly string[],
  vpcs: readonly string[] | undefined,
): Promise<void> {
  const pages = { client: reader.clients.ec2 };
  const facts = (Filters: Filter[]) =>
    collect(paginateDescribeSecurityGroups(pages, { Filters }), (page) =>
      (page.SecurityGroups ?? []).map(groupFact),
    );
  await reader.read("securityGroups", async () => [
    ...(vpcs === undefined ? await facts([]) : vpcs.length > 0 ? await facts([filter("vpc-id", vpcs)]) : []),
    // Groups that are named but stand in another VPC.
    ...(groups.length > 0 ? await facts([filter("group-id", groups)]) : []),
  ]);
}

async function gatherDns(reader: FactReader, vpcs: readonly string[]): Promise<void> {
  const { ec2 } = reader.clients;
  for (const id of vpcs) {
    await reader.read(
      "vpcDns",
      async () => {
        const [support, hostnames] = await Promise.all([
          ec2.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsSupport" })),
          ec2.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsHostnames" })),
        ]);
        return [
          {
            id,
            support: support.EnableDnsSupport?.Value === true,
            hostnames: hostnames.EnableDnsHostnames?.Value === true,
          },
        ];
      },
      { id },
    );
  }
}

/** Everything of all pages. */
export async function collect<P, T>(pages: AsyncIterable<P>, facts: (page: P) => T[]): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...facts(page));
  return all;
}

function filter(Name: string, Values: readonly string[]): Filter {
  return { Name, Values: [...new Set(Values)] };
}

function subnetFact(one: Subnet): SubnetFact {
  return {
    id: one.SubnetId ?? "",
    vpc: one.VpcId ?? "",
    zone: one.AvailabilityZone ?? "",
    cidr: one.CidrBlock ?? "",
    freeAddresses: one.AvailableIpAddressCount ?? 0,
    publicAddresses: one.MapPublicIpOnLaunch === true,
  };
}

function routeFact(one: RouteAnswer): Route {
  return {
    destination:
      one.DestinationCidrBlock ?? one.DestinationIpv6CidrBlock ?? one.DestinationPrefixListId ?? "",
    target:
      one.NatGatewayId ??
      one.GatewayId ??
      one.TransitGatewayId ??
      one.VpcPeeringConnectionId ??
      one.NetworkInterfaceId ??
      one.InstanceId ??
      one.EgressOnlyInternetGatewayId ??
      "",
    isActive: one.State !== "blackhole",
  };
}

function endpointKind(
  type: string | undefined,
  tables: readonly string[] | undefined,
): "Gateway" | "Interface" | "other" {
  if (type === undefined) return (tables ?? []).length > 0 ? "Gateway" : "other";
  return type === "Gateway" || type === "Interface" ? type : "other";
}

function groupFact(one: SecurityGroup): SecurityGroupFact {
  return {
    id: one.GroupId ?? "",
    vpc: one.VpcId ?? "",
    name: one.GroupName ?? "",
    ingress: (one.IpPermissions ?? []).flatMap(rulesOf),
    egress: (one.IpPermissionsEgress ?? []).flatMap(rulesOf),
  };
}

function rulesOf(permission: IpPermission): GroupRule[] {
  const peers = [
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId }) => ({ group: GroupId ?? "" })),
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => ({ cidr: CidrIp ?? "" })),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => ({ cidr: CidrIpv6 ?? "" })),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => ({ prefixList: PrefixListId ?? "" })),
  ];
  return peers.map((peer) => ({
    protocol: permission.IpProtocol ?? "-1",
    // -1 is AWS's way to say "all" here too.
    fromPort: permission.FromPort === -1 ? undefined : permission.FromPort,
    toPort: permission.ToPort === -1 ? undefined : permission.ToPort,
    peer,
  }));
}

function aclEntry(one: NetworkAclEntry): AclEntry {
  return {
    number: one.RuleNumber ?? 0,
    egress: one.Egress === true,
    allow: one.RuleAction === "allow",
    protocol: Number(one.Protocol ?? -1),
    cidr: one.CidrBlock ?? "",
    fromPort: one.PortRange?.From,
    toPort: one.PortRange?.To,
  };
}
