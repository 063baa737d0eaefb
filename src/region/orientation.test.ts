import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orientation } from "./orientation.ts";

/** The sign in whole numbers: every finite double is a multiple of 2^-1074. */
function exact(...values: [number, number, number, number, number, number]): number {
  const [ax, ay, bx, by, cx, cy] = values.map((value) => {
    // In two steps, as 2^1074 is no double.
    const [high, low] = [Math.trunc(value), value - Math.trunc(value)];
    let part = 0n;
    let rest = low;
    for (let shift = 1074; shift > 0; shift -= 537) {
      rest *= 2 ** 537;
      const whole = Math.trunc(rest);
      part = (part << 537n) + BigInt(whole);
      rest -= whole;
    }
    return (BigInt(high) << 1074n) + part;
  }) as [bigint, bigint, bigint, bigint, bigint, bigint];
  const turn = (ax - cx) * (by - cy) - (ay - cy) * (bx - cx);
  return turn > 0n ? 1 : turn < 0n ? -1 : 0;
}

const degrees = fc.double({ min: -180, max: 180, noNaN: true });

describe("orientation", () => {
  it("has the sign of whole-number arithmetic for any doubles", () => {
    fc.assert(
      fc.property(degrees, degrees, degrees, degrees, degrees, degrees, (...values) => {
        expect(Math.sign(orientation(...values))).toBe(exact(...values));
      }),
      { numRuns: 2000 },
    );
  });

  it("has it for points on a line or a hair off it", () => {
    fc.assert(
      fc.property(
        degrees,
        degrees,
        degrees,
        degrees,
        fc.double({ min: -1, max: 2, noNaN: true }),
        fc.integer({ min: -3, max: 3 }),
        fc.constantFrom(1, 1e-3, 1e-100, 1e-160, 2 ** -1070),
        (ax, ay, bx, by, t, hairs, scale) => {
          const [x, y] = [ax + t * (bx - ax), ay + t * (by - ay)];
          const off = y + hairs * Math.abs(y) * 2 ** -53;
          const values = [ax, ay, bx, by, x, off].map((v) => v * scale) as [
            number,
            number,
            number,
            number,
            number,
            number,
          ];
          expect(Math.sign(orientation(...values))).toBe(exact(...values));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("is zero on vertices, verticals, horizontals and multiples", () => {
    expect(orientation(0.1, 0.2, 0.3, 0.7, 0.1, 0.2)).toBe(0);
    expect(orientation(0.1, 0.2, 0.1, 0.7, 0.1, 99)).toBe(0);
    expect(orientation(0.1, 0.2, 5, 0.2, -7, 0.2)).toBe(0);
    expect(orientation(0.1, 0.2, 0.4, 0.8, 0.2, 0.4)).toBe(0);
    expect(orientation(0, 0, 5e-324, 5e-324, 1, 1)).toBe(0);
    expect(Math.sign(orientation(0, 0, 5e-324, 5e-324, 0, 5e-324))).toBe(1);
  });
});
