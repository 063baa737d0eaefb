import { fold, tidy } from "./tidy-text.ts";

/** A scientific name taken apart. */
export interface ParsedName {
  /** The name without authors, rank markers, subgenus and hybrid signs: genus, species, last infraspecific epithet. */
  readonly canonical: string;
  /** The canonical name folded for comparison: lower case, no marks, hyphens or apostrophes. */
  readonly key: string;
  /** Genus, or the name of a higher taxon; null for what is no Latin name (viruses, hybrid formulas): canonical is then the whole text. */
  readonly genus: string | null;
  /** Species epithet, then infraspecific epithets. */
  readonly epithets: readonly string[];
  readonly hybrid: boolean;
  readonly authorship: string | null;
}

const hybridSign = /^[×xX]$/;
const uninomial = /^[\p{Lu}][\p{L}'’-]+$/u;
const epithet = /^(\d{1,2}-)?[\p{Ll}][\p{Ll}'’-]+$/u;
const rankMarker =
  /^(notho)?(ssp|subsp|subspecies|var|variety|varietas|subvar|f|fo|form|forma|subf|subforma|convar|cv|pv|bv|ab|morph|mut|race|prol|proles|lusus|nat|sect|subg|subgen)\.?$/;
const formaSpecialis = /^(f\.?\s?sp\.?|fsp\.?)$/i;
// Small words that stand in authorships: a lower-case word after the genus is no epithet if it is one of these.
const authorWord =
  /^(ex|et|and|in|de|del|della|der|den|des|di|da|do|dos|du|la|le|van|von|vom|zu|zur|ter|ten|bis|fil|auct|auctt|non|nec|nom|emend|sensu|hort|apud|al|y|e|d'|l'|pro)\.?$/;
const notLatin = /(virus|viroid|phage)(es)?$/i;
const openNomenclature = /^(cf|aff|sp|spp|nr|indet|agg)\.?$/;

/**
 * Takes a scientific name apart, with or without its authorship, well enough to compare it with another.
 *
 * Rank markers (`subsp.`, `ssp.`, `var.`, `f.`), hybrid signs (`×`, `x`, `X`), a subgenus in parentheses, `Candidatus`
 * and authors between the parts are dropped; of several infraspecific epithets the last one stays, as in GBIF's canonical
 * names. Open nomenclature (`cf.`, `sp.`) stays in the canonical name, so that it equals no name without it.
 *
 * @example
 * ```ts
 * import { parseName } from "bisonflow/register";
 * const name = parseName("Festuca guestfalica subsp. hirtula (Hack. ex Travis) Dengler");
 * console.log(name.canonical, "|", name.authorship); // Festuca guestfalica hirtula | (Hack. ex Travis) Dengler
 * ```
 */
export function parseName(text: string): ParsedName {
  const whole = tidy(text);
  const tokens = whole
    .replace(/^(["'†?*\s]+)/, "")
    .replace(/^Candidatus\s+(\p{L})/iu, (_all, letter: string) => letter.toUpperCase())
    .replace(/\bf\.\s?sp\./g, "f.sp.")
    .split(" ")
    .flatMap((token) => (token.length > 1 && token.startsWith("×") ? ["×", token.slice(1)] : [token]));
  let hybrid = false;
  let at = 0;
  if (hybridSign.test(tokens[at] ?? "")) [hybrid, at] = [true, at + 1];
  const genus = tokens[at] ?? "";
  if (!uninomial.test(genus) || tokens.slice(at + 1).some((token) => notLatin.test(token)))
    return unparsed(whole);
  at++;
  if (/^\(\p{Lu}[\p{Ll}-]+\)$/u.test(tokens[at] ?? "") && isEpithet(tokens[at + 1])) at++;
  const epithets: string[] = [];
  const authors: string[] = [];
  for (; at < tokens.length; at++) {
    const token = tokens[at] as string;
    const next = tokens[at + 1];
    if (hybridSign.test(token) && next !== undefined) {
      if (!isEpithet(next)) return unparsed(whole);
      // Aus bus × cus is a formula of two species, Aus × bus a name.
      if (epithets.length > 0 && tokens[at - 1] === epithets.at(-1)) return unparsed(whole);
      hybrid = true;
    } else if (openNomenclature.test(token) && authors.length === 0) return unparsed(whole);
    else if (formaSpecialis.test(token) && next !== undefined) {
      epithets.push((tokens[++at] as string).toLowerCase());
      authors.length = 0;
    } else if (
      rankMarker.test(token) &&
      isEpithet(next) &&
      (authors.length === 0 || !authorWord.test(next ?? ""))
    ) {
      epithets.push(next as string);
      authors.length = 0;
      at++;
    } else if (authors.length === 0 && epithets.length < 3 && isEpithet(token)) epithets.push(token);
    else authors.push(token);
  }
  const [species, ...below] = epithets;
  const canonical = [genus, species, below.at(-1)].filter((part) => part !== undefined).join(" ");
  const authorship = authors.join(" ").replace(/^'[^']+'\s*/, "");
  return {
    canonical,
    key: nameKey(canonical),
    genus,
    epithets,
    hybrid,
    authorship: authorship === "" ? null : authorship,
  };
}

/** A canonical name folded for comparison. */
export function nameKey(canonical: string): string {
  return /^[A-Za-z ]+$/.test(canonical)
    ? canonical.toLowerCase()
    : fold(canonical).replace(/['’-]/g, "").replace(/×\s?/g, "");
}

function isEpithet(token: string | undefined): boolean {
  return token !== undefined && epithet.test(token) && !authorWord.test(token) && !rankMarker.test(token);
}

function unparsed(whole: string): ParsedName {
  return {
    canonical: whole,
    key: fold(whole).replace(/\s*×\s*/g, " x "),
    genus: null,
    epithets: [],
    hybrid: /[×]| [xX] /.test(whole),
    authorship: null,
  };
}
