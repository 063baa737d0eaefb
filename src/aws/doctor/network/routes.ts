import type { EndpointFact, Route, RouteTableFact, SubnetFact } from "../facts/network-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";

/** The table whose routes a subnet follows: the one that names it, else the main one of its VPC. */
export function effectiveRouteTable(account: Snapshot, subnet: SubnetFact): RouteTableFact | undefined {
  const tables = account.all("routeTables").filter(({ vpc }) => vpc === subnet.vpc);
  return tables.find(({ subnets }) => subnets.includes(subnet.id)) ?? tables.find(({ isMain }) => isMain);
}

/** Where packets to anywhere go; undefined without a default route. */
export function defaultRoute(table: RouteTableFact): Route | undefined {
  return table.routes.find(({ destination }) => destination === "0.0.0.0/0");
}

/** What keeps a default route to a NAT gateway from working; undefined for one that works. */
export function natFault(account: Snapshot, route: Route): string | undefined {
  const id = route.target;
  if (!route.isActive) return `its default route to ${id} is a blackhole`;
  const gateway = account.one("natGateways", id);
  if (gateway === undefined) return `its default route goes to ${id}, which does not exist any more`;
  if (gateway.state !== "available") return `NAT gateway ${id} is ${gateway.state}`;
  if (!gateway.isPublic) return `NAT gateway ${id} is private, so it does not lead to the internet`;
  const subnet = account.one("subnets", gateway.subnet);
  const table = subnet === undefined ? undefined : effectiveRouteTable(account, subnet);
  const out = table === undefined ? undefined : defaultRoute(table);
  if (out === undefined || !out.isActive || !out.target.startsWith("igw-")) {
    return `NAT gateway ${id} stands in ${gateway.subnet}, which has no route to an internet gateway`;
  }
  return undefined;
}

/** Endpoints of a VPC for one of AWS's services (`s3`, `ecs-agent`). */
export function endpointsFor(account: Snapshot, where: { vpc: string; service: string }): EndpointFact[] {
  const name = `.${account.region}.${where.service}`;
  return account.all("endpoints").filter(({ vpc, service }) => vpc === where.vpc && service.endsWith(name));
}
