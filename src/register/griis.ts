import type { IssueCounter } from "../trouble/index.ts";
import { readDegree, readIsInvasive } from "./degree.ts";
import { givenKeyOf, keyOfPage, parseGivenKey } from "./given-key.ts";
import { type GriisTables, taxonIdOf } from "./griis-tables.ts";
import { canHoldRecords, placeOfDistribution } from "./places.ts";
import type { Degree, RegisterRow } from "./register-row.ts";
import type { TextRow, TextTable } from "./text-table.ts";
import { tidy, tidyOrNull } from "./tidy-text.ts";

interface Stay {
  degree: Degree;
  words: string | null;
  means: string | null;
}

interface Options {
  readonly place: string | undefined;
  readonly issues: IssueCounter;
}

/**
 * The rows of a GRIIS checklist: one for each taxon and country (or location, where no country is said), however
 * many distributions it has there. Invasive wins among them. A taxon said to be absent or native at a place is
 * left out there, with an issue.
 */
export function griisRows(tables: GriisTables, options: Options): RegisterRow[] {
  const distributions = byTaxon(tables.distributions, tables, options.issues);
  const profiles = byTaxon(tables.profiles, tables, options.issues);
  const rows: RegisterRow[] = [];
  const plain = tables.distributions.length === 0 && tables.taxa.some(saysPlace);
  for (const table of tables.taxa) {
    for (const taxon of table.rows) {
      const id = taxonIdOf(taxon);
      const link = id === null ? null : linkOf(id, tables);
      const where = plain ? [taxon] : link === null ? [] : (distributions.get(link) ?? []);
      const profile = link === null ? [] : (profiles.get(link) ?? []);
      const stays = staysOf(taxon, [...profile, taxon], where, { ...options, file: table.name });
      rows.push(...rowsOf(taxon, id, stays, { ...options, file: table.name }));
    }
  }
  return rows;
}

function saysPlace(table: TextTable): boolean {
  return ["countryCode", "country", "locationID"].some((column) => table.has(column));
}

/** Ids are compared as they stand, but in a unified checklist, whose distributions use the sources' keys. */
function linkOf(id: string, tables: GriisTables): string {
  return tables.taxonBySource === null ? id : (keyOfPage(id) ?? id);
}

function byTaxon(
  list: readonly TextTable[],
  tables: GriisTables,
  issues: IssueCounter,
): Map<string, TextRow[]> {
  const known = new Set<string>();
  for (const table of tables.taxa) {
    for (const row of table.rows) {
      const id = taxonIdOf(row);
      if (id !== null) known.add(linkOf(id, tables));
    }
  }
  const found = new Map<string, TextRow[]>();
  for (const table of list) {
    for (const row of table.rows) {
      const id = taxonIdOf(row);
      const taxon =
        id === null ? undefined : tables.taxonBySource === null ? id : tables.taxonBySource.get(id);
      if (taxon === undefined || !known.has(taxon)) {
        issues.add(
          "distribution-without-taxon",
          () => `${table.name}, line ${row.line}: no taxon has the id ${id ?? "(none)"}`,
        );
        continue;
      }
      const rows = found.get(taxon);
      if (rows) rows.push(row);
      else found.set(taxon, [row]);
    }
  }
  return found;
}

/** The place given with the file: a country code in any case. */
function placeGiven({ place }: Options): string | null {
  return place === undefined ? null : placeOfDistribution(place, place);
}

type InFile = Options & { readonly file: string };

function staysOf(
  taxon: TextRow,
  about: readonly TextRow[],
  where: readonly TextRow[],
  options: InFile,
): Map<string | null, Stay> {
  const stays = new Map<string | null, Stay>();
  const name = tidy(taxon.get("scientificName") ?? "");
  const at = (row: TextRow, what: string) => () => `${options.file}, ${name} (line ${row.line}): ${what}`;
  for (const row of where.length === 0 ? [taxon] : where) {
    const status = tidyOrNull(row.get("occurrenceStatus") ?? row.get("status"));
    const means = tidyOrNull(row.get("establishmentMeans"));
    if (status !== null && /^(absent|excluded)$/i.test(status)) {
      options.issues.add("place-absent", at(row, `${status}; left out`));
      continue;
    }
    if (means !== null && /^(native|endemic|indigenous)$/i.test(means)) {
      options.issues.add("degree-native", at(row, `${means}; left out`));
      continue;
    }
    const { degree, words, issue } = degreeOf([...about, row]);
    if (issue !== null) options.issues.add(issue, at(row, words ?? ""));
    if (degree === null) continue;
    const country = tidyOrNull(row.get("countryCode")) ?? tidyOrNull(row.get("country"));
    const place =
      placeOfDistribution(country, tidyOrNull(row.get("locationID"))) ?? placeGiven(options) ?? country;
    const stay = stays.get(place);
    if (stay === undefined) stays.set(place, { degree, words, means });
    else {
      if (degree === "invasive" && stay.degree !== "invasive") Object.assign(stay, { degree, words });
      stay.means ??= means;
    }
  }
  return stays;
}

/** isInvasive of any row that speaks of the taxon decides; where none has it, degreeOfEstablishment. */
function degreeOf(rows: readonly TextRow[]): {
  degree: Degree | null;
  words: string | null;
  issue: string | null;
} {
  let said: { degree: Degree | null; words: string | null; issue: string | null } | undefined;
  for (const row of rows) {
    const words = tidyOrNull(row.get("isInvasive"));
    if (words === null) continue;
    const reading = { ...readIsInvasive(words), words };
    if (said === undefined || reading.degree === "invasive") said = reading;
  }
  if (said !== undefined) return said;
  for (const row of rows) {
    const words = tidyOrNull(row.get("degreeOfEstablishment"));
    if (words !== null) return { ...readDegree(words), words };
  }
  return { degree: "introduced", words: null, issue: null };
}

function rowsOf(
  taxon: TextRow,
  id: string | null,
  stays: Map<string | null, Stay>,
  options: InFile,
): RegisterRow[] {
  const key = keyOf(taxon, options);
  const rowId = id ?? `line-${taxon.line}`;
  for (const place of stays.keys()) {
    if (canHoldRecords(place, "griis")) continue;
    options.issues.add(
      place === null ? "row-without-place" : "place-unknown",
      () =>
        `${options.file}, ${tidy(taxon.get("scientificName") ?? "")} (line ${taxon.line}): ${place === null ? "no place" : `place ${place} is no country code`}`,
    );
  }
  return [...stays].map(([place, { degree, words, means }]) => ({
    // One taxon at several places makes several rows: the place tells them apart.
    rowId: stays.size === 1 ? rowId : `${rowId}#${place ?? ""}`,
    place,
    scientificName: tidy(taxon.get("scientificName") ?? ""),
    authorship: tidyOrNull(taxon.get("scientificNameAuthorship")),
    kingdom: tidyOrNull(taxon.get("kingdom")),
    rank: tidyOrNull(taxon.get("taxonRank")),
    ...key,
    degree,
    degreeOfEstablishment: words,
    establishmentMeans: means,
    line: taxon.line,
  }));
}

/** A taxonID is a GBIF key only where it says so (the address of a taxon's page, `gbif:5`): plain numbers are the checklist's own. */
function keyOf(taxon: TextRow, options: InFile): Pick<RegisterRow, "givenKey" | "givenText"> {
  for (const column of ["taxonID", "id"]) {
    const id = tidyOrNull(taxon.get(column));
    const key = id === null ? null : (keyOfPage(id) ?? /^gbif:(\w+)$/i.exec(id)?.[1] ?? null);
    if (key !== null && id !== null) return { givenKey: key, givenText: id };
  }
  let unread: Pick<RegisterRow, "givenKey" | "givenText"> = { givenKey: null };
  for (const column of ["GBIF taxonKey", "gbifKey", "nubKey", "usageKey", "taxonKey"]) {
    const parsed = parseGivenKey(taxon.get(column));
    const { key, issue } = parsed;
    if (issue !== null)
      options.issues.add(issue.code, () => `${options.file}, line ${taxon.line}: ${issue.what}`);
    if (key !== null) return givenKeyOf(parsed);
    if (unread.givenText === undefined) unread = givenKeyOf(parsed);
  }
  return unread;
}
