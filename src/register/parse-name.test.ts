import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noSharedData, sharedFile } from "../../test/support/paths.ts";
import { readText } from "./decode-text.ts";
import { nameKey, parseName } from "./parse-name.ts";
import { openSourceFiles } from "./source-files.ts";
import { parseTextTable } from "./text-table.ts";

const canonical: [string, string, string | null][] = [
  ["Achillea millefolium", "Achillea millefolium", null],
  ["Achillea millefolium L.", "Achillea millefolium", "L."],
  [
    "Festuca guestfalica subsp. hirtula (Hack. ex Travis) Dengler",
    "Festuca guestfalica hirtula",
    "(Hack. ex Travis) Dengler",
  ],
  ["Festuca rubra ssp. fallax", "Festuca rubra fallax", null],
  ["Aira caryophyllea var. caryophyllea", "Aira caryophyllea caryophyllea", null],
  [
    "Oenothera glazioviana f. rubricalyx (R.R.Gates) Lambinon",
    "Oenothera glazioviana rubricalyx",
    "(R.R.Gates) Lambinon",
  ],
  ["Quercus robur L. f. fastigiata (Lam.) O.Schwarz", "Quercus robur fastigiata", "(Lam.) O.Schwarz"],
  ["Aus bus Hook. f. ex Thom", "Aus bus", "Hook. f. ex Thom"],
  ["Mentha X gracilis", "Mentha gracilis", null],
  ["Crocus ×luteus Lam.", "Crocus luteus", "Lam."],
  ["Crocus × luteus", "Crocus luteus", null],
  ["Acer x freemanii", "Acer freemanii", null],
  [
    "×Cupressocyparis leylandii (A.B.Jacks. & Dallim.) Dallim.",
    "Cupressocyparis leylandii",
    "(A.B.Jacks. & Dallim.) Dallim.",
  ],
  ["Ceratina (Ceratina) arizonensis Cockerell, 1898", "Ceratina arizonensis", "Cockerell, 1898"],
  ["Achillea de Haan, 1833", "Achillea", "de Haan, 1833"],
  ["Aus bus van der Hoeven", "Aus bus", "van der Hoeven"],
  ["Hippodamia quinquesignata ambigua LeConte, 1852", "Hippodamia quinquesignata ambigua", "LeConte, 1852"],
  ["Aus bus subsp. cus var. dus", "Aus bus dus", null],
  ["Coccinella 7-punctata Linnaeus", "Coccinella 7-punctata", "Linnaeus"],
  ["Candidatus liberibacter asiaticus", "Liberibacter asiaticus", null],
  ["Puccinia striiformis f. sp. tritici", "Puccinia striiformis tritici", null],
  ["Banana bunchy top virus", "Banana bunchy top virus", null],
  ["Solenopsis invicta X richteri", "Solenopsis invicta X richteri", null],
  ["  Achillea\u00a0 millefolium\u200b L. ", "Achillea millefolium", "L."],
];

describe("a scientific name taken apart", () => {
  it.each(canonical)("%s", (text, name, authorship) => {
    expect(parseName(text)).toMatchObject({ canonical: name, authorship });
  });

  it("does not take open nomenclature for the species", () => {
    for (const text of ["Aus cf. bus", "Aus sp.", "Aus bus agg."]) {
      expect([parseName("Aus bus").key, parseName("Aus").key]).not.toContain(parseName(text).key);
    }
  });

  it("compares without marks, hyphens and case", () => {
    expect(parseName("Aster novae-angliae L.").key).toBe(parseName("Aster novaeangliae").key);
    expect(nameKey("Isoëtes × brochoni")).toBe(nameKey("Isoetes brochoni"));
    expect(parseName("Solenopsis invicta × richteri").key).toBe(
      parseName("Solenopsis invicta X richteri").key,
    );
  });

  it("takes its own canonical name apart to the same", () => {
    const word = fc
      .stringMatching(/^[a-z]{4,9}$/)
      .filter((text) => !/^(subsp|morph|form|race|convar|auct|emend|sensu|della)/.test(text));
    fc.assert(
      fc.property(
        word,
        word,
        fc.option(word),
        fc.constantFrom("", " L.", " (Mill.) Willd., 1799"),
        (genus, species, below, author) => {
          const name = [genus.charAt(0).toUpperCase() + genus.slice(1), species, below]
            .filter(Boolean)
            .join(" ");
          expect(parseName(name + author).canonical).toBe(name);
          expect(parseName(parseName(name + author).canonical).key).toBe(nameKey(name));
        },
      ),
    );
  });

  it("ends on any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => typeof parseName(text).key === "string"),
    );
  });
});

describe.skipIf(noSharedData)("the names of GRIIS Belgium", () => {
  it("come to the canonical name and authorship that GBIF's own parser found", async () => {
    const files = await openSourceFiles(sharedFile("register/griis-belgium.zip"));
    const { text } = await readText(await files.open("data_interim_taxa_unified.csv"), files.path);
    files.close();
    const { rows } = parseTextTable(text, "unified");
    const other = rows.filter(
      (row) => parseName(row.get("scientificName") ?? "").key !== nameKey(row.get("canonicalName") ?? ""),
    );
    // Three hybrid formulas, which have no canonical name, and one name with a comma in the place of its author.
    expect(other.map((row) => row.get("scientificName"))).toEqual([
      "Cercidiphyllum japonicum, 1852",
      "Lysichiton americanus × camtschatcensis",
      "Centaurea jacea x nigrescens",
      "Caryopteris incana x mongholica",
    ]);
    const authors = rows.filter(
      (row) =>
        (parseName(row.get("scientificName") ?? "").authorship ?? "") !== row.get("authorship")?.trim(),
    );
    // Those written without the author that the table gives (autonyms), and the comma again.
    expect(authors.length).toBe(11);
    expect(rows.length).toBe(3899);
  });
});
