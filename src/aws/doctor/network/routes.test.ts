import { describe, expect, it } from "vitest";
import type { NatGatewayFact, RouteTableFact, SubnetFact } from "../facts/network-facts.ts";
import { type FactLists, Snapshot } from "../facts/snapshot.ts";
import { effectiveRouteTable, natFault } from "./routes.ts";

const subnet = (id: string): SubnetFact => ({
  id,
  vpc: "vpc-1",
  zone: "a",
  cidr: "10.0.0.0/24",
  freeAddresses: 9,
  publicAddresses: false,
});
const table = (id: string, more: Partial<RouteTableFact> = {}): RouteTableFact => ({
  id,
  vpc: "vpc-1",
  isMain: false,
  subnets: [],
  routes: [],
  ...more,
});
const out = (target: string, isActive = true) => ({ destination: "0.0.0.0/0", target, isActive });
const nat: NatGatewayFact = {
  id: "nat-1",
  vpc: "vpc-1",
  subnet: "public",
  state: "available",
  isPublic: true,
};
const account = (facts: FactLists) =>
  new Snapshot({
    region: "us-east-1",
    facts: {
      subnets: [subnet("public"), subnet("private")],
      routeTables: [
        table("main", { isMain: true }),
        table("out", { subnets: ["public"], routes: [out("igw-1")] }),
      ],
      natGateways: [nat],
      ...facts,
    },
  });

describe("the table in force for a subnet", () => {
  it("is its own, else the main one of its VPC, never another VPC's", () => {
    const facts = account({});
    expect(effectiveRouteTable(facts, subnet("public"))?.id).toBe("out");
    expect(effectiveRouteTable(facts, subnet("private"))?.id).toBe("main");
    expect(effectiveRouteTable(facts, { ...subnet("private"), vpc: "vpc-2" })).toBeUndefined();
  });
});

describe("a default route to a NAT gateway", () => {
  it.each<[string, FactLists, string | undefined]>([
    ["works", {}, undefined],
    ["leads to one that failed", { natGateways: [{ ...nat, state: "failed" }] }, "is failed"],
    ["leads to one that is still being made", { natGateways: [{ ...nat, state: "pending" }] }, "is pending"],
    ["leads to a private one", { natGateways: [{ ...nat, isPublic: false }] }, "is private"],
    ["leads to one that is gone", { natGateways: [] }, "does not exist any more"],
    [
      "leads to one whose subnet has a dead route out",
      { routeTables: [table("main", { isMain: true, routes: [out("igw-1", false)] })] },
      "no route to an internet gateway",
    ],
  ])("%s", (_, facts, says) => {
    const fault = natFault(account(facts), out("nat-1"));
    if (says === undefined) expect(fault).toBeUndefined();
    else expect(fault).toContain(says);
  });

  it("is of no use as a blackhole", () => {
    expect(natFault(account({}), out("nat-1", false))).toContain("blackhole");
  });
});
