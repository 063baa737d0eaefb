/** Facts of EC2, as the checks need them. Every fact has an `id` to be found by. */

export interface VpcFact {
  readonly id: string;
  readonly cidrs: readonly string[];
  readonly isDefault: boolean;
  /** Whether it was asked for by its id. */
  readonly isNamed: boolean;
}

export interface VpcDnsFact {
  /** Of the VPC. */
  readonly id: string;
  readonly support: boolean;
  readonly hostnames: boolean;
}

export interface SubnetFact {
  readonly id: string;
  readonly vpc: string;
  readonly zone: string;
  readonly cidr: string;
  readonly freeAddresses: number;
  readonly publicAddresses: boolean;
}

export interface Route {
  /** `0.0.0.0/0`, `::/0`, or a prefix list's id. */
  readonly destination: string;
  /** What it goes to: `igw-…`, `nat-…`, `vpce-…`, `pcx-…`, `tgw-…`, `eni-…`, `local`. */
  readonly target: string;
  readonly isActive: boolean;
}

export interface RouteTableFact {
  readonly id: string;
  readonly vpc: string;
  readonly isMain: boolean;
  /** Subnets that name this table; all others of the VPC use the main one. */
  readonly subnets: readonly string[];
  readonly routes: readonly Route[];
}

export interface EndpointFact {
  readonly id: string;
  readonly vpc: string;
  /** `com.amazonaws.us-east-1.s3`. */
  readonly service: string;
  readonly kind: "Gateway" | "Interface" | "other";
  readonly state: string;
  readonly routeTables: readonly string[];
  readonly subnets: readonly string[];
  readonly privateDns: boolean;
}

export interface NatGatewayFact {
  readonly id: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly state: string;
  readonly isPublic: boolean;
}

/** One rule with one other side. */
export interface GroupRule {
  /** `tcp`, `udp`, `icmp`, `-1` for all. */
  readonly protocol: string;
  /** Half of all the trouble is here: absent for all ports. */
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  readonly peer: { readonly group: string } | { readonly cidr: string } | { readonly prefixList: string };
}

export interface SecurityGroupFact {
  readonly id: string;
  readonly vpc: string;
  readonly name: string;
  readonly ingress: readonly GroupRule[];
  readonly egress: readonly GroupRule[];
}

export interface AclEntry {
  readonly number: number;
  readonly egress: boolean;
  readonly allow: boolean;
  /** IANA number: 6 TCP, -1 all. */
  readonly protocol: number;
  readonly cidr: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
}

export interface NetworkAclFact {
  readonly id: string;
  readonly vpc: string;
  readonly isDefault: boolean;
  readonly subnets: readonly string[];
  readonly entries: readonly AclEntry[];
}
