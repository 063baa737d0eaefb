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

const flags: Record<string, string> = {
  flag_zero_coordinates: "Latitude and longitude are both zero",
  flag_equal_coordinates: "Latitude equals longitude",
  flag_country_centroid: "At the centre of a country, often a stand-in for an unknown place",
  flag_state_centroid: "At the centre of a state, often a stand-in for an unknown place",
  flag_swapped_coordinates: "Outside every region, but inside with latitude and longitude swapped",
  flag_negated_coordinates: "Outside every region, but inside with a sign turned",
  flag_ambiguous_placement: "Coordinate uncertainty reaches across the nearest border of the region",
};

/** Plain words for a rule of the profile. */
export function ruleDescription(rule: string): string {
  return rules[rule] ?? rule.replaceAll("_", " ");
}

/** Plain words for a quality flag. */
export function flagDescription(flag: string): string {
  return flags[flag] ?? `GBIF flagged the issue ${flag.replace(/^flag_/, "").toUpperCase()}`;
}
