import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { histogram } from "./histogram.ts";
import { yearColumns } from "./sections/years.ts";

const unit = { one: "region", many: "regions" };

describe("a histogram", () => {
  it("counts single numbers where they are few", () => {
    expect(histogram([1, 1, 3], unit).map(({ label, value }) => [label, value])).toEqual([
      ["1 region", 2],
      ["2 regions", 0],
      ["3 regions", 1],
    ]);
  });

  it("doubles its classes where a few are far above the rest", () => {
    const columns = histogram([...Array.from({ length: 50 }, () => 1), 2, 3, 900], unit);
    expect(columns.map(({ label }) => label).slice(0, 3)).toEqual([
      "1 region",
      "2 to 3 regions",
      "4 to 7 regions",
    ]);
  });

  it("of nothing is empty", () => {
    expect(histogram([], unit)).toEqual([]);
  });

  it("counts every value once", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 90_000 })), {
          maxLength: 300,
        }),
        (values) => {
          expect(histogram(values, unit).reduce((sum, { value }) => sum + value, 0)).toBe(values.length);
        },
      ),
    );
  });
});

describe("years", () => {
  it("stand side by side, those without records as zero", () => {
    const { columns, step } = yearColumns([
      { year: 1999, occ_count: 3 },
      { year: 2001, occ_count: 4 },
    ]);
    expect(step).toBe(1);
    expect(columns.map(({ value }) => value)).toEqual([3, 0, 4]);
  });

  it("go together in steps where they reach back far, and lose no record", () => {
    const { columns, step } = yearColumns([
      { year: 1601, occ_count: 1 },
      { year: 2024, occ_count: 9 },
    ]);
    expect(step).toBe(5);
    expect(columns.reduce((sum, { value }) => sum + value, 0)).toBe(10);
  });
});
