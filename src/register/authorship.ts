import { fold, tidy } from "./tidy-text.ts";

/** How two authorships stand to each other; `unknown` where one is not given. */
export type AuthorshipAgreement = "equal" | "compatible" | "different" | "unknown";

/** The teams of one authorship, each as the surnames of whoever stands before and after `ex`. */
interface Authors {
  readonly combining: string[][];
  readonly original: string[][];
  readonly year: string | null;
}

/**
 * Compares two authorships by their surnames, whatever the spelling of marks, initials, `&`, `et` and `and`.
 *
 * `equal`: the same surnames in the same order, and no other year. `compatible`: the same people abbreviated
 * (`L.` and `Linnaeus`, `Hack.` and `Hackel`), `B` beside `A ex B`, or the original author alone beside both.
 * Anything else is `different`.
 */
export function compareAuthorship(a: string | null, b: string | null): AuthorshipAgreement {
  const [left, right] = [parseAuthors(a), parseAuthors(b)];
  if (left.combining.length + left.original.length === 0) return "unknown";
  if (right.combining.length + right.original.length === 0) return "unknown";
  if (left.year !== null && right.year !== null && Math.abs(Number(left.year) - Number(right.year)) > 1)
    return "different";
  if (spelled(left) === spelled(right)) return "equal";
  const both = alikeOrMissing(left.original, right.original);
  if (both && alike(left.combining, right.combining)) return "compatible";
  // Zoologists leave the combining author out, and some lists the parentheses of the original one.
  const lacking = [left, right].some(
    ({ combining, original }) => combining.length === 0 || original.length === 0,
  );
  return lacking &&
    alike(anyTeam(left), anyTeam(right)) &&
    (both || left.combining.length + right.combining.length < 2)
    ? "compatible"
    : "different";
}

function spelled({ combining, original }: Authors): string {
  return [original.at(-1) ?? [], combining.at(-1) ?? []].map((team) => team.join(" ")).join("|");
}

function anyTeam({ combining, original }: Authors): string[][] {
  return original.length === 0 ? combining : original;
}

const remark =
  /\((pro\.?\s?(sp|hybr|syn)\.?|hort\.?)\)|\bpro\.?\s?(sp|hybr)\.?|\b(nom|nomen)\.?\s(illeg|nud|cons|rej|inval)\w*\.?|,?\s?emend\..*$|\bauctt?\..*$/gi;
const filler =
  /^(and|et|al|in|hort|jr|junior|sr|bis|de|del|della|der|den|des|di|da|do|dos|du|la|le|van|von|vom|zu|zur|ter|ten|d|y|e|i)$/;

/** Authorship without remarks that belong to no author (`(pro sp.)`, `nom. illeg.`), as a service wants it; null where nothing is left. */
export function plainAuthorship(text: string | null): string | null {
  const plain = tidy((text ?? "").replace(remark, " ")).replace(/[,;]$/, "");
  return plain === "" ? null : plain;
}

function parseAuthors(text: string | null): Authors {
  const plain = plainAuthorship(text) ?? "";
  const year = /\b(1[5-9]\d\d|20\d\d)/.exec(plain)?.[0] ?? null;
  const bare = plain.replace(/[[\]]/g, "").replace(/\b\d{4}[a-z]?\b/g, " ");
  const original = /\(([^)]*)\)/.exec(bare)?.[1] ?? "";
  return { combining: teams(bare.replace(/\([^)]*\)/g, " ")), original: teams(original), year };
}

function teams(text: string): string[][] {
  return text
    .split(/\bex\b/)
    .map(surnames)
    .filter((team) => team.length > 0);
}

/** The surnames of one team: initials and particles left out, sons kept apart from their fathers. */
function surnames(team: string): string[] {
  const words = fold(team)
    .replace(/(\p{L})\.?\s?\b(f|fil|filius)(\.|$)/gu, "$1filius ")
    .split(/[\s.,;:&'’-]+/)
    .filter((word) => word !== "" && !filler.test(word));
  const long = words.filter((word) => word.length > 1);
  return long.length > 0 ? long : words;
}

function alikeOrMissing(a: readonly string[][], b: readonly string[][]): boolean {
  return a.length === 0 || b.length === 0 || alike(a, b);
}

function alike(a: readonly string[][], b: readonly string[][]): boolean {
  return a.some((left) => b.some((right) => alikeTeams(left, right)));
}

/** "et al." and forenames make the words differ in number: each one of the shorter team has to be in the longer. */
function alikeTeams(a: readonly string[], b: readonly string[]): boolean {
  const [shorter, longer] = a.length <= b.length ? [a, b] : [b, a];
  return shorter.every((word) => longer.some((other) => abbreviates(word, other)));
}

function abbreviates(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.endsWith("filius") !== b.endsWith("filius")) return false;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short === "l") return long.startsWith("linn");
  if (short === "dc") return long === "candolle";
  return short.length >= 2 && long.startsWith(short);
}
