import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AclEntry, NetworkAclFact } from "../facts/network-facts.ts";
import { contains } from "./cidr.ts";
import { letsThrough } from "./network-acl.ts";

const acl = (entries: readonly AclEntry[]): NetworkAclFact => ({
  id: "acl-1",
  vpc: "vpc-1",
  isDefault: true,
  subnets: [],
  entries,
});
const cidrs = ["0.0.0.0/0", "10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24"];
const entry = fc.record({
  number: fc.integer({ min: 1, max: 40 }),
  egress: fc.boolean(),
  allow: fc.boolean(),
  protocol: fc.constantFrom(6, -1, 17),
  cidr: fc.constantFrom(...cidrs),
  fromPort: fc.integer({ min: 0, max: 30 }),
  toPort: fc.integer({ min: 20, max: 50 }),
});
const entries = fc.uniqueArray(entry, {
  selector: ({ number, egress }) => `${number} ${egress}`,
  maxLength: 6,
});

describe("a network ACL", () => {
  it("decides each packet by the first entry, by number, that matches it", () => {
    fc.assert(
      fc.property(entries, fc.boolean(), fc.nat(25), fc.nat(25), (all, egress, from, more) => {
        const flow = { egress, cidr: "10.0.1.0/24", fromPort: from, toPort: from + more };
        const packet = (port: number): boolean => {
          const hit = [...all]
            .sort((a, b) => a.number - b.number)
            .find(
              (one) =>
                one.egress === egress &&
                contains(one.cidr, flow.cidr) &&
                (one.protocol === -1 || (one.protocol === 6 && one.fromPort <= port && port <= one.toPort)),
            );
          return hit?.allow === true;
        };
        const ports = Array.from({ length: more + 1 }, (_, i) => from + i);
        return letsThrough(acl(all), flow) === ports.every(packet);
      }),
      { numRuns: 2000 },
    );
  });

  it("that denies a part of the addresses does not let all of them through", () => {
    const open = {
      egress: false,
      allow: true,
      protocol: -1,
      cidr: "0.0.0.0/0",
      fromPort: undefined,
      toPort: undefined,
    };
    const flow = { egress: false, cidr: "10.0.0.0/16", fromPort: 5432, toPort: 5432 };
    expect(letsThrough(acl([{ ...open, number: 100 }]), flow)).toBe(true);
    const part = { ...open, number: 90, allow: false, cidr: "10.0.7.0/24" };
    expect(letsThrough(acl([{ ...open, number: 100 }, part]), flow)).toBe(false);
    expect(letsThrough(acl([]), flow)).toBe(false);
  });
});
