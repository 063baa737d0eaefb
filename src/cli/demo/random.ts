/** Seeded random numbers: the same sequence on every machine. */
export interface Random {
  /** From 0 (included) to 1 (not). */
  next(): number;
  /** A whole number from 0 to n - 1. */
  below(n: number): number;
  /** Bell-shaped around 0 with a standard deviation of about 1, never beyond 3.5. */
  bell(): number;
  /** An index, each as likely as its share of `cumulative`, which holds running sums. */
  pick(cumulative: ArrayLike<number>): number;
}

/** A generator (sfc32) for a seed. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let warm = 0; warm < 15; warm++) next();
  return {
    next,
    below: (n) => Math.floor(next() * n),
    // Sums alone: logarithms and sines may differ in their last digit between machines.
    bell: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
    pick: (cumulative) => {
      const total = cumulative[cumulative.length - 1] ?? 0;
      const wanted = next() * total;
      let low = 0;
      let high = cumulative.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((cumulative[middle] as number) > wanted) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

/** Running sums of weights, for `pick`. */
export function cumulate(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i] as number;
    sums[i] = sum;
  }
  return sums;
}
