import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classify } from "./classes.ts";

describe("classes of a map", () => {
  it("are powers of ten where values span orders of magnitude", () => {
    const values = [0, 1, 9, 10, 99, 5_000, 123_456];
    const classes = classify(values, values, "count");
    expect(classes.labels).toEqual([
      "1 – 9",
      "10 – 99",
      "100 – 999",
      "1\u202f000 – 9\u202f999",
      "10\u202f000 – 99\u202f999",
      "100\u202f000 – 123\u202f456",
    ]);
    expect(classes.codes[0]).toBe("n");
    expect(classes.regions).toEqual([2, 2, 0, 1, 0, 1]);
    expect(classes.withoutRecords).toBe(1);
  });

  it("hold equal numbers of regions where values lie close together", () => {
    const values = Array.from({ length: 600 }, (_, i) => 100 + i);
    const { regions, labels } = classify(values, values, "count");
    expect(labels).toHaveLength(6);
    expect(Math.max(...regions) - Math.min(...regions)).toBeLessThanOrEqual(20);
  });

  it("keep zero, undefined and without records apart", () => {
    const classes = classify([0, 0.25, null, null], [5, 8, 3, 0], "share");
    expect(classes.labels[0]).toBe("0%");
    expect(classes.codes).toBe("06un");
    expect(classes.undefinedRegions).toBe(1);
  });

  it("exist for one value, for none, and for nothing at all", () => {
    expect(classify([7], [7], "count").labels).toEqual(["7"]);
    expect(classify([0, 0], [0, 0], "count").labels).toEqual([]);
    expect(classify([], [], "share").codes).toBe("");
  });

  it("put every region into one class, larger values never into lower ones", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(20), fc.nat(50_000_000)), { maxLength: 200 }),
        fc.boolean(),
        (numbers, share) => {
          const values = share ? numbers.map((n) => n / 50_000_000) : numbers;
          const records = numbers.map(() => 1);
          const { breaks, codes, regions, labels, tones } = classify(
            values,
            records,
            share ? "share" : "count",
          );
          expect(codes).toHaveLength(values.length);
          expect(regions.reduce((sum, n) => sum + n, 0)).toBe(values.length);
          expect(breaks).toEqual([...new Set(breaks)].sort((a, b) => a - b));
          expect(new Set(tones).size).toBe(labels.length);
          expect(labels.length).toBeLessThanOrEqual(7);
          const order = values
            .map((value, i) => [value, Number(codes[i])] as const)
            .sort((a, b) => a[0] - b[0]);
          for (let i = 1; i < order.length; i++)
            expect(order[i]?.[1]).toBeGreaterThanOrEqual(order[i - 1]?.[1] ?? 0);
          for (const [i, value] of values.entries()) {
            const at = tones.indexOf(Number(codes[i]));
            expect(value).toBeGreaterThanOrEqual(breaks[at] as number);
          }
        },
      ),
    );
  });
});
