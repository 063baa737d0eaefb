/** A taxon of a local taxonomy, or of the occurrences at hand. */
export interface Taxon {
  readonly taxonKey: string;
  /** The accepted taxon of a synonym; null (or its own key) where the taxon is accepted or nothing is known. */
  readonly acceptedTaxonKey: string | null;
  /** With or without authorship. */
  readonly scientificName: string;
  /** The name without authorship, where the source has it: saves taking scientificName apart. */
  readonly canonicalName?: string | null;
  readonly rank: string | null;
  readonly kingdom: string | null;
  /** GBIF's taxonomic status in any case: ACCEPTED, DOUBTFUL, SYNONYM, MISAPPLIED … */
  readonly status?: string | null;
  readonly acceptedName?: string | null;
}

/** How sure a taxon's own name is to be its valid one. */
export type Standing = "accepted" | "doubtful" | "synonym" | "misapplied";

/** The standing of a taxon: by its status, else by whether it points to another taxon. */
export function standingOf(taxon: Taxon): Standing {
  const status = (taxon.status ?? "").toLowerCase().replace(/[^a-z]/g, "");
  if (status.includes("misapplied")) return "misapplied";
  const elsewhere = taxon.acceptedTaxonKey !== null && taxon.acceptedTaxonKey !== taxon.taxonKey;
  if (status.includes("synonym") || elsewhere) return "synonym";
  return status.includes("doubtful") || status.startsWith("provisional") ? "doubtful" : "accepted";
}

/** The key under which GBIF puts the taxon's records. */
export function acceptedKeyOf(taxon: Taxon): string {
  return taxon.acceptedTaxonKey ?? taxon.taxonKey;
}

const infraspecific =
  /^(infra|sub)?(species|specificname|subspecificname|variety|var|form|forma|f|ssp|subsp|race|prole|cultivar|morph)/;

/** Whether two ranks can be one taxon's: unknown agrees with all, ranks below the species with each other. */
export function ranksAgree(a: string | null, b: string | null): boolean {
  const [left, right] = [rankKey(a), rankKey(b)];
  if (left === "" || right === "" || left === right) return true;
  return left !== "species" && right !== "species" && infraspecific.test(left) && infraspecific.test(right);
}

/** A rank in lower-case letters; empty where it says nothing (`UNRANKED`, `Hybrid`). */
export function rankKey(rank: string | null): string {
  const key = (rank ?? "").toLowerCase().replace(/[^a-z]/g, "");
  return key === "unranked" || key === "hybrid" || key === "other" || key === "clone" ? "" : key;
}

const otherKingdoms = new Set([
  "animalia",
  "plantae",
  "fungi",
  "chromista",
  "protozoa",
  "bacteria",
  "archaea",
]);

/** Whether two kingdoms can be one; unknown agrees with all, and viruses with the kingdoms that virologists distinguish. */
export function kingdomsAgree(a: string | null, b: string | null): boolean {
  const [left, right] = [kingdomKey(a), kingdomKey(b)];
  if (left === "" || right === "" || left === right) return true;
  if (left === "viruses") return !otherKingdoms.has(right);
  return right === "viruses" && !otherKingdoms.has(left);
}

function kingdomKey(kingdom: string | null): string {
  const key = (kingdom ?? "").trim().toLowerCase();
  if (key === "virus" || key === "viruses") return "viruses";
  return key.includes("incertae") || key === "unknown" ? "" : key;
}
