import type { AclEntry, NetworkAclFact } from "../facts/network-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { contains, overlap } from "./cidr.ts";

/** TCP packets of one direction. */
export interface Flow {
  readonly egress: boolean;
  /** The other side's addresses. */
  readonly cidr: string;
  readonly fromPort: number;
  readonly toPort: number;
}

/** The ports that Linux takes for its own end of a connection; answers go there. */
export const answerPorts = { fromPort: 32768, toPort: 60999 } as const;

/** The network ACL that a subnet is behind. */
export function aclOf(
  account: Snapshot,
  subnet: { readonly id: string; readonly vpc: string },
): NetworkAclFact | undefined {
  const acls = account.all("networkAcls").filter(({ vpc }) => vpc === subnet.vpc);
  return acls.find(({ subnets }) => subnets.includes(subnet.id)) ?? acls.find(({ isDefault }) => isDefault);
}

/** Whether an ACL lets all of a flow through: the first entry, by number, that matches a packet decides. */
export function letsThrough(acl: NetworkAclFact, flow: Flow): boolean {
  const entries = acl.entries
    .filter(
      ({ egress, protocol, cidr }) =>
        egress === flow.egress && (protocol === -1 || protocol === 6) && overlap(cidr, flow.cidr),
    )
    .sort((a, b) => a.number - b.number);
  // Between two bounds of entries all ports have the same fate: one of each stretch is asked.
  const bounds = [flow.fromPort, ...entries.flatMap((entry) => [portsOf(entry).from, portsOf(entry).to + 1])];
  return bounds
    .filter((port) => port >= flow.fromPort && port <= flow.toPort)
    .every((port) => decides(entries, { port, cidr: flow.cidr }));
}

function decides(entries: readonly AclEntry[], packet: { port: number; cidr: string }): boolean {
  for (const entry of entries) {
    const { from, to } = portsOf(entry);
    if (packet.port < from || packet.port > to) continue;
    // A denial of some of the addresses is a denial; an allowance counts when it is for all of them.
    if (!entry.allow) return false;
    if (contains(entry.cidr, packet.cidr)) return true;
  }
  return false;
}

function portsOf({ protocol, fromPort, toPort }: AclEntry): { from: number; to: number } {
  return protocol === -1 ? { from: 0, to: 65535 } : { from: fromPort ?? 0, to: toPort ?? 65535 };
}
