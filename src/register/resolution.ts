import type { RegisterRow } from "./register-row.ts";

/** How a register row came to a taxon key, or did not. */
export type How = "given" | "exact" | "fuzzy" | "higher rank" | "none";

/** What became of one register row. Every row has one, in the rows' order. */
export interface Resolution {
  readonly rowId: string;
  /** Null where the row says none. */
  readonly place: string | null;
  readonly name: string;
  /** As the register writes it, a key or not. */
  readonly givenKey: string | null;
  /** The key on which records are joined; null where there is none to rely on. */
  readonly keyUsed: string | null;
  readonly how: How;
  readonly acceptedName: string | null;
  /** The key that a fuzzy match, a higher rank or an ambiguous name would have come to: for the review list. */
  readonly candidateKey: string | null;
  /** Why it is not exact, or what is odd although it is. */
  readonly note: string | null;
}

/** What a taxonomy or a service says of a name. */
export interface NameMatch {
  readonly how: Exclude<How, "given">;
  /** The accepted key for `exact`; else what it would have been. */
  readonly key: string | null;
  readonly acceptedName: string | null;
  readonly note: string | null;
}

/** A taxon key that is known to be a synonym's. */
export interface SynonymKey {
  readonly name: string;
  readonly acceptedKey: string;
}

/**
 * Joins what a name came to with the key that the register gives. An exact match is used; else the given key
 * (the accepted one, where it is known to be a synonym's), if it can be of the same checklist; else a fuzzy match,
 * if those are allowed; else nothing.
 */
export function settle(
  row: RegisterRow,
  match: NameMatch,
  options: {
    /** Whether the given key can be of the checklist that the name was matched with. */
    fits: (key: string) => boolean;
    allowFuzzy: boolean;
    nameOfKey?: (key: string) => string | null;
    synonymOfKey?: (key: string) => SynonymKey | null;
  },
): Resolution {
  const about = aboutRow(row);
  const given = row.givenKey;
  const unreadable = unreadableKey(row);
  if (match.how === "exact" && match.key !== null) {
    const other = given === null || given === match.key ? null : `the register gives key ${given}`;
    return {
      ...about,
      keyUsed: match.key,
      how: "exact",
      acceptedName: match.acceptedName,
      candidateKey: null,
      note: joined(match.note, other, unreadable),
    };
  }
  if (given !== null && options.fits(given)) {
    const synonym = options.synonymOfKey?.(given) ?? null;
    const used = synonym?.acceptedKey ?? given;
    return {
      ...about,
      keyUsed: used,
      how: "given",
      acceptedName: options.nameOfKey?.(used) ?? null,
      candidateKey: match.key,
      note: joined(
        match.how === "none" ? null : match.how,
        match.note,
        synonym === null
          ? null
          : `the given key ${given} is that of a synonym, ${synonym.name}: its accepted key is used`,
      ),
    };
  }
  const foreign = given === null ? null : `the given key ${given} is of another checklist`;
  const used = match.how === "fuzzy" && options.allowFuzzy ? match.key : null;
  return {
    ...about,
    keyUsed: used,
    how: match.how,
    acceptedName: used === null ? null : match.acceptedName,
    candidateKey: match.key,
    note: joined(match.note, foreign, unreadable),
  };
}

/** What a resolution repeats of its row. */
export function aboutRow(row: RegisterRow): Pick<Resolution, "rowId" | "place" | "name" | "givenKey"> {
  return {
    rowId: row.rowId,
    place: row.place,
    name: row.scientificName,
    givenKey: row.givenText ?? row.givenKey,
  };
}

/** The note on a key that is given and cannot be read; null where there is none. */
export function unreadableKey({ givenKey, givenText }: RegisterRow): string | null {
  return givenKey === null && givenText !== undefined
    ? `the key given, ${givenText}, cannot be read as a taxon key`
    : null;
}

/** Notes put together, those that are missing left out; null where all are. */
export function joined(...parts: (string | null)[]): string | null {
  const said = parts.filter((part) => part !== null);
  return said.length === 0 ? null : said.join("; ");
}
