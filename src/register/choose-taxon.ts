import { type AuthorshipAgreement, compareAuthorship } from "./authorship.ts";
import { parseName } from "./parse-name.ts";
import type { RegisterRow } from "./register-row.ts";
import type { NameMatch } from "./resolution.ts";
import { acceptedKeyOf, kingdomsAgree, rankKey, ranksAgree, standingOf, type Taxon } from "./taxon.ts";

/**
 * Chooses among the taxa of one canonical name the one that a register row means.
 *
 * Kingdom and rank have to agree; then the taxa whose authors agree best stay; if those still have several accepted
 * keys, the register's own key decides where it is among them, else the one accepted taxon where there is just one.
 * Otherwise the name is ambiguous and comes to nothing.
 */
export function chooseTaxon(row: RegisterRow, authorship: string | null, taxa: readonly Taxon[]): NameMatch {
  const usable = taxa.filter((taxon) => standingOf(taxon) !== "misapplied");
  const kin = usable.filter(
    (taxon) => kingdomsAgree(row.kingdom, taxon.kingdom) && ranksAgree(row.rank, taxon.rank),
  );
  if (kin.length === 0) {
    const [other] = usable.length > 0 ? usable : taxa;
    return {
      how: "none",
      key: other === undefined ? null : acceptedKeyOf(other),
      acceptedName: null,
      note: whyNot(row, other),
    };
  }
  const { agreement, best } = bestAuthors(authorship, sameRank(row, kin));
  const keys = new Set(best.map(acceptedKeyOf));
  const [only] = best;
  if (only !== undefined && keys.size === 1) {
    const taxon = best.find((one) => standingOf(one) === "accepted") ?? only;
    return exact(taxon, authorsNote(agreement, authorship, taxon));
  }
  const given = best.find(
    (taxon) => row.givenKey !== null && [taxon.taxonKey, taxon.acceptedTaxonKey].includes(row.givenKey),
  );
  if (given !== undefined) return exact(given, `${keys.size} taxa of this name; the register's key decides`);
  const accepted = best.filter((taxon) => standingOf(taxon) === "accepted");
  const [sole] = accepted;
  if (sole !== undefined && new Set(accepted.map(acceptedKeyOf)).size === 1) {
    return exact(sole, `${keys.size} taxa of this name; the one accepted was taken`);
  }
  const some = best.slice(0, 4).map((taxon) => `${acceptedKeyOf(taxon)} (${taxon.scientificName})`);
  return {
    how: "none",
    key: null,
    acceptedName: null,
    note: `ambiguous: ${some.join(", ")}${best.length > 4 ? ", …" : ""}`,
  };
}

function exact(taxon: Taxon, note: string | null): NameMatch {
  const own = acceptedKeyOf(taxon) === taxon.taxonKey ? taxon.scientificName : null;
  return { how: "exact", key: acceptedKeyOf(taxon), acceptedName: taxon.acceptedName ?? own, note };
}

/** Of a variety and a subspecies of one name, the one of the register's rank. */
function sameRank(row: RegisterRow, taxa: readonly Taxon[]): readonly Taxon[] {
  const rank = rankKey(row.rank);
  const same = rank === "" ? [] : taxa.filter((taxon) => rankKey(taxon.rank) === rank);
  return same.length > 0 ? same : taxa;
}

function bestAuthors(
  authorship: string | null,
  taxa: readonly Taxon[],
): { agreement: AuthorshipAgreement; best: readonly Taxon[] } {
  const agreements = taxa.map((taxon) =>
    compareAuthorship(authorship, parseName(taxon.scientificName).authorship),
  );
  for (const agreement of ["equal", "compatible", "unknown"] as const) {
    const best = taxa.filter((_taxon, index) => agreements[index] === agreement);
    if (best.length > 0) return { agreement, best };
  }
  return { agreement: "different", best: taxa };
}

function authorsNote(agreement: AuthorshipAgreement, authorship: string | null, taxon: Taxon): string | null {
  return agreement === "different"
    ? `the register names the author ${authorship ?? ""}, the taxonomy ${taxon.scientificName}`
    : null;
}

function whyNot(row: RegisterRow, taxon: Taxon | undefined): string {
  if (taxon === undefined) return "no taxon of this name";
  if (standingOf(taxon) === "misapplied") return `${taxon.scientificName} is a misapplied name`;
  const kingdom = kingdomsAgree(row.kingdom, taxon.kingdom);
  return kingdom
    ? `rank ${row.rank ?? ""} expected, ${taxon.scientificName} is of rank ${taxon.rank ?? ""}`
    : `kingdom ${row.kingdom ?? ""} expected, ${taxon.scientificName} is in ${taxon.kingdom ?? ""}`;
}
