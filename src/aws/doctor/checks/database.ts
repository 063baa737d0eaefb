import { check } from "../check.ts";
import type { ConnectionFact, DatabaseFact } from "../facts/data-facts.ts";
import { hostOf } from "../facts/jdbc-url.ts";
import type { SubnetFact } from "../facts/network-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import { overlap } from "../network/cidr.ts";
import { aclOf, answerPorts, type Flow, letsThrough } from "../network/network-acl.ts";
import { effectiveRouteTable } from "../network/routes.ts";
import { admits, namesPrefixList } from "../network/security-group.ts";

/** A connection and the database of this account that it leads to. */
export interface Pair {
  readonly connection: ConnectionFact;
  readonly database: DatabaseFact;
  readonly port: number;
}

/** The connections whose host is a database at hand. */
export function pairs(account: Snapshot): Pair[] {
  return account.all("connections").flatMap((connection) => {
    const target = hostOf(connection);
    if (target === undefined) return [];
    const database = account.all("databases").find(({ host }) => host === target.host);
    return database === undefined ? [] : { connection, database, port: target.port };
  });
}

/** Names a pair in a report. */
export function pairName({ connection, database }: Pair): string {
  return `database ${database.id} from connection ${connection.id}`;
}

export const databaseRunning = check<DatabaseFact>({
  name: "database-running",
  title: "The database is available",
  code: "database-unreachable",
  subjects: (account) => account.all("databases"),
  resource: ({ id }) => `database ${id}`,
  examine: (_, { id, status }) => {
    // While it is backed up or changed it answers all the same.
    if (
      !/^(stopped|stopping|starting|creating|deleting|failed|storage-full|incompatible-.*|inaccessible-.*|restore-error)$/.test(
        status,
      )
    )
      return [];
    return [
      finding("database-unreachable", {
        resource: `database ${id}`,
        cause: `Database ${id} is ${status}.`,
        mend: status === "stopped" ? "start" : "wait-for",
        values: { database: id },
      }),
    ];
  },
});

export const databaseReachable = check<Pair>({
  name: "database-reachable",
  title: "The database can be reached from the connection",
  code: "database-unreachable",
  subjects: pairs,
  resource: pairName,
  examine: (account, pair) => {
    const { connection, database } = pair;
    const subnet = connection.subnet === undefined ? undefined : account.one("subnets", connection.subnet);
    if (subnet === undefined) return [];
    const elsewhere = otherVpc(account, pair, subnet);
    if (elsewhere !== undefined) return elsewhere;
    const wrongPort = portFault(pair);
    if (wrongPort.length > 0) return wrongPort;
    return [
      ...groupFaults(account, pair, subnet),
      ...aclFaults(account, pair, subnet),
      ...(subnet.freeAddresses < addressesNeeded
        ? [
            finding("database-unreachable", {
              resource: pairName({ ...pair, database }),
              cause: `Subnet ${subnet.id} (${subnet.cidr}) has ${subnet.freeAddresses} free addresses; a test takes ${addressesNeeded}.`,
              mend: "free-addresses",
              error: 1,
              values: { subnet: subnet.id, vpc: subnet.vpc },
            }),
          ]
        : []),
    ];
  },
});

/** Glue places at least two machines. */
const addressesNeeded = 2;

/** A database of another VPC: undefined for the same VPC; [] where a route leads there, which is as far as this sees. */
function otherVpc(account: Snapshot, pair: Pair, subnet: SubnetFact): Finding[] | undefined {
  const { database, connection } = pair;
  if (database.vpc === undefined || database.vpc === subnet.vpc) return undefined;
  const cidrs = account.one("vpcs", database.vpc)?.cidrs ?? [];
  const table = effectiveRouteTable(account, subnet);
  const leadsThere = table?.routes.some(
    ({ target, destination, isActive }) =>
      isActive && /^(pcx|tgw|vgw)-/.test(target) && cidrs.some((cidr) => overlap(destination, cidr)),
  );
  if (leadsThere === true) return [];
  return [
    finding("database-unreachable", {
      resource: pairName(pair),
      cause: `Database ${database.id} is in ${database.vpc}, connection ${connection.id} in ${subnet.vpc} (${subnet.id}), and no route leads from one to the other.`,
      mend: "same-vpc",
      values: { databaseVpc: database.vpc },
    }),
  ];
}

function portFault(pair: Pair): Finding[] {
  const { database, port, connection } = pair;
  if (database.port === undefined || database.port === port) return [];
  return [
    finding("database-unreachable", {
      resource: pairName(pair),
      cause: `Connection ${connection.id} asks for port ${port}, database ${database.id} listens on ${database.port}.`,
      mend: "change-port",
      values: { connection: connection.id, databasePort: database.port },
    }),
  ];
}

function groupFaults(account: Snapshot, pair: Pair, subnet: SubnetFact): Finding[] {
  const { connection, database, port } = pair;
  const ours = connection.groups.flatMap((id) => account.one("securityGroups", id) ?? []);
  const theirs = database.groups.flatMap((id) => account.one("securityGroups", id) ?? []);
  const [group] = ours;
  const [databaseGroup] = theirs;
  if (group === undefined || databaseGroup === undefined) return [];
  const values = { connectionGroup: group.id, databaseGroup: databaseGroup.id, port };
  const ids = (groups: readonly { readonly id: string }[]): string => groups.map(({ id }) => id).join(", ");
  const faults: Finding[] = [];
  const into = theirs.flatMap(({ ingress }) => ingress);
  if (
    !admits(into, { port, groups: connection.groups, cidrs: [subnet.cidr] }) &&
    !namesPrefixList(into, port)
  ) {
    faults.push(
      finding("database-unreachable", {
        resource: pairName(pair),
        cause: `No inbound rule of the database's ${ids(theirs)} admits ${ids(ours)} (or ${subnet.cidr}, the addresses of ${subnet.id}) on port ${port}.`,
        mend: "admit-group",
        values,
      }),
    );
  }
  const out = ours.flatMap(({ egress }) => egress);
  const addresses = databaseSubnets(account, database).map(({ cidr }) => cidr);
  if (!admits(out, { port, groups: database.groups, cidrs: addresses }) && !namesPrefixList(out, port)) {
    faults.push(
      finding("database-unreachable", {
        resource: pairName(pair),
        cause: `No outbound rule of the connection's ${ids(ours)} lets port ${port} out to the database's ${ids(theirs)}.`,
        mend: "let-out",
        values,
      }),
    );
  }
  return faults;
}

/** The subnets where the database may stand: those of its zone, where that is known. */
function databaseSubnets(account: Snapshot, database: DatabaseFact): SubnetFact[] {
  const inZone = database.subnets.filter(({ zone }) => zone === database.zone);
  return (inZone.length > 0 ? inZone : database.subnets).flatMap(
    ({ id }) => account.one("subnets", id) ?? [],
  );
}

function aclFaults(account: Snapshot, pair: Pair, from: SubnetFact): Finding[] {
  const { port } = pair;
  for (const to of databaseSubnets(account, pair.database)) {
    // Within one subnet no ACL is asked.
    if (to.id === from.id) continue;
    const asked: { subnet: SubnetFact; flow: Flow; words: string }[] = [
      {
        subnet: from,
        flow: { egress: true, cidr: to.cidr, fromPort: port, toPort: port },
        words: "the question out of",
      },
      {
        subnet: to,
        flow: { egress: false, cidr: from.cidr, fromPort: port, toPort: port },
        words: "the question into",
      },
      { subnet: to, flow: { egress: true, cidr: from.cidr, ...answerPorts }, words: "the answer out of" },
      { subnet: from, flow: { egress: false, cidr: to.cidr, ...answerPorts }, words: "the answer into" },
    ];
    for (const { subnet, flow, words } of asked) {
      const acl = aclOf(account, subnet);
      if (acl === undefined || letsThrough(acl, flow)) continue;
      const ports =
        flow.fromPort === flow.toPort ? `port ${flow.fromPort}` : `ports ${flow.fromPort} to ${flow.toPort}`;
      return [
        finding("database-unreachable", {
          resource: pairName(pair),
          cause: `Network ACL ${acl.id} drops ${words} ${subnet.id}: ${flow.egress ? "outbound" : "inbound"}, ${ports}, ${flow.cidr}.`,
          mend: "open-acl",
          values: {
            acl: acl.id,
            cidr: flow.cidr,
            fromPort: flow.fromPort,
            toPort: flow.toPort,
            direction: flow.egress ? "outbound" : "inbound",
            directionOption: flow.egress ? "--egress" : "--ingress",
          },
        }),
      ];
    }
  }
  return [];
}
