/** Bytes [start, end) of an object. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Sorted, without overlaps; ranges that touch are one. */
export function unionOf(ranges: readonly ByteRange[]): ByteRange[] {
  const union: ByteRange[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start >= end) continue;
    const last = union.at(-1);
    if (last !== undefined && start <= last.end) {
      union[union.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    } else union.push({ start, end });
  }
  return union;
}

/** What of `ranges` is not in `have`; both as `unionOf` gives them. */
export function without(ranges: readonly ByteRange[], have: readonly ByteRange[]): ByteRange[] {
  let left = [...ranges];
  for (const { start, end } of have) {
    left = left.flatMap((range) => [
      { start: range.start, end: Math.min(range.end, start) },
      { start: Math.max(range.start, end), end: range.end },
    ]);
    left = left.filter((range) => range.start < range.end);
  }
  return left;
}

export function lengthOf(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

/**
 * Fewer requests for a little more to move: joins neighbours across the smallest gaps first, as long as all
 * gaps together stay within `waste` of the bytes wanted, then cuts what is longer than `longest`, so that it
 * comes by several requests at once. `ranges` as `unionOf` gives them.
 */
export function requestsFor(
  ranges: readonly ByteRange[],
  limits: { readonly waste: number; readonly longest: number },
): ByteRange[] {
  let budget = lengthOf(ranges) * limits.waste;
  const gaps = ranges
    .slice(1)
    .map(({ start }, index) => ({ index, bytes: start - (ranges[index]?.end ?? start) }))
    .sort((a, b) => a.bytes - b.bytes);
  const bridged = new Set<number>();
  for (const { index, bytes } of gaps) {
    if (bytes > budget) break;
    budget -= bytes;
    bridged.add(index);
  }
  const joined: ByteRange[] = [];
  ranges.forEach((range, index) => {
    const last = joined.at(-1);
    if (last !== undefined && bridged.has(index - 1))
      joined[joined.length - 1] = { start: last.start, end: range.end };
    else joined.push(range);
  });
  return joined.flatMap((range) => cut(range, limits.longest));
}

/** Pieces of about the same length, none longer than `longest`. */
function cut({ start, end }: ByteRange, longest: number): ByteRange[] {
  const pieces = Math.max(1, Math.ceil((end - start) / longest));
  const size = Math.ceil((end - start) / pieces);
  return Array.from({ length: pieces }, (_, piece) => ({
    start: start + piece * size,
    end: Math.min(end, start + (piece + 1) * size),
  })).filter((range) => range.start < range.end);
}
