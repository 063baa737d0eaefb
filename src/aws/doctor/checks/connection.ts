import { check } from "../check.ts";
import type { ConnectionFact } from "../facts/data-facts.ts";
import { hostOf } from "../facts/jdbc-url.ts";
import type { SubnetFact } from "../facts/network-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";

/** Connections that go through a VPC, or should. */
export function networked(account: Snapshot): readonly ConnectionFact[] {
  return account.all("connections").filter((connection) => {
    const { type, subnet, zone, groups } = connection;
    const isPartly = subnet !== undefined || zone !== undefined || groups.length > 0;
    return isPartly || ["JDBC", "NETWORK", "KAFKA", "MONGODB"].includes(type);
  });
}

export const connectionNetwork = check({
  name: "connection-network",
  title: "The connection names its subnet, that subnet's zone, and groups of the same VPC",
  code: "glue-connection-network-incomplete",
  subjects: networked,
  resource: nameOf,
  examine: (account, connection) => {
    const faults = faultsOf(account, connection);
    if (faults.length === 0) return [];
    return [incomplete(account, connection, faults)];
  },
});

export function nameOf(connection: ConnectionFact): string {
  return `connection ${connection.id}`;
}

function faultsOf(account: Snapshot, connection: ConnectionFact): string[] {
  const { subnet, zone, groups } = connection;
  if (subnet === undefined && zone === undefined && groups.length === 0) {
    const host = hostOf(connection)?.host;
    return [
      `it has no network part at all${host === undefined ? "" : `, and ${host} is reached through a VPC`}`,
    ];
  }
  const faults: string[] = [];
  const found = subnet === undefined ? undefined : account.one("subnets", subnet);
  if (subnet === undefined) faults.push("it names no subnet");
  else if (found === undefined) faults.push(`its subnet ${subnet} does not exist`);
  if (zone === undefined) {
    faults.push(
      found === undefined
        ? "it names no Availability Zone"
        : `it names no Availability Zone; ${subnet} is in ${found.zone}`,
    );
  } else if (found !== undefined && found.zone !== zone) {
    faults.push(`it names zone ${zone}, but ${subnet} is in ${found.zone}`);
  }
  if (groups.length === 0) faults.push("it names no security group");
  for (const id of groups) {
    const group = account.one("securityGroups", id);
    if (group === undefined) faults.push(`its security group ${id} does not exist`);
    else if (found !== undefined && group.vpc !== found.vpc) {
      faults.push(`its security group ${id} is of ${group.vpc}, but ${subnet} is in ${found.vpc}`);
    }
  }
  return faults;
}

function incomplete(account: Snapshot, connection: ConnectionFact, faults: readonly string[]): Finding {
  const host = hostOf(connection)?.host;
  const isPrivate =
    host === undefined || /\.rds\.amazonaws\.com$|^[^.]+$|^(10|172|192)\.|\.internal$/.test(host);
  const subnet = bestSubnet(account, connection, host);
  const groups = connection.groups.filter((id) => {
    const group = account.one("securityGroups", id);
    return group !== undefined && (subnet === undefined || group.vpc === subnet.vpc);
  });
  const hasNetwork = connection.subnet !== undefined || connection.groups.length > 0;
  return finding("glue-connection-network-incomplete", {
    resource: nameOf(connection),
    // A database on the internet may do without a network part.
    severity: isPrivate || hasNetwork ? "error" : "warning",
    cause: `Connection ${connection.id}: ${faults.join("; ")}.`,
    mend: "complete",
    values: {
      connection: connection.id,
      connectionType: connection.type,
      connectionProperties: connection.properties,
      subnet: subnet?.id,
      zone: subnet?.zone,
      groups: groups.length > 0 ? groups : undefined,
    },
  });
}

/** The subnet that is named, else one of the database's. */
function bestSubnet(
  account: Snapshot,
  connection: ConnectionFact,
  host: string | undefined,
): SubnetFact | undefined {
  const named = connection.subnet === undefined ? undefined : account.one("subnets", connection.subnet);
  if (named !== undefined || host === undefined) return named;
  const database = account.all("databases").find((one) => one.host === host);
  const [first] = database?.subnets ?? [];
  return first === undefined ? undefined : account.one("subnets", first.id);
}
