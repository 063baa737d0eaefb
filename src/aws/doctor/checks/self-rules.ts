import { check } from "../check.ts";
import type { ConnectionFact } from "../facts/data-facts.ts";
import type { GroupRule, SecurityGroupFact } from "../facts/network-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { finding } from "../finding.ts";
import { letsOutToItself, opensToItself } from "../network/security-group.ts";
import { nameOf, networked } from "./connection.ts";

export const selfIngress = check({
  name: "connection-self-ingress",
  title: "A security group of the connection lets its own members in on all ports",
  code: "security-group-no-self-ingress",
  subjects: withGroups,
  resource: nameOf,
  examine: (account, connection) => {
    const groups = groupsOf(account, connection);
    const [first] = groups;
    if (first === undefined || groups.some(opensToItself)) return [];
    return [
      finding("security-group-no-self-ingress", {
        resource: groups.map(({ id }) => id).join(", "),
        cause: `Connection ${connection.id} uses ${listed(groups)}, and no inbound rule there opens all TCP ports to the group itself. ${groups.map(({ id, ingress }) => `${id} lets in ${rulesInWords(ingress)}`).join("; ")}.`,
        mend: "open-to-itself",
        values: { group: first.id },
      }),
    ];
  },
});

export const selfEgress = check({
  name: "connection-self-egress",
  title: "A security group of the connection lets traffic out to its own members on all ports",
  code: "security-group-no-self-egress",
  subjects: withGroups,
  resource: nameOf,
  examine: (account, connection) => {
    const groups = groupsOf(account, connection);
    // The rule belongs to the group that lets its members in.
    const first = groups.find(opensToItself) ?? groups[0];
    if (first === undefined || groups.some(letsOutToItself)) return [];
    return [
      finding("security-group-no-self-egress", {
        resource: groups.map(({ id }) => id).join(", "),
        cause: `Connection ${connection.id} uses ${listed(groups)}, and no outbound rule there opens all TCP ports to the group itself or to everywhere. ${groups.map(({ id, egress }) => `${id} lets out ${rulesInWords(egress)}`).join("; ")}.`,
        mend: "open-to-itself",
        values: { group: first.id },
      }),
    ];
  },
});

function withGroups(account: Snapshot): readonly ConnectionFact[] {
  return networked(account).filter(({ groups }) => groups.length > 0);
}

function groupsOf(account: Snapshot, { groups }: ConnectionFact): SecurityGroupFact[] {
  return groups.flatMap((id) => account.one("securityGroups", id) ?? []);
}

function listed(groups: readonly SecurityGroupFact[]): string {
  return groups.map(({ id, name }) => `${id} (${name})`).join(" and ");
}

/** Rules as a person would say them. */
export function rulesInWords(rules: readonly GroupRule[]): string {
  if (rules.length === 0) return "nothing";
  const words = rules.map((rule) => {
    const { protocol, fromPort, toPort, peer } = rule;
    const who = "group" in peer ? peer.group : "cidr" in peer ? peer.cidr : peer.prefixList;
    if (protocol === "-1") return `everything with ${who}`;
    const ports =
      fromPort === undefined
        ? "all ports"
        : fromPort === toPort
          ? `port ${fromPort}`
          : `ports ${fromPort} to ${toPort}`;
    return `${protocol} ${ports} with ${who}`;
  });
  return words.slice(0, 4).join(", ") + (words.length > 4 ? ` and ${words.length - 4} more` : "");
}
