/**
 * Throws an error that says it is bisonflow's own fault; for states that cannot be.
 *
 * @example
 * ```ts
 * import { bug } from "bisonflow";
 * const place: string | undefined = "L48";
 * const known = place ?? bug("a register row without a place");
 * console.log(known); // L48
 * ```
 */
export function bug(what: string): never {
  throw new Error(`Bug in bisonflow: ${what}. Please report it with the stack below.`);
}
