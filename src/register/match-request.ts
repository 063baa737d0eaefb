import { plainAuthorship } from "./authorship.ts";
import { parseName } from "./parse-name.ts";
import type { RegisterRow } from "./register-row.ts";
import { rankKey } from "./taxon.ts";

/** Which version of GBIF's species match service answers: v1 flat, v2 nested. */
export type ServiceVersion = "v1" | "v2";

// Ranks that the service knows; the others (hybrid, clone) are not passed: it may refuse them.
const ranks: Record<string, string> = {
  kingdom: "KINGDOM",
  phylum: "PHYLUM",
  class: "CLASS",
  order: "ORDER",
  family: "FAMILY",
  genus: "GENUS",
  subgenus: "SUBGENUS",
  species: "SPECIES",
  subspecies: "SUBSPECIES",
  ssp: "SUBSPECIES",
  subsp: "SUBSPECIES",
  variety: "VARIETY",
  var: "VARIETY",
  subvariety: "SUBVARIETY",
  form: "FORM",
  forma: "FORM",
  subform: "SUBFORM",
};

/**
 * What the service is asked for a row: name, authorship, rank and kingdom in the terms of its version.
 * Null for a row without a name.
 *
 * @returns path and query; equal for rows that ask the same
 */
export function matchRequest(
  row: RegisterRow,
  version: ServiceVersion,
  checklistKey?: string,
): string | null {
  if (row.scientificName === "") return null;
  const [nameTerm, authorTerm, rankTerm] =
    version === "v1"
      ? ["name", "authorship", "rank"]
      : ["scientificName", "scientificNameAuthorship", "taxonRank"];
  const { name, authorship } = splitAuthorship(row);
  const query = new URLSearchParams({ [nameTerm as string]: name });
  if (authorship !== null) query.set(authorTerm as string, authorship);
  const rank = ranks[rankKey(row.rank)];
  if (rank !== undefined) query.set(rankTerm as string, rank);
  const kingdom = row.kingdom === null ? null : /^virus(es)?$/i.test(row.kingdom) ? "Viruses" : row.kingdom;
  if (kingdom !== null) query.set("kingdom", kingdom);
  if (checklistKey !== undefined && version === "v2") query.set("checklistKey", checklistKey);
  return `/${version}/species/match?${query}`;
}

/** Some registers write the author with the name: it is passed once, in its own term. */
function splitAuthorship(row: RegisterRow): { name: string; authorship: string | null } {
  const name = row.scientificName;
  const written = row.authorship ?? parseName(name).authorship;
  const bare =
    written !== null && name.endsWith(` ${written}`) ? name.slice(0, -written.length).trim() : name;
  return { name: bare, authorship: plainAuthorship(written) };
}
