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

  it.each([
    ["a year of ten digits", 2_147_483_647],
    ["a date without its hyphens", 20_010_920],
    ["a year before our era", -2_147_483_648],
  ])("are drawn few, whatever comes: %s", (_what, odd) => {
    const { columns, first, last, outside } = yearColumns([
      { year: 1999, occ_count: 3 },
      { year: odd, occ_count: 1 },
      { year: 2001, occ_count: 1 },
    ]);
    expect([first, last, columns.map(({ value }) => value)]).toEqual([1999, 2001, [3, 0, 1]]);
    expect(outside).toEqual({ records: 1, first: odd, last: odd });
  });

  it("of one record each are those of our time", () => {
    const odd = [-5, 2001, 20_010_920].map((year) => ({ year, occ_count: 1 }));
    expect(yearColumns(odd)).toMatchObject({
      first: 2001,
      last: 2001,
      outside: { records: 2, first: -5, last: 20_010_920 },
    });
  });

  it("are never many, and no record is lost", () => {
    const year = fc.oneof(
      fc.integer({ min: 1700, max: 2030 }),
      fc.integer({ min: 0, max: 3000 }),
      fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
    );
    const counts = fc.uniqueArray(fc.record({ year, occ_count: fc.integer({ min: 1, max: 9 }) }), {
      minLength: 1,
      maxLength: 60,
      selector: (one) => one.year,
    });
    fc.assert(
      fc.property(counts, (years) => {
        const { columns, outside, first, last } = yearColumns(years);
        expect(columns.length).toBeLessThanOrEqual(152);
        const all = years.reduce((sum, { occ_count }) => sum + occ_count, 0);
        const drawn = columns.reduce((sum, { value }) => sum + value, 0);
        expect(drawn + (outside?.records ?? 0)).toBe(all);
        const beyond = years.filter((one) => one.year < first || one.year > last).map((one) => one.year);
        const ends = outside === undefined ? [] : [outside.first, outside.last];
        expect(ends).toEqual(beyond.length === 0 ? [] : [Math.min(...beyond), Math.max(...beyond)]);
      }),
    );
  });

  it("a million different ones are still drawn", () => {
    const { columns, outside } = yearColumns(
      Array.from({ length: 1_000_000 }, (_, i) => ({ year: i, occ_count: 1 })),
    );
    expect(columns.length).toBeLessThanOrEqual(152);
    expect(outside?.records).toBe(1_000_000 - 1501);
  });
});
