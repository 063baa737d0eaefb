// The sign of a 2 by 2 determinant, never wrong. The error bound and the expansions are those of
// J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates" (1997).

const epsilon = 2 ** -53;
/** Relative error that the determinant computed plainly cannot exceed. */
const errorBound = (3 + 16 * epsilon) * epsilon;
const splitter = 2 ** 27 + 1;
/** Below this a product may lose bits to underflow, so that expansions are no longer exact. */
const tiny = 2 ** -900;

/**
 * On which side of the line from a to b the point c lies: positive on the left, negative on the right, 0 exactly on
 * it. Only the sign means anything. Exact for all finite coordinates that do not overflow when multiplied.
 *
 * @example
 * ```ts
 * import { orientation } from "bisonflow/region";
 * console.log(Math.sign(orientation(0, 0, 1, 1, 0.5, 0.5)), Math.sign(orientation(0, 0, 1, 1, 0, 1))); // 0 1
 * ```
 */
export function orientation(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  const left = (ax - cx) * (by - cy);
  const right = (ay - cy) * (bx - cx);
  const determinant = left - right;
  const bound = errorBound * (Math.abs(left) + Math.abs(right));
  if ((determinant > bound || -determinant > bound) && bound > tiny) return determinant;
  return exactOrientation(ax, ay, bx, by, cx, cy);
}

const terms = new Float64Array(12);
const expansion = new Float64Array(13);

/** The same without the shortcut; for callers that have found the plain determinant too small to trust. */
export function exactOrientation(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
): number {
  // A factor that is exactly zero on both sides: points on a common vertical or horizontal, or on an end.
  if ((ax === cx || by === cy) && (ay === cy || bx === cx)) return 0;
  const exact =
    product(0, ax, by) &&
    product(2, -ay, bx) &&
    product(4, bx, cy) &&
    product(6, -by, cx) &&
    product(8, cx, ay) &&
    product(10, -cy, ax);
  if (!exact) return integerOrientation(ax, ay, bx, by, cx, cy);
  let length = 0;
  for (let t = 0; t < 12; t++) {
    // Grow the expansion by one term: two-sum through all its components, smallest first, zeros dropped.
    let q = terms[t] as number;
    let kept = 0;
    for (let i = 0; i < length; i++) {
      const e = expansion[i] as number;
      const sum = q + e;
      const virtual = sum - q;
      const roundoff = q - (sum - virtual) + (e - virtual);
      if (roundoff !== 0) expansion[kept++] = roundoff;
      q = sum;
    }
    if (q !== 0) expansion[kept++] = q;
    length = kept;
  }
  return length === 0 ? 0 : (expansion[length - 1] as number);
}

/** Writes a * b as two terms, the rounding error first; false where that is not exact. */
function product(at: number, a: number, b: number): boolean {
  const value = a * b;
  if (a === 0 || b === 0) {
    terms[at] = 0;
    terms[at + 1] = 0;
    return true;
  }
  if (!(Math.abs(value) > tiny) || Math.abs(a) > 2 ** 900 || Math.abs(b) > 2 ** 900) return false;
  let c = splitter * a;
  const aHigh = c - (c - a);
  const aLow = a - aHigh;
  c = splitter * b;
  const bHigh = c - (c - b);
  const bLow = b - bHigh;
  terms[at] = aLow * bLow - (value - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  terms[at + 1] = value;
  return true;
}

/** Whole numbers of unbounded size: for coordinates so small that products underflow. Slow, and hardly ever called. */
function integerOrientation(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number {
  const [a, b, c, d, e, f] = [ax, ay, bx, by, cx, cy].map(scaled) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const determinant = (a - e) * (d - f) - (b - f) * (c - e);
  return determinant > 0n ? 1 : determinant < 0n ? -1 : 0;
}

const bits = new DataView(new ArrayBuffer(8));

/** A double times 2^1074, which is whole for every finite double. */
function scaled(value: number): bigint {
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return word >> 63n === 0n ? magnitude : -magnitude;
}
