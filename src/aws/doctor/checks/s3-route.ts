import { check } from "../check.ts";
import type { RouteTableFact, SubnetFact } from "../facts/network-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import { defaultRoute, effectiveRouteTable, endpointsFor, natFault } from "../network/routes.ts";
import { nameOf, networked } from "./connection.ts";

interface Place {
  readonly subnet: SubnetFact;
  readonly resource: string;
}

export const connectionS3Route = check<Place>({
  name: "connection-s3-route",
  title: "The subnet has a way to S3",
  code: "glue-connection-no-s3-route",
  subjects: (account) => [
    ...networked(account).flatMap((connection) => {
      const subnet = connection.subnet === undefined ? undefined : account.one("subnets", connection.subnet);
      return subnet === undefined ? [] : { subnet, resource: `${nameOf(connection)}, ${subnet.id}` };
    }),
    ...placesAskedFor(account),
  ],
  resource: ({ resource }) => resource,
  examine: faultsOf,
});

function faultsOf(account: Snapshot, place: Place): Finding[] {
  const table = effectiveRouteTable(account, place.subnet);
  if (table === undefined) return [withoutTable(account, place)];
  const endpoints = endpointsFor(account, { vpc: place.subnet.vpc, service: "s3" });
  const gateways = endpoints.filter(({ kind }) => kind === "Gateway");
  if (gateways.some((one) => one.routeTables.includes(table.id) && isUp(one.state))) return [];
  const route = defaultRoute(table);
  const fault = route?.target.startsWith("nat-") === true ? natFault(account, route) : notNat(route?.target);
  if (fault === undefined) return [];
  const usable = gateways.find(({ state }) => isUp(state));
  const which = table.subnets.includes(place.subnet.id)
    ? "its own"
    : "the main one of the VPC, for it names none";
  return [
    finding("glue-connection-no-s3-route", {
      resource: place.resource,
      cause: `Subnet ${place.subnet.id} follows route table ${table.id} (${which}): ${endpointFault(endpoints, table)}; ${fault}.`,
      mend: usable === undefined ? "make-endpoint" : "attach-endpoint",
      values: {
        subnet: place.subnet.id,
        vpc: place.subnet.vpc,
        routeTable: table.id,
        endpoint: usable?.id,
        region: account.region,
      },
    }),
  ];
}

/**
 * Of a VPC that a user asked for and that no connection uses: would one work there? One subnet with a way to S3 is
 * enough; where none has it, one without a way to the internet either stands for them all.
 */
function placesAskedFor(account: Snapshot): Place[] {
  if (!account.all("vpcs").some(({ isNamed }) => isNamed)) return [];
  const used = new Set(networked(account).flatMap(({ subnet }) => subnet ?? []));
  return account.all("vpcs").flatMap(({ id, isNamed }) => {
    const subnets = account.all("subnets").filter(({ vpc }) => vpc === id);
    if (!isNamed || subnets.some((subnet) => used.has(subnet.id))) return [];
    const places = subnets.map((subnet) => ({ subnet, resource: `${id}, ${subnet.id}` }));
    const sound = places.find((place) => faultsOf(account, place).length === 0);
    const isPrivate = ({ subnet }: Place): boolean => {
      const table = effectiveRouteTable(account, subnet);
      return table === undefined || defaultRoute(table)?.target.startsWith("igw-") !== true;
    };
    return sound ?? places.find(isPrivate) ?? places[0] ?? [];
  });
}

/** Endpoints that are being made count: they are seconds from working. */
function isUp(state: string): boolean {
  return state === "available" || state === "pending" || state === "";
}

function endpointFault(endpoints: ReturnType<typeof endpointsFor>, table: RouteTableFact): string {
  const words = endpoints.map((one) => {
    if (one.kind !== "Gateway") return `${one.id} is an interface endpoint, which Glue does not look at`;
    if (!isUp(one.state)) return `S3 endpoint ${one.id} is ${one.state}`;
    if (one.routeTables.length === 0) return `S3 endpoint ${one.id} is attached to no route table`;
    return `S3 endpoint ${one.id} is attached to ${one.routeTables.join(", ")}, not to ${table.id}`;
  });
  return words.length === 0 ? "the VPC has no S3 endpoint" : words.join("; ");
}

function notNat(target: string | undefined): string {
  if (target === undefined) return "it has no default route to a NAT gateway";
  if (target.startsWith("igw-")) {
    return `its default route goes to internet gateway ${target}, which Glue's machines cannot use: they have no public address`;
  }
  return `its default route goes to ${target}, which is no NAT gateway`;
}

function withoutTable(account: Snapshot, { subnet, resource }: Place): Finding {
  return finding("glue-connection-no-s3-route", {
    resource,
    cause: `Subnet ${subnet.id} has no route table of its own, and no main one of ${subnet.vpc} was found.`,
    mend: "make-endpoint",
    values: { subnet: subnet.id, vpc: subnet.vpc, region: account.region },
  });
}
