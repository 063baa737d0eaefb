/** Bad data is a value, not an exception: what is odd, how often, and one place to look at. */
export interface DataIssue {
  /** Stable, kebab-case, for example `row-short`. */
  readonly code: string;
  /** How many times it was seen. */
  count: number;
  /** A sentence on the first one seen, with where it stands. */
  readonly example: string;
}

/**
 * Counts data issues by code and keeps the first example of each, so that memory stays bounded
 * however bad a file is.
 *
 * @example
 * ```ts
 * import { IssueCounter } from "bisonflow";
 * const issues = new IssueCounter();
 * issues.add("row-short", "line 12: 255 fields under a header of 259");
 * issues.add("row-short", "line 13: 258 fields under a header of 259");
 * console.log(issues.list().map(({ code, count }) => `${code} ${count}`)); // [ 'row-short 2' ]
 * ```
 */
export class IssueCounter {
  readonly #issues = new Map<string, DataIssue>();

  /** `example` may be a function, called for the first issue of a code alone. */
  add(code: string, example: string | (() => string), count = 1): void {
    const known = this.#issues.get(code);
    if (known) known.count += count;
    else this.#issues.set(code, { code, count, example: typeof example === "string" ? example : example() });
  }

  /** Sorted by code. */
  list(): DataIssue[] {
    return [...this.#issues.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  }
}
