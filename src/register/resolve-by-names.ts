import { plainAuthorship } from "./authorship.ts";
import { ChecklistTally, keysThatFit } from "./checklist.ts";
import { chooseTaxon } from "./choose-taxon.ts";
import { nameKey, parseName } from "./parse-name.ts";
import type { RegisterRow } from "./register-row.ts";
import { type NameMatch, type Resolution, type SynonymKey, settle } from "./resolution.ts";
import { spellingKey } from "./spelling.ts";
import { acceptedKeyOf, standingOf, type Taxon } from "./taxon.ts";

/**
 * Resolves rows by their names against taxa: those of the occurrences at hand, or a local taxonomy (readTaxonomy).
 *
 * The taxa are read once, in any number: only those whose names the register has are kept. Where they can be read
 * again (an array, readTaxonomy), they are, if the names of accepted taxa that came before their synonyms are needed.
 * A match is exact when the canonical names are equal and kingdom, rank and author do not speak against it; names that
 * differ only in Latin endings or common variants of spelling are fuzzy: listed, and used only if allowed. A row that
 * does not match exactly keeps the register's own key, if it can be of the same checklist; where that is a synonym's
 * among the taxa, its accepted key. Of two taxa of one key, the one whose name has an author counts.
 *
 * @example
 * ```ts
 * import { type RegisterRow, resolveByNames, type Taxon } from "bisonflow/register";
 * const row: RegisterRow = {
 *   rowId: "USRIIS-HI-1", place: "HI", scientificName: "Rosa X alba", authorship: "L. (pro sp.)", kingdom: "Plantae",
 *   rank: "Species", givenKey: null, degree: "introduced", degreeOfEstablishment: null, establishmentMeans: null, line: 2,
 * };
 * const taxon: Taxon = {
 *   taxonKey: "3007383", acceptedTaxonKey: null, scientificName: "Rosa ×alba L.", rank: "SPECIES", kingdom: "Plantae",
 * };
 * const [resolution] = await resolveByNames([row], [taxon]);
 * console.log(resolution?.how, resolution?.keyUsed); // exact 3007383
 * ```
 */
export async function resolveByNames(
  rows: readonly RegisterRow[],
  taxa: Iterable<Taxon> | AsyncIterable<Taxon>,
  options: { allowFuzzy?: boolean; signal?: AbortSignal } = {},
): Promise<Resolution[]> {
  const wanted = new WantedNames(rows);
  for await (const taxon of taxa) wanted.see(taxon, options.signal);
  const matches = rows.map((row) => wanted.match(row));
  if (canRepeat(taxa) && wanted.lacksNames(rows, matches)) {
    for await (const taxon of taxa) wanted.seeName(taxon, options.signal);
  }
  const given = rows.map((row) => row.givenKey);
  const fits = keysThatFit(given, wanted.checklist());
  return rows.map((row, index) => {
    const match = matches[index] as NameMatch;
    const named =
      match.key === null ? match : { ...match, acceptedName: match.acceptedName ?? wanted.nameOf(match.key) };
    return settle(row, named, {
      fits,
      allowFuzzy: options.allowFuzzy === true,
      nameOfKey: (key) => wanted.nameOf(key),
      synonymOfKey: (key) => wanted.synonymOf(key),
    });
  });
}

/** A generator is its own iterator and can be read but once. */
function canRepeat(taxa: Iterable<Taxon> | AsyncIterable<Taxon>): boolean {
  return !("next" in taxa);
}

/** A canonical name that needs no taking apart. */
const plainName = /^[A-Z][a-z]+(?: [a-z]+)*$/;

/** The names of a register, and the taxa seen that bear them. */
class WantedNames {
  readonly #byName = new Map<string, Map<string, Taxon>>();
  readonly #bySpelling = new Map<string, Map<string, Taxon>>();
  /** Heads of the spellings wanted: most taxa differ in them, and need no spelling of their own. */
  readonly #heads = new Set<string>();
  readonly #names = new Map<string, string | null>();
  /** The keys that the register gives; of those that are synonyms', the taxon. */
  readonly #given = new Map<string, Taxon | null>();
  readonly #tally = new ChecklistTally();

  constructor(rows: readonly RegisterRow[]) {
    for (const row of rows) {
      const { key, genus } = parseName(row.scientificName);
      if (key === "") continue;
      this.#byName.set(key, new Map());
      if (genus !== null) {
        this.#bySpelling.set(spellingKey(key), new Map());
        this.#heads.add(head(key));
      }
      if (row.givenKey === null) continue;
      this.#names.set(row.givenKey, null);
      this.#given.set(row.givenKey, null);
    }
  }

  see(taxon: Taxon, signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    this.#tally.add(taxon.taxonKey);
    const named = this.#names.get(taxon.taxonKey);
    if (named !== undefined) {
      if (named === null || saysNoLess(taxon.scientificName, named))
        this.#names.set(taxon.taxonKey, taxon.scientificName);
      if (this.#given.has(taxon.taxonKey) && standingOf(taxon) === "synonym") {
        this.#given.set(taxon.taxonKey, taxon);
        this.#wantAcceptedName(taxon);
      }
    }
    const { canonicalName } = taxon;
    const key =
      canonicalName && plainName.test(canonicalName)
        ? nameKey(canonicalName)
        : parseName(canonicalName || taxon.scientificName).key;
    const bearers = this.#byName.get(key);
    if (bearers !== undefined) this.#keep(bearers, taxon);
    else if (this.#heads.has(head(key))) {
      const alike = this.#bySpelling.get(spellingKey(key));
      if (alike !== undefined) this.#keep(alike, taxon);
    }
  }

  #keep(taxa: Map<string, Taxon>, taxon: Taxon): void {
    const before = taxa.get(taxon.taxonKey);
    if (before === undefined || saysNoLess(taxon.scientificName, before.scientificName))
      taxa.set(taxon.taxonKey, taxon);
    this.#wantAcceptedName(taxon);
  }

  #wantAcceptedName(taxon: Taxon): void {
    const accepted = acceptedKeyOf(taxon);
    if (accepted !== taxon.taxonKey && !this.#names.has(accepted))
      this.#names.set(accepted, taxon.acceptedName ?? null);
  }

  seeName(taxon: Taxon, signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#names.get(taxon.taxonKey) === null) this.#names.set(taxon.taxonKey, taxon.scientificName);
  }

  match(row: RegisterRow): NameMatch {
    const { key, authorship } = parseName(row.scientificName);
    if (key === "") return { how: "none", key: null, acceptedName: null, note: "the row has no name" };
    const author = plainAuthorship(row.authorship) ?? authorship;
    const bearers = [...(this.#byName.get(key)?.values() ?? [])];
    if (bearers.length > 0) return chooseTaxon(row, author, bearers);
    const alike = [...(this.#bySpelling.get(spellingKey(key))?.values() ?? [])];
    const chosen = chooseTaxon(row, author, alike);
    if (chosen.how !== "exact")
      return { ...chosen, note: alike.length === 0 ? "no taxon of this name" : chosen.note };
    const spelled = alike.find(
      (taxon) => (taxon.acceptedTaxonKey ?? taxon.taxonKey) === chosen.key,
    )?.scientificName;
    return { ...chosen, how: "fuzzy", note: `spelled ${spelled ?? ""} in the taxonomy` };
  }

  lacksNames(rows: readonly RegisterRow[], matches: readonly NameMatch[]): boolean {
    const lacks = (key: string | null | undefined) => key != null && this.#names.get(key) === null;
    return matches.some(({ how, key, acceptedName }, index) => {
      const given = rows[index]?.givenKey ?? null;
      return (
        (acceptedName === null && lacks(key)) ||
        (how !== "exact" && given !== null && lacks(this.synonymOf(given)?.acceptedKey))
      );
    });
  }

  /** The synonym that a given key is; null where it is none, or not among the taxa. */
  synonymOf(key: string): SynonymKey | null {
    const taxon = this.#given.get(key) ?? null;
    return taxon === null || acceptedKeyOf(taxon) === key
      ? null
      : { name: taxon.scientificName, acceptedKey: acceptedKeyOf(taxon) };
  }

  nameOf(key: string): string | null {
    return this.#names.get(key) ?? null;
  }

  checklist() {
    return this.#tally.answer();
  }
}

/** Of two names of one key, the one with an author says more: the bare name of a species comes beside it. */
function saysNoLess(name: string, than: string): boolean {
  return parseName(name).authorship !== null || parseName(than).authorship === null;
}

function head(key: string): string {
  // The evened spelling changes y, k and doubled letters: the first letter alone is safe, with the first of the epithet.
  const space = key.indexOf(" ");
  return space < 0 ? key.charAt(0) : key.charAt(0) + key.charAt(space + 1);
}
