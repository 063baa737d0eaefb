const words: Record<string, { title: string; meaning: string }> = {
  sites: { title: "Regions", meaning: "Regions with at least one species present." },
  species: { title: "Species", meaning: "Species present in at least one region." },
  whittaker: {
    title: "Whittaker’s beta",
    meaning:
      "How many times more species there are altogether than in an average region; 1 means every region has them all.",
  },
  lande: {
    title: "Lande’s beta",
    meaning: "How many species an average region lacks of all there are; 0 means none.",
  },
  legendre: {
    title: "Legendre’s beta",
    meaning: "Total variation of the matrix, as a sum of squares; 0 means all regions have the same species.",
  },
  schluter_sites: {
    title: "Schluter’s variance ratio, regions",
    meaning:
      "Whether regions resemble each other in their species: above 1 they do, below 1 they differ more than by chance.",
  },
  schluter_species: {
    title: "Schluter’s variance ratio, species",
    meaning:
      "Whether species occur together: above 1 they tend to share regions, below 1 they tend to avoid each other.",
  },
  c_score: {
    title: "Checkerboard score",
    meaning:
      "Mean number of pairs of regions that two species split between them; higher means species exclude each other more often.",
  },
};

/** What a diversity statistic is called and says, in a sentence for people who do not know it. */
export function explain(statistic: string): { title: string; meaning: string } {
  return words[statistic] ?? { title: statistic, meaning: "" };
}

/** Why a statistic has no value, from the size of the matrix. */
export function whyUndefined(
  statistic: string,
  size: { sites: number; species: number; minimum: number },
): string {
  if (size.sites === 0 || size.species === 0)
    return `no region has a species with at least ${size.minimum} ${size.minimum === 1 ? "record" : "records"}, so the matrix is empty`;
  if (statistic === "c_score" && size.species < 2)
    return "there is one species, so there are no pairs to compare";
  if (statistic.startsWith("schluter_sites") && size.species < 2)
    return "with one species, regions cannot vary";
  if (statistic.startsWith("schluter_species") && size.sites < 2)
    return "with one region, species cannot vary";
  if (statistic.startsWith("schluter"))
    return "there is no variance to compare: every region has the same share of species, all or none";
  return "it would divide by zero";
}
