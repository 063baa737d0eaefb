import type { RegisterRow } from "./register-row.ts";
import { tidyOrNull } from "./tidy-text.ts";

/** A taxon key as a register writes it, and what was odd about it. */
export interface GivenKey {
  readonly key: string | null;
  readonly issue: { readonly code: string; readonly what: string } | null;
}

const page = /gbif\.org\/(?:\w{2}\/)?(?:species|taxon)\/([A-Za-z0-9]+)\/?(?:[?#].*)?$/i;
const spreadsheetNumber = /^(\d+)\.0+$/;
const nothing = /^(n\/?a|none|null|nil|-+|\?|unknown|not (found|available|in gbif).*)$/i;

/**
 * Parses the taxon key of a register row. A spreadsheet's `3120284.0` and the address of a taxon's page are
 * read as the key that they hold, with an issue; what holds no key (`3.12E+06`, words) is null, with an issue.
 */
export function parseGivenKey(text: string | undefined): GivenKey {
  const tidied = tidyOrNull(text);
  if (tidied === null) return { key: null, issue: null };
  if (nothing.test(tidied)) return { key: null, issue: { code: "key-blank-word", what: tidied } };
  if (/^[1-9]\d*$/.test(tidied) || /^[2-9BCDFGHJKLMNPQRSTVWXYZ]{1,6}$/.test(tidied))
    return { key: tidied, issue: null };
  const number =
    spreadsheetNumber.exec(tidied)?.[1] ?? /^gbif:(\w+)$/i.exec(tidied)?.[1] ?? keyOfPage(tidied);
  if (number !== null && number !== undefined && /^(?!0)[A-Z0-9]+$/.test(number)) {
    return { key: number, issue: { code: "key-normalised", what: tidied } };
  }
  return { key: null, issue: { code: "key-unreadable", what: tidied } };
}

/** A row's key, and the register's own text of it where that is another; words that say "none" give no key. */
export function givenKeyOf({ key, issue }: GivenKey): Pick<RegisterRow, "givenKey" | "givenText"> {
  return issue === null || issue.code === "key-blank-word"
    ? { givenKey: key }
    : { givenKey: key, givenText: issue.what };
}

/** The key in the address of a taxon's page at GBIF; null where the text is none. */
export function keyOfPage(text: string): string | null {
  return page.exec(text)?.[1] ?? null;
}
