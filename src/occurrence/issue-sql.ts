import { literal } from "../engine/index.ts";
import { WHITESPACE } from "./whitespace.ts";

/** What the elements of a list are joined with to be searched at once: no issue holds it. */
const between = "\\x1f";

/**
 * SQL that is true where a list holds one of these words, trimmed and in any case; false or null otherwise.
 *
 * The list is joined to one text and searched: changing each of its elements, most of which are clean, costs ten times
 * as much. Most lists hold none of the words anyhow, and the shorter pattern says so sooner.
 */
export function hasWordSql(list: string, words: readonly string[]): string {
  if (words.length === 0) return "false";
  const joined = `array_to_string(${list}, chr(31))`;
  const any = `(?:${words.map(pattern).join("|")})`;
  const blanks = `[${pattern(WHITESPACE)}]*`;
  const whole = `(?i)(?:^|${between})${blanks}${any}${blanks}(?:${between}|$)`;
  return `CASE WHEN regexp_matches(${joined}, ${literal(`(?i)${any}`)}) THEN regexp_matches(${joined}, ${literal(whole)}) END`;
}

/** A pattern that matches a text, or each character of it within brackets. */
function pattern(text: string): string {
  return text.replace(/\W/gu, (character) => `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
