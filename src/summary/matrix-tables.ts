import type { ColumnSchema, TablePattern } from "./table-schema.ts";

const whole = (name: string, description: string, unit: string): ColumnSchema => ({
  name,
  type: "BIGINT",
  description,
  unit,
});
const real = (name: string, description: string): ColumnSchema => ({
  name,
  type: "DOUBLE",
  description,
  unit: "1",
});
const regionId: ColumnSchema = {
  name: "region_id",
  type: "VARCHAR",
  description: "Identifier of the region, a site of the matrix",
};
const speciesKey: ColumnSchema = {
  name: "species_key",
  type: "VARCHAR",
  description: "Key of the species in the checklist that the records carry, as text",
};

/** Tables that only the layers with a matrix have. */
export const matrixTables: readonly TablePattern[] = [
  {
    name: "LAYER_x_species_matrix",
    per: "matrix",
    title: "Heat matrix of LAYER regions and species: sparse, in coordinate form, unfiltered",
    columns: [
      regionId,
      speciesKey,
      whole("occ_count", "Occurrence records of the species in the region", "records"),
    ],
    primaryKey: ["region_id", "species_key"],
    sortKeys: ["region_id", "species_key"],
  },
  {
    name: "LAYER_x_species_site_stats",
    per: "matrix",
    title: "Statistics of each site of the presence-absence matrix of LAYER regions and species",
    columns: [
      regionId,
      whole("alpha", "Richness: species at the site", "species"),
      real("alpha_proportional", "alpha over the number of species"),
      whole("phi", "Range size per site: sum of the range sizes of the site's species", "sites"),
      real("phi_average_proportional", "phi over the number of sites times alpha"),
    ],
    primaryKey: ["region_id"],
    sortKeys: ["region_id"],
  },
  {
    name: "LAYER_x_species_species_stats",
    per: "matrix",
    title: "Statistics of each species of the presence-absence matrix of LAYER regions and species",
    columns: [
      speciesKey,
      whole("omega", "Range size: sites where the species is present", "sites"),
      real("omega_proportional", "omega over the number of sites"),
      whole("psi", "Range richness: sum of the richness of the species' sites", "species"),
      real("psi_average_proportional", "psi over the number of species times omega"),
    ],
    primaryKey: ["species_key"],
    sortKeys: ["species_key"],
  },
  {
    name: "LAYER_x_species_diversity_stats",
    per: "matrix",
    title: "Statistics of the whole presence-absence matrix of LAYER regions and species",
    columns: [
      {
        name: "statistic",
        type: "VARCHAR",
        description:
          "sites, species, whittaker, lande, legendre (beta diversity), schluter_sites, schluter_species (variance ratios), c_score (checkerboard score)",
      },
      real("value", "Value of the statistic; null where it is undefined"),
    ],
    primaryKey: ["statistic"],
    sortKeys: [],
  },
];
