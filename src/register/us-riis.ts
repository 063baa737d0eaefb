import type { IssueCounter } from "../trouble/index.ts";
import { readDegree } from "./degree.ts";
import { givenKeyOf, parseGivenKey } from "./given-key.ts";
import { placeOfLocality } from "./places.ts";
import type { RegisterFormat, RegisterRow } from "./register-row.ts";
import type { TextRow, TextTable } from "./text-table.ts";
import { tidy, tidyOrNull } from "./tidy-text.ts";

/** How to cite the two published versions; a later one of the same columns is cited as the latest known. */
export const riisCitation: Record<"us-riis-v1" | "us-riis-v2", string> = {
  "us-riis-v1":
    "Simpson, A., Turner, R., Blake, R., Liebhold, A., and Dorado, M., 2021, United States Register of Introduced and Invasive Species: U.S. Geological Survey data release, https://doi.org/10.5066/P95XL09Q",
  "us-riis-v2":
    "Simpson, A., Fuller, P., Faccenda, K., Evenhuis, N., Matsunaga, J., and Bowser, M., 2022, United States Register of Introduced and Invasive Species (US-RIIS) (ver. 2.0, November 2022): U.S. Geological Survey data release, https://doi.org/10.5066/P9KFFTOD",
};

export const riisLicence = "Public domain (U.S. Geological Survey)";

/** The rows of a US-RIIS master list of either version. */
export function riisRows(
  table: TextTable,
  options: { format: Exclude<RegisterFormat, "griis">; place: string | undefined; issues: IssueCounter },
): RegisterRow[] {
  const degreeColumn = options.format === "us-riis-v1" ? "Introduced or Invasive" : "degreeOfEstablishment";
  const rows: RegisterRow[] = [];
  for (const row of table.rows) {
    const at = (what: string) => () => `${table.name}, line ${row.line}: ${what}`;
    const name = tidy(row.get("scientificName") ?? "");
    const words = tidyOrNull(row.get(degreeColumn));
    const { degree, issue } = readDegree(words);
    if (issue !== null) options.issues.add(issue, at(`${name}: ${words ?? "no degree"}`));
    if (degree === null) continue;
    const key = parseGivenKey(row.get("GBIF taxonKey"));
    if (key.issue !== null) options.issues.add(key.issue.code, at(key.issue.what));
    rows.push({
      rowId: tidyOrNull(row.get("occurrenceID")) ?? lineId(row, options.issues, at),
      place: placeOf(row, options, at),
      scientificName: name,
      authorship: tidyOrNull(row.get("scientificNameAuthorship")),
      kingdom: tidyOrNull(row.get("kingdom")),
      rank: tidyOrNull(row.get("taxonRank")),
      ...givenKeyOf(key),
      degree,
      degreeOfEstablishment: words,
      establishmentMeans: tidyOrNull(row.get("establishmentMeans")),
      line: row.line,
    });
  }
  return rows;
}

type At = (what: string) => () => string;

function lineId(row: TextRow, issues: IssueCounter, at: At): string {
  issues.add("row-without-id", at("no occurrenceID; the line stands for it"));
  return `line-${row.line}`;
}

function placeOf(
  row: TextRow,
  options: { place: string | undefined; issues: IssueCounter },
  at: At,
): string | null {
  const locality = tidyOrNull(row.get("locality")) ?? options.place;
  if (locality === undefined) {
    options.issues.add("row-without-place", at("no locality"));
    return null;
  }
  const place = placeOfLocality(locality);
  if (place === null) options.issues.add("place-unknown", at(`locality ${locality} is none of AK, HI, L48`));
  return place ?? locality;
}
