import type { GroupRule, SecurityGroupFact } from "../facts/network-facts.ts";
import { contains } from "./cidr.ts";

/** Whether a rule is for every TCP port. */
export function isForAllTcpPorts({ protocol, fromPort, toPort }: GroupRule): boolean {
  if (protocol === "-1") return true;
  // AWS writes "all ports" of TCP as 0-65535; 1-65535 leaves out a port that nothing uses.
  return isTcp(protocol) && (fromPort ?? 0) <= 1 && (toPort ?? 65535) >= 65535;
}

/** Whether a rule lets a TCP port through. */
export function isForPort({ protocol, fromPort, toPort }: GroupRule, port: number): boolean {
  if (protocol === "-1") return true;
  return isTcp(protocol) && (fromPort ?? 0) <= port && port <= (toPort ?? 65535);
}

/** Whether members of the group may reach each other on every TCP port, inwards. The group itself must be the source. */
export function opensToItself(group: SecurityGroupFact): boolean {
  return group.ingress.some((rule) => isForAllTcpPorts(rule) && isGroup(rule, group.id));
}

/** The same outwards, where a rule to everywhere does as well: it is what AWS gives every new group. */
export function letsOutToItself(group: SecurityGroupFact): boolean {
  return group.egress.some(
    (rule) => isForAllTcpPorts(rule) && (isGroup(rule, group.id) || isCidr(rule, "0.0.0.0/0")),
  );
}

/** Whether one of the rules lets a port through for members of some groups, or for a whole range of addresses. */
export function admits(
  rules: readonly GroupRule[],
  peer: { readonly port: number; readonly groups: readonly string[]; readonly cidrs: readonly string[] },
): boolean {
  return rules.some((rule) => {
    if (!isForPort(rule, peer.port)) return false;
    const side = rule.peer;
    if ("group" in side) return peer.groups.includes(side.group);
    return "cidr" in side && peer.cidrs.length > 0 && peer.cidrs.every((cidr) => contains(side.cidr, cidr));
  });
}

/** Whether rules name prefix lists for a port, whose addresses are not looked up. */
export function namesPrefixList(rules: readonly GroupRule[], port: number): boolean {
  return rules.some((rule) => isForPort(rule, port) && "prefixList" in rule.peer);
}

function isTcp(protocol: string): boolean {
  return protocol === "tcp" || protocol === "6";
}

function isGroup({ peer }: GroupRule, id: string): boolean {
  return "group" in peer && peer.group === id;
}

function isCidr({ peer }: GroupRule, cidr: string): boolean {
  return "cidr" in peer && peer.cidr === cidr;
}
