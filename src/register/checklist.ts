/** The list that a taxon key belongs to: GBIF's frozen backbone (integers) or the Catalogue of Life, extended release. */
export type Checklist = "gbif-backbone" | "col-xr";

const backboneKey = /^(0|[1-9]\d{0,9})$/;
// The Catalogue of Life writes its numbers in base 29: the digits and capitals without 0, 1 and the vowels.
const catalogueKey = /^[2-9BCDFGHJKLMNPQRSTVWXYZ]{1,6}$/;
const letters = /[A-Z]/;

/**
 * Tells the checklist of a set of taxon keys by how they are written.
 *
 * Backbone keys are integers (`3120284`), keys of the Catalogue of Life are short and mostly hold a letter
 * (`7N3HX`, `V2`). One of the latter can consist of digits alone, so single keys may be undecided
 * while a set is not: digits count for the Catalogue where letters are there too and none of them has a 0 or 1.
 *
 * @returns null where no key is of either kind, `mixed` where both are there.
 * @example
 * ```ts
 * import { checklistOf } from "bisonflow/register";
 * console.log(checklistOf(["3120284", "2873769"])); // gbif-backbone
 * console.log(checklistOf(["4CGXP", "V2", "6822"])); // col-xr
 * console.log(checklistOf(["4CGXP", "3120284"])); // mixed
 * ```
 */
export function checklistOf(keys: Iterable<string>): Checklist | "mixed" | null {
  const tally = new ChecklistTally();
  for (const key of keys) tally.add(key);
  return tally.answer();
}

/** checklistOf for keys that come one at a time. */
export class ChecklistTally {
  #catalogue = false;
  #backbone = false;
  #either = false;

  add(key: string): void {
    const catalogue = catalogueKey.test(key);
    const backbone = backboneKey.test(key);
    if (catalogue && backbone) this.#either = true;
    else if (catalogue && letters.test(key)) this.#catalogue = true;
    else if (backbone) this.#backbone = true;
  }

  answer(): Checklist | "mixed" | null {
    if (this.#catalogue) return this.#backbone ? "mixed" : "col-xr";
    return this.#backbone || this.#either ? "gbif-backbone" : null;
  }
}

/**
 * Tells which of a register's keys can be joined with a checklist. The register's keys are judged together: a
 * backbone key without 0 and 1 looks like one of the Catalogue's, its neighbours do not. Only where the keys of
 * either side are mixed does each key stand for itself; what is not known is no hindrance.
 */
export function keysThatFit(
  keys: Iterable<string | null>,
  checklist: Checklist | "mixed" | null,
): (key: string) => boolean {
  const tally = new ChecklistTally();
  for (const key of keys) if (key !== null) tally.add(key);
  const own = tally.answer();
  if (checklist === null || checklist === "mixed" || own === null) return () => true;
  if (own !== "mixed") return () => own === checklist;
  return (key) => (checklist === "gbif-backbone" ? backboneKey : catalogueKey).test(key);
}
