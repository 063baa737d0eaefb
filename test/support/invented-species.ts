import type { MapGeometry } from "../../src/report/index.ts";

/** Records of a species in a county. */
export interface Cell {
  region_id: string;
  region_name: string;
  species_key: string;
  species: string;
  riis_assessment: string | null;
  occ_count: number;
}

const genera = [
  "Sturnus",
  "Passer",
  "Turdus",
  "Acer",
  "Quercus",
  "Carduus",
  "Bromus",
  "Rana",
  "Salmo",
  "Vulpes",
  "Lepus",
  "Pieris",
  "Apis",
  "Bombus",
  "Larus",
];
const epithets = [
  "vulgaris",
  "domesticus",
  "migratorius",
  "rubrum",
  "alba",
  "nutans",
  "tectorum",
  "pipiens",
  "trutta",
  "fulva",
  "americanus",
  "rapae",
  "mellifera",
  "impatiens",
  "argentatus",
];
const kinds = [
  ["Animalia", "Aves"],
  ["Plantae", "Magnoliopsida"],
  ["Animalia", "Insecta"],
  ["Animalia", "Mammalia"],
  ["Fungi", "Agaricomycetes"],
] as const;

/** So many species, always the same; with `hostile` the first is called what a page must not run. */
export function inventSpecies(
  n: number,
  hostile: boolean,
): {
  species_key: string;
  species: string;
  kingdom: string;
  class: string;
  family: string;
  first_year: number;
  last_year: number;
}[] {
  return Array.from({ length: n }, (_, i) => {
    const [kingdom, group] = kinds[i % kinds.length] as (typeof kinds)[number];
    const name = `${genera[i % genera.length]} ${epithets[(i * 7 + Math.floor(i / 15)) % epithets.length]}${i >= 225 ? ` var${Math.floor(i / 225)}` : ""}`;
    return {
      species_key: String(2_480_000 + 37 * i),
      species: hostile && i === 0 ? "<script>window.hacked = 1</script>" : name,
      kingdom,
      class: group,
      family: `${genera[i % genera.length]}idae`,
      first_year: 1880 + (i % 90),
      last_year: 2024 - (i % 7),
    };
  });
}

/** Records of species in counties: few or very many, and in one county of forty none. */
export function inventCells(
  counties: MapGeometry,
  species: ReturnType<typeof inventSpecies>,
  random: () => number,
): Cell[] {
  const cells: Cell[] = [];
  const territories = new Set(["60", "66", "69", "72", "78"]);
  for (const [i, id] of counties.ids.entries()) {
    // One county in forty has nothing; the others have few records or very many.
    if (random() < 0.025) continue;
    const state = Number(id.slice(0, 2));
    const effort = Math.exp(5 * random() * random() + Math.sin(state / 3) + 0.5);
    const seen = new Set<number>();
    for (let k = 0; k < effort * 4; k++) seen.add(Math.floor(species.length * random() ** 3));
    for (const s of [...seen].sort((a, b) => a - b)) {
      const one = species[s] as (typeof species)[number];
      const lean = Math.sin(state) * 0.1;
      const listed = (s * 7919) % 100;
      const assessment =
        listed < 12 + 30 * lean ? "introduced" : listed < 18 + 40 * lean ? "invasive" : "presumed_native";
      cells.push({
        region_id: id,
        region_name: counties.names[i] as string,
        species_key: one.species_key,
        species: one.species,
        riis_assessment: territories.has(id.slice(0, 2)) ? null : assessment,
        occ_count: 1 + Math.floor(effort * random() ** 4 * (1 + 200 / (s + 5))),
      });
    }
  }
  return cells;
}
