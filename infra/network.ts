import type { Stack } from "aws-cdk-lib";
import { Fn } from "aws-cdk-lib";
import {
  CfnInternetGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSecurityGroup,
  CfnSecurityGroupEgress,
  CfnSecurityGroupIngress,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
  CfnVPCEndpoint,
  CfnVPCGatewayAttachment,
} from "aws-cdk-lib/aws-ec2";
import type { Conditions, Parameters } from "./parameters.ts";

/** Where machines, the database and Glue's connection live. */
export interface Network {
  readonly securityGroupId: string;
  /** For machines: they reach ECS, ECR and the logs. */
  readonly subnetIds: string[];
  /** For the database: no route outside in a VPC of our own. */
  readonly databaseSubnetIds: string[];
  readonly connection: { readonly subnetId: string; readonly zone: string };
}

/** The VPC (own or found), the free S3 gateway endpoint, and a security group open to itself. */
export function networkOf(
  stack: Stack,
  { parameters, conditions }: { parameters: Parameters; conditions: Conditions },
): Network {
  const { existing } = parameters;
  if (existing === undefined) return ownNetwork(stack);
  const { vpcId, subnetIds, endpointRouteTableIds, connectionSubnetId, connectionZone } = existing;
  const endpoint = new CfnVPCEndpoint(stack, "S3Endpoint", {
    ...gatewayTo(stack),
    vpcId: vpcId.valueAsString,
    routeTableIds: endpointRouteTableIds.valueAsList,
  });
  endpoint.cfnOptions.condition = conditions.needsEndpoint;
  return {
    securityGroupId: selfOpenGroup(stack, vpcId.valueAsString),
    subnetIds: subnetIds.valueAsList,
    databaseSubnetIds: subnetIds.valueAsList,
    connection: { subnetId: connectionSubnetId.valueAsString, zone: connectionZone.valueAsString },
  };
}

/**
 * Two zones. Public subnets without NAT: machines start connections and accept none, and NAT costs more a month
 * than most runs. Private ones for the database, with no route but the one to S3.
 */
function ownNetwork(stack: Stack): Network {
  const vpc = new CfnVPC(stack, "Vpc", {
    cidrBlock: "10.42.0.0/16",
    enableDnsSupport: true,
    enableDnsHostnames: true,
    tags: [{ key: "Name", value: stack.stackName }],
  });
  const gateway = new CfnInternetGateway(stack, "InternetGateway");
  const attached = new CfnVPCGatewayAttachment(stack, "InternetGatewayAttachment", {
    vpcId: vpc.ref,
    internetGatewayId: gateway.ref,
  });
  const publicTable = new CfnRouteTable(stack, "PublicRouteTable", { vpcId: vpc.ref });
  const privateTable = new CfnRouteTable(stack, "PrivateRouteTable", { vpcId: vpc.ref });
  new CfnRoute(stack, "InternetRoute", {
    routeTableId: publicTable.ref,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.ref,
  }).addResourceDependency(attached);
  const subnet = (name: string, table: CfnRouteTable, place: { zone: number; block: number }) => {
    const made = new CfnSubnet(stack, `${name}Subnet`, {
      vpcId: vpc.ref,
      cidrBlock: `10.42.${place.block}.0/20`,
      availabilityZone: Fn.select(place.zone, Fn.getAzs()),
      mapPublicIpOnLaunch: table === publicTable,
    });
    new CfnSubnetRouteTableAssociation(stack, `${name}SubnetRoutes`, {
      subnetId: made.ref,
      routeTableId: table.ref,
    });
    return made;
  };
  const open = [
    subnet("PublicA", publicTable, { zone: 0, block: 0 }),
    subnet("PublicB", publicTable, { zone: 1, block: 16 }),
  ];
  const closed = [
    subnet("PrivateA", privateTable, { zone: 0, block: 32 }),
    subnet("PrivateB", privateTable, { zone: 1, block: 48 }),
  ] as const;
  new CfnVPCEndpoint(stack, "S3Endpoint", {
    ...gatewayTo(stack),
    vpcId: vpc.ref,
    routeTableIds: [publicTable.ref, privateTable.ref],
  });
  return {
    securityGroupId: selfOpenGroup(stack, vpc.ref),
    subnetIds: open.map(({ ref }) => ref),
    databaseSubnetIds: closed.map(({ ref }) => ref),
    connection: { subnetId: closed[0].ref, zone: closed[0].attrAvailabilityZone },
  };
}

function gatewayTo(stack: Stack) {
  return { vpcEndpointType: "Gateway", serviceName: `com.amazonaws.${stack.region}.s3` };
}

/**
 * Glue refuses a connection unless one of its groups opens all TCP ports; open to the group itself is enough,
 * both ways. Outside, HTTPS alone.
 */
function selfOpenGroup(stack: Stack, vpcId: string): string {
  const group = new CfnSecurityGroup(stack, "SecurityGroup", {
    groupDescription: "bisonflow: machines, database and Glue connection, open to each other",
    vpcId,
    securityGroupEgress: [
      {
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIp: "0.0.0.0/0",
        description: "AWS's own endpoints",
      },
    ],
  });
  const itself = {
    groupId: group.attrGroupId,
    ipProtocol: "tcp",
    fromPort: 0,
    toPort: 65_535,
    description: "the group itself",
  };
  new CfnSecurityGroupIngress(stack, "SelfIngress", { ...itself, sourceSecurityGroupId: group.attrGroupId });
  new CfnSecurityGroupEgress(stack, "SelfEgress", {
    ...itself,
    destinationSecurityGroupId: group.attrGroupId,
  });
  return group.attrGroupId;
}
