import { trouble } from "../trouble.ts";

/** What goes wrong between a Glue connection, its subnet and its security groups. */
export const networkTroubles = {
  "glue-connection-network-incomplete": trouble({
    code: "glue-connection-network-incomplete",
    severity: "error",
    title: "The connection does not say completely where in the network it is",
    errors: [
      {
        text: "InvalidInputException: Unable to resolve any valid connection",
        tells: [["unable to resolve any valid connection"]],
      },
    ],
    cause:
      "A connection to a database in a VPC needs a subnet, the Availability Zone of that very subnet, and security groups of the same VPC. One of them is missing, is of another VPC, or does not exist any more.",
    mends: {
      complete: {
        words: "Give connection {connection} its subnet {subnet}, the zone {zone} and security groups",
        steps: [
          {
            service: "glue",
            operation: "UpdateConnection",
            input: {
              Name: "{connection}",
              ConnectionInput: {
                Name: "{connection}",
                ConnectionType: "{connectionType}",
                ConnectionProperties: "{connectionProperties}",
                PhysicalConnectionRequirements: {
                  SubnetId: "{subnet}",
                  AvailabilityZone: "{zone}",
                  SecurityGroupIdList: ["{groups}"],
                },
              },
            },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --database",
      },
    },
  }),
  "glue-connection-no-s3-route": trouble({
    code: "glue-connection-no-s3-route",
    severity: "error",
    title: "No way from the connection's subnet to S3",
    errors: [
      {
        text: "VPC S3 endpoint validation failed for SubnetId: {subnet}. VPC: {vpc}. Reason: Could not find S3 endpoint or NAT gateway for subnetId: {subnet} in Vpc {vpc}",
        tells: [["VPC S3 endpoint validation failed"], ["Could not find S3 endpoint or NAT gateway"]],
      },
    ],
    cause:
      "The route table in force for the subnet (its own, else the main one of the VPC) has neither an S3 gateway endpoint nor a default route to a NAT gateway that works. An internet gateway does not count, nor does an endpoint that is attached to no or to other route tables.",
    mends: {
      "make-endpoint": {
        words:
          "Make an S3 gateway endpoint in {vpc} and attach it to route table {routeTable} (free of charge)",
        steps: [
          {
            service: "ec2",
            operation: "CreateVpcEndpoint",
            input: {
              VpcId: "{vpc}",
              ServiceName: "com.amazonaws.{region}.s3",
              VpcEndpointType: "Gateway",
              RouteTableIds: ["{routeTable}"],
            },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --vpc new",
      },
      "attach-endpoint": {
        words: "Attach S3 endpoint {endpoint} to route table {routeTable}",
        steps: [
          {
            service: "ec2",
            operation: "ModifyVpcEndpoint",
            input: { VpcEndpointId: "{endpoint}", AddRouteTableIds: ["{routeTable}"] },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --vpc new",
      },
    },
  }),
  "security-group-no-self-ingress": trouble({
    code: "security-group-no-self-ingress",
    severity: "error",
    title: "No security group of the connection lets its own members in on all ports",
    errors: [
      {
        text: "At least one security group must open all ingress ports. To limit traffic, the source security group in your inbound rule can be restricted to the same security group",
        tells: [["security group must open all ingress ports"], ["must open all ingress ports"]],
      },
    ],
    cause:
      "Glue's machines talk to each other on any port. One of the connection's groups needs an inbound rule for all TCP ports (or all traffic) whose source is the group itself. A rule for 5432 alone, or for the address range of the VPC, is not enough.",
    mends: {
      "open-to-itself": {
        words: "Let members of {group} reach each other on all TCP ports",
        steps: [
          {
            service: "ec2",
            operation: "AuthorizeSecurityGroupIngress",
            input: {
              GroupId: "{group}",
              IpPermissions: [
                { IpProtocol: "tcp", FromPort: 0, ToPort: 65535, UserIdGroupPairs: [{ GroupId: "{group}" }] },
              ],
            },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --vpc new",
      },
    },
  }),
  "security-group-no-self-egress": trouble({
    code: "security-group-no-self-egress",
    severity: "error",
    title: "No security group of the connection lets traffic out to its own members on all ports",
    errors: [
      {
        text: "At least one security group must open all egress ports. To limit traffic, the destination security group in your outbound rule can be restricted to the same security group",
        tells: [["security group must open all egress ports"], ["must open all egress ports"]],
      },
    ],
    cause:
      "Glue's machines talk to each other on any port. The outbound rules of the connection's groups were narrowed and none of them opens all TCP ports (or all traffic) to the group itself or to everywhere.",
    mends: {
      "open-to-itself": {
        words: "Let members of {group} send to each other on all TCP ports",
        steps: [
          {
            service: "ec2",
            operation: "AuthorizeSecurityGroupEgress",
            input: {
              GroupId: "{group}",
              IpPermissions: [
                { IpProtocol: "tcp", FromPort: 0, ToPort: 65535, UserIdGroupPairs: [{ GroupId: "{group}" }] },
              ],
            },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --vpc new",
      },
    },
  }),
  "vpc-dns-disabled": trouble({
    code: "vpc-dns-disabled",
    severity: "error",
    title: "Names are not resolved in the VPC",
    errors: [
      {
        text: "java.net.UnknownHostException: {host}: Name or service not known",
        tells: [
          ["UnknownHostException"],
          ["name or service not known"],
          ["could not translate host name"],
          ["getaddrinfo ENOTFOUND", "rds.amazonaws.com"],
        ],
      },
      {
        text: "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc}",
        tells: [["enableDnsSupport and enableDnsHostnames"]],
      },
    ],
    cause:
      "The VPC's attributes enableDnsSupport or enableDnsHostnames are off, so the names of databases and endpoints stay without addresses.",
    mends: {
      "switch-on-support": {
        words: "Switch on enableDnsSupport in {vpc}",
        steps: [
          {
            service: "ec2",
            operation: "ModifyVpcAttribute",
            input: { VpcId: "{vpc}", EnableDnsSupport: { Value: true } },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --vpc new",
      },
      "switch-on-hostnames": {
        words: "Switch on enableDnsHostnames in {vpc}",
        steps: [
          {
            service: "ec2",
            operation: "ModifyVpcAttribute",
            input: { VpcId: "{vpc}", EnableDnsHostnames: { Value: true } },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --vpc new",
      },
    },
  }),
} as const;
