import { qualityFlags } from "../occurrence/index.ts";
import { ambiguousFlag } from "./flag-columns.ts";

const rules: Record<string, string> = {
  country: "Not in the country: the country code is another one or missing",
  coordinates: "No usable coordinates: one is missing, not a number, or out of range",
  occurrence_status: "Recorded as absent: the occurrence status is not PRESENT",
  taxon_rank: "Not identified to species: the taxon rank is higher than species, or missing",
  basis_of_record:
    "Not an observation or a preserved specimen: fossils, machine observations, material samples and others",
  years: "Outside the chosen years",
  taxa: "Not among the chosen taxa",
  coordinate_uncertainty: "Coordinates less certain than chosen",
  issues: "Carries an issue that was chosen to be left out",
  zero_coordinates: "Latitude and longitude are both zero",
};

/** Plain words for a rule of the profile. */
export function ruleDescription(rule: string): string {
  return rules[rule] ?? rule.replaceAll("_", " ");
}

/** Plain words for the column of a quality flag that a plan asked for. */
export function flagDescription(column: string, asked: readonly string[]): string {
  if (column === `flag_${ambiguousFlag}`)
    return "Coordinate uncertainty reaches across the nearest border of the region";
  const known = qualityFlags(
    asked.filter((flag) => flag !== ambiguousFlag),
    {},
  );
  return known.find(({ name }) => name === column)?.description ?? column;
}
