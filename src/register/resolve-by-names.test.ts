import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { row } from "../../test/register/row.ts";
import { noSharedData, sharedFile } from "../../test/support/paths.ts";
import { parseRegister } from "./parse-register.ts";
import type { RegisterRow } from "./register-row.ts";
import { resolveByNames } from "./resolve-by-names.ts";
import type { Taxon } from "./taxon.ts";

function taxon(taxonKey: string, scientificName: string, more: Partial<Taxon> = {}): Taxon {
  return { taxonKey, acceptedTaxonKey: null, scientificName, rank: null, kingdom: null, ...more };
}

async function one(register: RegisterRow, taxa: Iterable<Taxon> | AsyncIterable<Taxon>, options = {}) {
  const [resolution] = await resolveByNames([register], taxa, options);
  return resolution;
}

describe("a register row's name among taxa", () => {
  it("matches across hybrid signs, rank markers, subgenera and authorship", async () => {
    const pairs = [
      ["Rosa X alba", "Rosa ×alba L."],
      ["Festuca guestfalica ssp. hirtula", "Festuca guestfalica subsp. hirtula (Hack. ex Travis) Dengler"],
      ["Ceratina arizonensis", "Ceratina (Ceratina) arizonensis Cockerell, 1898"],
      ["Aster novae-angliae", "Aster novaeangliae L."],
    ] as const;
    for (const [asked, there] of pairs) {
      expect(await one(row(asked), [taxon("7", there)])).toMatchObject({
        how: "exact",
        keyUsed: "7",
        acceptedName: there,
      });
    }
  });

  it("comes to the accepted taxon of a synonym, named even when that came before it", async () => {
    const taxa = [
      taxon("4925538", "Sabal palmetto (Walter) Lodd.", { status: "ACCEPTED" }),
      taxon("2732535", "Sabal parviflora Becc.", { acceptedTaxonKey: "4925538", status: "SYNONYM" }),
    ];
    const expected = { how: "exact", keyUsed: "4925538", acceptedName: "Sabal palmetto (Walter) Lodd." };
    expect(await one(row("Sabal parviflora"), taxa)).toMatchObject(expected);
    const stream = (async function* () {
      yield* [...taxa].reverse();
    })();
    expect(await one(row("Sabal parviflora"), stream)).toMatchObject(expected);
  });

  it("does not take a homonym of another kingdom, and says so", async () => {
    const insect = taxon("1427007", "Calopteryx Leach, 1815", { kingdom: "Animalia", rank: "GENUS" });
    const plant = taxon("3234109", "Calopteryx A.C.Sm.", { kingdom: "Plantae", rank: "GENUS" });
    expect(await one(row("Calopteryx", { kingdom: "Plantae" }), [insect, plant])).toMatchObject({
      how: "exact",
      keyUsed: "3234109",
    });
    expect(await one(row("Calopteryx", { kingdom: "Plantae" }), [insect])).toMatchObject({
      how: "none",
      keyUsed: null,
      candidateKey: "1427007",
      note: "kingdom Plantae expected, Calopteryx Leach, 1815 is in Animalia",
    });
    expect((await one(row("Calopteryx"), [insect, plant]))?.note).toMatch(/^ambiguous: 1427007 .*3234109/);
  });

  it("tells names of different authors apart", async () => {
    const taxa = [taxon("1", "Aus bus L."), taxon("2", "Aus bus Mill.", { status: "DOUBTFUL" })];
    expect(await one(row("Aus bus", { authorship: "Miller" }), taxa)).toMatchObject({
      how: "exact",
      keyUsed: "2",
    });
    expect(await one(row("Aus bus", { authorship: "L. (pro sp.)" }), taxa)).toMatchObject({
      how: "exact",
      keyUsed: "1",
    });
    expect(await one(row("Aus bus L."), taxa)).toMatchObject({ how: "exact", keyUsed: "1" });
  });

  it("without an author takes the one accepted taxon, and none where there are several", async () => {
    const accepted = taxon("1", "Aus bus L.", { status: "ACCEPTED" });
    const synonym = taxon("2", "Aus bus Mill.", { status: "HETEROTYPIC_SYNONYM", acceptedTaxonKey: "9" });
    expect(await one(row("Aus bus"), [synonym, accepted])).toMatchObject({
      how: "exact",
      keyUsed: "1",
      note: "2 taxa of this name; the one accepted was taken",
    });
    const other = taxon("3", "Aus bus Willd.", { status: "ACCEPTED" });
    expect(await one(row("Aus bus"), [accepted, other])).toMatchObject({
      how: "none",
      keyUsed: null,
      note: "ambiguous: 1 (Aus bus L.), 3 (Aus bus Willd.)",
    });
    // The register's key says which of them it means.
    expect(await one(row("Aus bus", { givenKey: "3" }), [accepted, other])).toMatchObject({
      how: "exact",
      keyUsed: "3",
    });
    expect(await one(row("Aus bus", { givenKey: "77" }), [accepted, other])).toMatchObject({
      how: "given",
      keyUsed: "77",
    });
  });

  it("accepts another author's name where there is just one, and says so", async () => {
    expect(await one(row("Aus bus", { authorship: "Willd." }), [taxon("1", "Aus bus L.")])).toMatchObject({
      how: "exact",
      note: "the register names the author Willd., the taxonomy Aus bus L.",
    });
  });

  it("prefers the taxon of its own rank, and takes no species for a subspecies", async () => {
    const taxa = [
      taxon("1", "Poa annua subsp. varia Gaudin", { rank: "SUBSPECIES" }),
      taxon("2", "Poa annua var. varia Rouy", { rank: "VARIETY" }),
    ];
    expect(await one(row("Poa annua var. varia", { rank: "Variety" }), taxa)).toMatchObject({
      how: "exact",
      keyUsed: "2",
    });
    const species = [taxon("5", "Poa annua L.", { rank: "SPECIES" })];
    expect(await one(row("Poa annua ssp. annua", { rank: "Subspecies" }), species)).toMatchObject({
      how: "none",
      keyUsed: null,
    });
  });

  it("leaves misapplied names alone", async () => {
    const misapplied = taxon("1", "Aus bus auct.", { status: "MISAPPLIED", acceptedTaxonKey: "2" });
    expect(await one(row("Aus bus"), [misapplied])).toMatchObject({ how: "none", keyUsed: null });
  });

  it("lists a name of another spelling for review, and uses it only if allowed", async () => {
    const taxa = [taxon("1", "Anas sylvestris L.")];
    const listed = { how: "fuzzy", candidateKey: "1", note: "spelled Anas sylvestris L. in the taxonomy" };
    expect(await one(row("Anas silvestre"), taxa)).toMatchObject({
      ...listed,
      keyUsed: null,
      acceptedName: null,
    });
    expect(await one(row("Anas silvestre"), taxa, { allowFuzzy: true })).toMatchObject({
      ...listed,
      keyUsed: "1",
    });
    expect(await one(row("Anas silvestre", { givenKey: "8" }), taxa, { allowFuzzy: true })).toMatchObject({
      how: "given",
      keyUsed: "8",
      candidateKey: "1",
    });
  });

  it("falls back to the register's key, unless that is of another checklist than the taxa", async () => {
    expect(await one(row("Aus bus", { givenKey: "5" }), [taxon("9", "Cus dus")])).toMatchObject({
      how: "given",
      keyUsed: "5",
    });
    expect(await one(row("Aus bus", { givenKey: "5" }), [taxon("4CGXP", "Cus dus")])).toMatchObject({
      how: "none",
      keyUsed: null,
      note: "no taxon of this name; the given key 5 is of another checklist",
    });
    expect(await one(row("Aus bus", { givenKey: "5" }), [taxon("4CGXP", "Aus bus L.")])).toMatchObject({
      how: "exact",
      keyUsed: "4CGXP",
      note: "the register gives key 5",
    });
  });

  it("takes of two taxa of one key the one with an author, whatever their order", async () => {
    const taxa = [
      taxon("5", "Gus hus", { rank: "SPECIES" }),
      taxon("5", "Gus hus Abel, 1900", { acceptedTaxonKey: "5" }),
      taxon("6", "Gus hus Baker, 1950", { acceptedTaxonKey: "6" }),
      taxon("6", "Gus hus", { rank: "SPECIES" }),
    ];
    for (const order of [taxa, [...taxa].reverse()]) {
      expect(await one(row("Gus hus", { authorship: "Baker, 1950" }), order)).toMatchObject({
        keyUsed: "6",
        acceptedName: "Gus hus Baker, 1950",
        note: null,
      });
      expect(await one(row("Gus hus", { authorship: "Cook, 1800" }), order.slice(0, 2))).toMatchObject({
        how: "exact",
        note: expect.stringContaining("the register names the author Cook, 1800, the taxonomy Gus hus"),
      });
      expect(await one(row("Nus nus", { givenKey: "6" }), order)).toMatchObject({
        how: "given",
        acceptedName: "Gus hus Baker, 1950",
      });
    }
  });

  it("falls back to the accepted key where the register's own is a synonym's, and says so", async () => {
    const taxa = [
      taxon("100", "Aus bus Smith, 1900", { status: "ACCEPTED" }),
      taxon("101", "Cus dus L.", { status: "SYNONYM", acceptedTaxonKey: "100" }),
      taxon("102", "Eus fus auct.", { status: "MISAPPLIED", acceptedTaxonKey: "100" }),
    ];
    for (const order of [taxa, [...taxa].reverse()]) {
      expect(await one(row("Foo bar", { givenKey: "101" }), order)).toMatchObject({
        how: "given",
        givenKey: "101",
        keyUsed: "100",
        acceptedName: "Aus bus Smith, 1900",
        note: "no taxon of this name; the given key 101 is that of a synonym, Cus dus L.: its accepted key is used",
      });
    }
    expect(await one(row("Foo bar", { givenKey: "102" }), taxa)).toMatchObject({ keyUsed: "102" });
    expect(await one(row("Foo bar", { givenKey: "100" }), taxa)).toMatchObject({
      keyUsed: "100",
      note: "no taxon of this name",
    });
  });

  it("of a row without a name comes to nothing", async () => {
    expect(await one(row(""), [taxon("1", "Aus bus")])).toMatchObject({
      how: "none",
      note: "the row has no name",
    });
  });

  it("comes to the same whatever the order of the taxa", async () => {
    const list = [
      taxon("1", "Aus bus L.", { status: "ACCEPTED", kingdom: "Plantae" }),
      taxon("2", "Aus bus Mill.", { status: "SYNONYM", acceptedTaxonKey: "1", kingdom: "Plantae" }),
      taxon("3", "Aus bus Dana, 1852", { status: "ACCEPTED", kingdom: "Animalia" }),
      taxon("4", "Aus cus", { status: "ACCEPTED" }),
      taxon("5", "Aus buus", { status: "ACCEPTED" }),
    ];
    const rows = [
      row("Aus bus", { kingdom: "Plantae" }),
      row("Aus bus"),
      row("Aus cus"),
      row("Aus dus", { givenKey: "4" }),
    ];
    const inOrder = await resolveByNames(rows, list);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(list, { minLength: list.length }), async (taxa) => {
        const keys = (await resolveByNames(rows, taxa)).map(({ how, keyUsed }) => [how, keyUsed]);
        expect(keys).toEqual(inOrder.map(({ how, keyUsed }) => [how, keyUsed]));
      }),
      { numRuns: 30 },
    );
  });
});

describe.skipIf(noSharedData)("GRIIS Belgium against its own names", () => {
  it("finds every taxon by name and nothing else", async () => {
    const { rows } = await parseRegister({ path: sharedFile("register/griis-belgium.zip") });
    const taxa = rows.map((one) =>
      taxon(one.givenKey ?? "", one.scientificName, { rank: one.rank, kingdom: one.kingdom }),
    );
    const resolutions = await resolveByNames(
      rows.map((one) => ({ ...one, givenKey: null })),
      taxa,
    );
    const wrong = resolutions.filter(
      ({ how, keyUsed }, index) => how === "exact" && keyUsed !== rows[index]?.givenKey,
    );
    expect(wrong).toEqual([]);
    const unclear = resolutions.filter(({ how }) => how !== "exact");
    expect(unclear.every(({ note }) => note?.startsWith("ambiguous"))).toBe(true);
    expect(unclear.length).toBeLessThan(10);
  });
});
