/**
 * The quotient of two exact integers as the nearest double (off by one unit in the last place at most
 * where both are beyond 2^53). Null where the divisor is zero.
 *
 * @example
 * ```ts
 * import { exactRatio } from "bisonflow/summary";
 * console.log(exactRatio(2n ** 80n, 2n ** 81n), exactRatio(1n, 0n)); // 0.5 null
 * ```
 */
export function exactRatio(dividend: bigint, divisor: bigint): number | null {
  if (divisor === 0n) return null;
  if (isSafe(dividend) && isSafe(divisor)) return Number(dividend) / Number(divisor);
  const negative = dividend < 0n !== divisor < 0n;
  const top = dividend < 0n ? -dividend : dividend;
  const bottom = divisor < 0n ? -divisor : divisor;
  // A quotient of at least 64 bits: more than a double keeps.
  const shift = Math.max(0, 64 - (bits(top) - bits(bottom)));
  const quotient = Number((top << BigInt(shift)) / bottom);
  const value = scale(quotient, -shift);
  return negative ? -value : value;
}

function isSafe(value: bigint): boolean {
  return value >= -9007199254740991n && value <= 9007199254740991n;
}

function bits(value: bigint): number {
  return value.toString(2).length;
}

function scale(value: number, exponent: number): number {
  // 2 ** -shift may be below the smallest double although the product is not.
  let scaled = value;
  let left = exponent;
  for (; left < -1000; left += 1000) scaled *= 2 ** -1000;
  return scaled * 2 ** left;
}
