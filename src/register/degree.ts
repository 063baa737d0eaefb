import type { Degree } from "./register-row.ts";

/** What a register's words for a degree come to. `degree` is null for a row that does not belong in a register of introduced species. */
export interface DegreeReading {
  readonly degree: Degree | null;
  /** Set where the words are not those of the register's own vocabulary. */
  readonly issue: "degree-blank" | "degree-other" | "degree-native" | null;
}

/**
 * Reads the degree in the words of US-RIIS (either version) or of Darwin Core's degreeOfEstablishment.
 *
 * The category code decides where there is one: C3 is introduced, D2 and E are invasive. Without one, the word
 * invasive decides. Whatever else is said (blank, casual, reproducing, colonising), the row is in a register of
 * introduced species, whose own default is introduced: introduced it is, with an issue. Only native is left out.
 * Category codes: https://doi.org/10.1016/j.tree.2011.03.023 (Blackburn et al. 2011).
 */
export function readDegree(words: string | null): DegreeReading {
  if (words === null) return { degree: "introduced", issue: "degree-blank" };
  const category =
    /categor(?:y|ies)\W*([A-E]\d?)\b/i.exec(words)?.[1] ?? /^\(?([BCD]\d|[AE])\)?$/i.exec(words)?.[1];
  if (category === undefined) return readWords(words);
  return categories.get(category.toUpperCase()) ?? { degree: "introduced", issue: "degree-other" };
}

const categories = new Map<string, DegreeReading>([
  ["A", { degree: null, issue: "degree-native" }],
  ["C3", { degree: "introduced", issue: null }],
  ["D2", { degree: "invasive", issue: null }],
  ["E", { degree: "invasive", issue: null }],
]);

function readWords(words: string): DegreeReading {
  const word = words.toLowerCase();
  if (/\b(not|non|potentially|uncertain)\b\W*\w*invasive/.test(word))
    return { degree: "introduced", issue: "degree-other" };
  if (/^(widespread\s*)?invasive$/.test(word)) return { degree: "invasive", issue: null };
  if (word === "introduced" || word === "established") return { degree: "introduced", issue: null };
  if (/\binvasive\b/.test(word)) return { degree: "invasive", issue: "degree-other" };
  if (/^native\b/.test(word)) return { degree: null, issue: "degree-native" };
  return { degree: "introduced", issue: "degree-other" };
}

/** Reads isInvasive of a GRIIS species profile: invasive, yes, true or 1 is invasive; an unknown word counts as introduced, with an issue. */
export function readIsInvasive(word: string | null): DegreeReading {
  if (
    word === null ||
    /^(null|no|n|false|f|0|na|n\/a|not invasive|non-invasive|not specified|unknown|uncertain)$/i.test(word)
  ) {
    return { degree: "introduced", issue: null };
  }
  if (/^(invasive|yes|y|true|t|1)$/i.test(word)) return { degree: "invasive", issue: null };
  return { degree: "introduced", issue: "degree-other" };
}
