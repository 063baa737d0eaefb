import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contains, overlap } from "./cidr.ts";

const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
const range = fc
  .tuple(address, fc.nat(32))
  .map(([octets, bits]) => ({ text: `${octets.join(".")}/${bits}`, octets, bits }));
type Range = { text: string; octets: readonly number[]; bits: number };

/** The range's bits as text: slow and plain. */
const prefix = ({ octets, bits }: Range): string =>
  octets
    .map((octet) => octet.toString(2).padStart(8, "0"))
    .join("")
    .slice(0, bits);

describe("ranges of addresses", () => {
  it("contain each other as their bits do", () => {
    fc.assert(
      fc.property(range, range, (a, b) => contains(a.text, b.text) === prefix(b).startsWith(prefix(a))),
      { numRuns: 2000 },
    );
  });

  it("overlap when one contains the other", () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const shared = prefix(a).startsWith(prefix(b)) || prefix(b).startsWith(prefix(a));
        return overlap(a.text, b.text) === shared;
      }),
    );
  });

  it.each(["", "10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "::/0", "pl-123"])("%j contains nothing", (text) => {
    expect(contains(text, "10.0.0.1/32")).toBe(false);
    expect(contains("0.0.0.0/0", text)).toBe(false);
  });
});
