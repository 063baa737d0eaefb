import { expect, it } from "vitest";
import { row } from "../../../test/register/row.ts";
import { type Engine, literal, openEngine } from "../../engine/index.ts";
import { type RegisterRow, resolveByNames } from "../../register/index.ts";
import { taxaOf } from "./resolve.ts";

type Taxon = readonly [
  rank: string,
  name: string,
  key: string,
  accepted: string | null,
  speciesKey: string,
  species: string,
];

async function resolved(taxa: readonly Taxon[], register: RegisterRow) {
  const engine: Engine = await openEngine();
  const values = taxa.map((taxon) => `(${taxon.map((text) => (text === null ? "NULL" : literal(text)))})`);
  const relation = `SELECT *, 'Plantae' AS kingdom FROM (VALUES ${values.join(", ")})
    AS record(taxonrank, scientificname, taxonkey, acceptedtaxonkey, specieskey, species)`;
  try {
    const [resolution] = await resolveByNames([register], taxaOf(engine, relation));
    return resolution;
  } finally {
    engine.close();
  }
}

it("a species that stands under another species key is its synonym, and comes to it by name", async () => {
  const expected = { how: "exact", keyUsed: "1000013", acceptedName: "Rus sus W." };
  const records: Taxon[] = [
    ["SPECIES", "Tus uus V.", "1000012", null, "1000013", "Rus sus"],
    ["SPECIES", "Rus sus W.", "1000013", null, "1000013", "Rus sus"],
    ["SUBSPECIES", "Rus sus subsp. sus", "1000015", null, "1000013", "Rus sus"],
  ];
  expect(await resolved(records, row("Tus uus", { authorship: "V." }))).toMatchObject(expected);
  // A subspecies stands under its species' key and is no synonym of it.
  expect(await resolved(records, row("Rus sus subsp. sus"))).toMatchObject({ keyUsed: "1000015" });
  // The accepted key that is said counts; the bare name of the species stands in where no record bears it.
  const said: Taxon[] = [["species ", "Tus uus V.", "1000012", "1000099", "1000013", "Rus sus"]];
  expect(await resolved(said, row("Tus uus"))).toMatchObject({ keyUsed: "1000099" });
  expect(
    await resolved([["Species ", "Tus uus V.", "1000092", null, "1000013", "Rus sus"]], row("Tus uus")),
  ).toMatchObject({ keyUsed: "1000013", acceptedName: "Rus sus" });
});

it("a synonym's accepted taxon is named though its key comes first", async () => {
  const records: Taxon[] = [
    ["SPECIES", "Hystrix sibirica (Trautv.) Kuntze", "5289871", null, "4129647", "Leymus sibiricus"],
    ["SPECIES", "Leymus sibiricus (Trautv.) J.L.Yang", "4129647", null, "4129647", "Leymus sibiricus"],
  ];
  expect(await resolved(records, row("Hystrix sibirica"))).toMatchObject({
    keyUsed: "4129647",
    acceptedName: "Leymus sibiricus (Trautv.) J.L.Yang",
  });
});

it.each([true, false])("authors tell homonyms apart, accepted keys filled: %s", async (filled) => {
  const records: Taxon[] = [
    ["SPECIES", "Gus hus Abel, 1900", "1000005", filled ? "1000005" : null, "1000005", "Gus hus"],
    ["SPECIES", "Gus hus Baker, 1950", "1000006", filled ? "1000006" : null, "1000006", "Gus hus"],
  ];
  expect(await resolved(records, row("Gus hus", { authorship: "Baker, 1950" }))).toMatchObject({
    how: "exact",
    keyUsed: "1000006",
    note: null,
  });
  expect(await resolved(records.slice(0, 1), row("Gus hus", { authorship: "Cook, 1800" }))).toMatchObject({
    keyUsed: "1000005",
    note: "the register names the author Cook, 1800, the taxonomy Gus hus Abel, 1900",
  });
});
