import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactRatio } from "./index.ts";

describe("exactRatio", () => {
  it("is plain division for integers that doubles hold", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (top, bottom) => {
        expect(exactRatio(BigInt(top), BigInt(bottom))).toBe(
          bottom === 0 ? null : BigInt(top) === 0n ? 0 / bottom : top / bottom,
        );
      }),
    );
  });

  it("is within a unit in the last place beyond them", () => {
    const large = fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n });
    fc.assert(
      fc.property(large, large, (top, bottom) => {
        const found = exactRatio(top, bottom);
        if (bottom === 0n) expect(found).toBeNull();
        else {
          // Compared in units of 2^-300, where both are whole numbers.
          const wanted = (top << 300n) / bottom;
          const got = scaled(found as number);
          const off = got > wanted ? got - wanted : wanted - got;
          const size = wanted < 0n ? -wanted : wanted;
          expect(off <= (size >> 52n) + 1n).toBe(true);
        }
      }),
    );
  });
});

/** A double times 2^300, as a bigint. */
function scaled(value: number): bigint {
  let exponent = 0;
  let whole = value;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    exponent++;
  }
  return (BigInt(whole) << 300n) >> BigInt(exponent);
}
