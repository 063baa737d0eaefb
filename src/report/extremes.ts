/** The least of numbers, however many: Math.min takes only so many arguments. Infinity where there are none. */
export function least(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
}

/** The greatest of numbers, however many; -Infinity where there are none. */
export function most(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
}
