import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ByteRange, lengthOf, requestsFor, unionOf, without } from "./merge-ranges.ts";

const range = fc
  .tuple(fc.nat(500), fc.nat(60))
  .map(([start, length]): ByteRange => ({ start, end: start + length }));
const ranges = fc.array(range, { maxLength: 30 });

function bytesOf(all: readonly ByteRange[]): Set<number> {
  const bytes = new Set<number>();
  for (const { start, end } of all) for (let at = start; at < end; at++) bytes.add(at);
  return bytes;
}

describe("ranges of bytes", () => {
  it("put together hold the same bytes, sorted and apart", () => {
    fc.assert(
      fc.property(ranges, (all) => {
        const union = unionOf(all);
        expect(bytesOf(union)).toEqual(bytesOf(all));
        expect(lengthOf(union)).toBe(bytesOf(all).size);
        union.slice(1).forEach(({ start }, index) => {
          expect(start).toBeGreaterThan(union[index]?.end ?? 0);
        });
      }),
    );
  });

  it("without others hold just the bytes that those lack", () => {
    fc.assert(
      fc.property(ranges, ranges, (all, have) => {
        const left = bytesOf(without(unionOf(all), unionOf(have)));
        const expected = [...bytesOf(all)].filter((at) => !bytesOf(have).has(at));
        expect([...left].sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
      }),
    );
  });

  it("asked for by requests come whole, each byte once, within the waste, none longer than the longest", () => {
    fc.assert(
      fc.property(
        ranges,
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        (all, waste, longest) => {
          const wanted = unionOf(all);
          const requests = requestsFor(wanted, { waste, longest });
          const asked = bytesOf(requests);
          for (const at of bytesOf(wanted)) expect(asked.has(at)).toBe(true);
          expect(lengthOf(requests)).toBe(asked.size);
          expect(asked.size).toBeLessThanOrEqual(lengthOf(wanted) * (1 + waste));
          for (const { start, end } of requests) expect(end - start).toBeLessThanOrEqual(longest);
        },
      ),
    );
  });

  it("that lie close are asked for together, the closest first", () => {
    const wanted = [
      { start: 0, end: 1000 },
      { start: 1010, end: 2000 },
      { start: 2500, end: 3000 },
    ];
    expect(requestsFor(wanted, { waste: 0.03, longest: 10_000 })).toEqual([
      { start: 0, end: 2000 },
      { start: 2500, end: 3000 },
    ]);
  });
});
