import { z } from "zod";
import type { ServiceVersion } from "./match-request.ts";
import { nameKey, parseName } from "./parse-name.ts";
import type { NameMatch } from "./resolution.ts";

const key = z.union([z.string(), z.number()]).transform(String);

// The service adds fields now and then: those not named here are let through.
const flat = z.looseObject({
  usageKey: key.nullish(),
  acceptedUsageKey: key.nullish(),
  scientificName: z.string().nullish(),
  canonicalName: z.string().nullish(),
  matchType: z.string().nullish(),
  rank: z.string().nullish(),
  status: z.string().nullish(),
  synonym: z.boolean().nullish(),
  species: z.string().nullish(),
  speciesKey: key.nullish(),
  note: z.string().nullish(),
  confidence: z.number().nullish(),
});

const usage = z.looseObject({
  key,
  name: z.string().nullish(),
  canonicalName: z.string().nullish(),
  status: z.string().nullish(),
});

const nested = z.looseObject({
  usage: usage.nullish(),
  acceptedUsage: usage.nullish(),
  synonym: z.boolean().nullish(),
  diagnostics: z.looseObject({
    matchType: z.string().nullish(),
    note: z.string().nullish(),
    confidence: z.number().nullish(),
  }),
});

/** What both versions say, in one shape. */
interface Answer {
  readonly matchType: string;
  readonly key: string | null;
  readonly name: string | null;
  readonly canonicalName: string | null;
  readonly acceptedKey: string | null;
  readonly acceptedName: string | null;
  readonly synonym: boolean;
  /** Whether acceptedKey is only that of the species under which the synonym stands. */
  readonly bySpecies: boolean;
  readonly note: string | null;
}

/** Whether a body is an answer of the service; an error page, a proxy's greeting or half an answer is not. */
export function isMatchAnswer(body: unknown, version: ServiceVersion): boolean {
  if (typeof body !== "object" || body === null) return false;
  if (version === "v2") return nested.safeParse(body).success;
  return ("matchType" in body || "usageKey" in body) && flat.safeParse(body).success;
}

/**
 * Reads an answer of the species match service.
 *
 * EXACT is exact. So are VARIANT and CANONICAL where the canonical name is the one asked for (then only the author
 * or rank was spelled otherwise); else they are fuzzy, as FUZZY is. HIGHERRANK is a higher rank. NONE, AMBIGUOUS,
 * an unknown match type and an answer without one come to nothing, with the service's note. The key is that of the
 * accepted usage, else, for a synonym of the rank of species, that of the species under which it stands, else that
 * of the usage.
 *
 * @param asked the name asked for
 */
export function readMatchAnswer(body: unknown, version: ServiceVersion, asked: string): NameMatch {
  const answer = version === "v1" ? fromFlat(body) : fromNested(body);
  const target = answer.acceptedKey ?? answer.key;
  const targetName = answer.acceptedKey === null ? answer.name : answer.acceptedName;
  const candidate = { key: target, acceptedName: targetName };
  const says = answer.name === null ? "" : ` ${answer.name}`;
  switch (answer.matchType.toUpperCase()) {
    case "EXACT":
      return target === null
        ? nothing(candidate, "an exact match without a key")
        : exact(answer, candidate, null);
    case "VARIANT":
    case "CANONICAL":
      if (target !== null && sameName(answer, asked))
        return exact(answer, candidate, `${answer.matchType}:${says}`);
      return { how: "fuzzy", ...candidate, note: `${answer.matchType}:${says}` };
    case "FUZZY":
      return { how: "fuzzy", ...candidate, note: `matches${says}` };
    case "HIGHERRANK":
      return { how: "higher rank", ...candidate, note: `matches${says}` };
    case "NONE":
      return nothing(candidate, answer.note ?? "no match");
    case "AMBIGUOUS":
      return nothing(candidate, `ambiguous: ${answer.note ?? says.trim()}`);
    case "":
      return nothing(candidate, `the answer${says} has no match type`);
    default:
      return nothing(candidate, `match type ${answer.matchType} is not known:${says}`);
  }
}

type Candidate = Pick<NameMatch, "key" | "acceptedName">;

function exact(answer: Answer, candidate: Candidate, note: string | null): NameMatch {
  const lost = answer.synonym && answer.acceptedKey === null;
  const said = `${answer.name ?? ""} is a synonym, its accepted key not said`;
  return {
    how: "exact",
    key: candidate.key,
    acceptedName: lost ? null : candidate.acceptedName,
    note: note ?? (lost ? said : answer.bySpecies ? `${said}: that of its species is used` : null),
  };
}

function nothing(candidate: Candidate, note: string): NameMatch {
  return { how: "none", ...candidate, note };
}

function sameName(answer: Answer, asked: string): boolean {
  const canonical = answer.canonicalName ?? (answer.name === null ? null : parseName(answer.name).canonical);
  return canonical !== null && nameKey(canonical) === parseName(asked).key;
}

function fromFlat(body: unknown): Answer {
  const said = flat.parse(body);
  const synonym = said.synonym === true;
  const species = said.speciesKey ?? null;
  // Older answers name the species of a synonym, not its accepted usage: of a subspecies it would be too wide.
  const bySpecies =
    synonym &&
    said.acceptedUsageKey == null &&
    said.rank?.toUpperCase() === "SPECIES" &&
    species !== null &&
    species !== said.usageKey;
  const accepted = said.acceptedUsageKey ?? (bySpecies ? species : null);
  return {
    matchType: said.matchType ?? "",
    key: said.usageKey ?? null,
    name: said.scientificName ?? null,
    canonicalName: said.canonicalName ?? null,
    acceptedKey: accepted,
    // v1 does not name the accepted usage; where it is the species, it does.
    acceptedName: accepted !== null && accepted === species ? (said.species ?? null) : null,
    synonym,
    bySpecies,
    note: said.note ?? null,
  };
}

function fromNested(body: unknown): Answer {
  const said = nested.parse(body);
  return {
    matchType: said.diagnostics.matchType ?? "",
    key: said.usage?.key ?? null,
    name: said.usage?.name ?? null,
    canonicalName: said.usage?.canonicalName ?? null,
    acceptedKey: said.acceptedUsage?.key ?? null,
    acceptedName: said.acceptedUsage?.name ?? null,
    synonym: said.synonym === true,
    bySpecies: false,
    note: said.diagnostics.note ?? null,
  };
}
