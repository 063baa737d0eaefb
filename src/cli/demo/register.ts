import { type Degree, keysOf, type Place, sampleSpecies } from "./species.ts";

// biome-ignore format: as wide as a header
const header = [
  "locality", "scientificName", "scientificNameAuthorship", "vernacularName", "taxonRank",
  "establishmentMeans", "degreeOfEstablishment", "isHybrid", "pathway", "habitat", "Biocontrol",
  "associatedTaxa", "eventRemarks", "IntroDateNumber", "taxonRemarks", "kingdom", "phylum", "class",
  "order", "family", "taxonomicStatus", "ITIS_TSN", "GBIF_taxonKey", "taxonID", "Authority", "WebLink",
  "associatedReferences", "eventDate", "modified", "Update_Remarks", "occurrenceRemarks", "occurrenceID",
] as const;

type RegisterRow = Partial<Record<(typeof header)[number], string>>;

const words: Readonly<Record<Degree, string>> = {
  C3: "established (category C3)",
  D2: "invasive (category D2)",
  E: "widespread invasive (category E)",
};

const places: readonly Place[] = ["AK", "HI", "L48"];

/** The sample's register as US-RIIS version 2 writes its master list: CSV text with CRLF line ends. */
export function sampleRegister(): string {
  const rows: RegisterRow[] = [];
  for (const place of places) {
    sampleSpecies.forEach((species, index) => {
      const degree = species.degrees[place];
      if (degree === undefined) return;
      const { kingdom, phylum, class: group, order, family, name, author, english } = species;
      const row = {
        locality: place,
        scientificName: name,
        scientificNameAuthorship: author,
        vernacularName: english,
        taxonRank: "Species",
        degreeOfEstablishment: words[degree],
        kingdom,
        phylum,
        class: group,
        order,
        family,
        GBIF_taxonKey: keysOf(index).species,
      };
      rows.push(row);
      // Two rows of one taxon that differ: the rule of precedence has something to decide.
      if (place === "L48" && species.subspecies !== undefined && degree !== "C3") {
        rows.push({
          ...row,
          degreeOfEstablishment: words.C3,
          taxonRemarks: "An invented second row of the same taxon",
        });
      }
    });
    // What does not resolve is listed in the run's register_resolution.
    rows.push({
      locality: place,
      scientificName: "Inventa nusquam",
      vernacularName: "A species that does not exist",
      taxonRank: "Species",
      degreeOfEstablishment: words.D2,
    });
  }
  const filled = rows.map((row, index) => ({
    ...row,
    establishmentMeans: "introduced (alien, exotic, non-native, nonindigenous)",
    Authority: "Synthetic sample of bisonflow: invented",
    occurrenceRemarks: "Invented",
    occurrenceID: `SYNTHETIC-${row.locality}-${String(index + 1).padStart(4, "0")}`,
  }));
  const lines = [
    header.join(","),
    ...filled.map((row: RegisterRow) => header.map((column) => field(row[column] ?? "")).join(",")),
  ];
  return `${lines.join("\r\n")}\r\n`;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
