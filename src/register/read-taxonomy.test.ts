import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { IssueCounter } from "../trouble/index.ts";
import { readTaxonomy } from "./read-taxonomy.ts";
import type { Taxon } from "./taxon.ts";

const folder = temporaryFolder();
let made = 0;

function file(name: string, content: string | Buffer): string {
  const path = join(folder, String(made++));
  mkdirSync(path);
  writeFileSync(join(path, name), content);
  return join(path, name);
}

async function all(path: string, issues?: IssueCounter): Promise<Taxon[]> {
  const taxa: Taxon[] = [];
  for await (const taxon of readTaxonomy(path, issues === undefined ? {} : { issues })) taxa.push(taxon);
  return taxa;
}

const backboneHeader =
  "taxonID\tdatasetID\tparentNameUsageID\tacceptedNameUsageID\toriginalNameUsageID\tscientificName\tscientificNameAuthorship\tcanonicalName\ttaxonRank\ttaxonomicStatus\tkingdom";
const backbone = [
  backboneHeader,
  "2489005\td\t1\t\t\tAcridotheres tristis (Linnaeus, 1766)\t(Linnaeus, 1766)\tAcridotheres tristis\tspecies\taccepted\tAnimalia",
  '2732535\td\t1\t4925538\t\tSabal "parviflora" Becc.\tBecc.\tSabal parviflora\tspecies\tsynonym\tPlantae',
].join("\n");

function simple(fields: Record<number, string>): string {
  return Array.from({ length: 30 }, (_, index) => fields[index] ?? "\\N").join("\t");
}

const simpleRows = `${simple({ 0: "2489005", 1: "2488999", 3: "f", 4: "ACCEPTED", 5: "SPECIES", 10: "1", 18: "Acridotheres tristis (Linnaeus, 1766)", 19: "Acridotheres tristis" })}
${simple({ 0: "2732535", 1: "4925538", 3: "t", 4: "SYNONYM", 5: "SPECIES", 10: "6", 18: "Sabal\\tparviflora Becc.", 19: "Sabal parviflora" })}
`;

const expected = [
  { taxonKey: "2489005", acceptedTaxonKey: null, canonicalName: "Acridotheres tristis", kingdom: "Animalia" },
  { taxonKey: "2732535", acceptedTaxonKey: "4925538", canonicalName: "Sabal parviflora", kingdom: "Plantae" },
];

describe("a local taxonomy", () => {
  it("is GBIF's backbone with Darwin Core headers, where a quote is a letter", async () => {
    const taxa = await all(file("Taxon.tsv", backbone));
    expect(taxa).toMatchObject(expected);
    expect(taxa[1]?.scientificName).toBe('Sabal "parviflora" Becc.');
  });

  it("is GBIF's backbone as simple text, packed or not", async () => {
    expect(await all(file("simple.txt", simpleRows))).toMatchObject(expected);
    expect(await all(file("simple.txt.gz", gzipSync(simpleRows)))).toMatchObject(expected);
    expect((await all(file("simple.txt", simpleRows)))[1]?.scientificName).toBe("Sabal parviflora Becc.");
  });

  it("is a CSV with quoted fields, BOM and CRLF; the author is added to a bare name", async () => {
    const text =
      '\ufefftaxonID,scientificName,scientificNameAuthorship,acceptedNameUsage\r\nhttps://www.gbif.org/species/5,"Aus\nbus","L., 1753",Aus cus\r\n';
    expect(await all(file("taxa.csv", text))).toMatchObject([
      { taxonKey: "5", scientificName: "Aus bus L., 1753", acceptedName: "Aus cus" },
    ]);
  });

  it("is a Darwin Core Archive: its core by meta.xml, its other tables not", async () => {
    const path = join(folder, "archive");
    mkdirSync(path);
    writeFileSync(
      join(path, "meta.xml"),
      `<archive xmlns="http://rs.tdwg.org/dwc/text/"><core fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="http://rs.tdwg.org/dwc/terms/Taxon"><files><location>t.txt</location></files><id index="0"/><field index="1" term="http://rs.tdwg.org/dwc/terms/scientificName"/><field index="2" term="http://rs.tdwg.org/dwc/terms/acceptedNameUsageID"/></core></archive>`,
    );
    writeFileSync(join(path, "t.txt"), "x\ty\tz\n4CGXP\tPanthera leo\t\nCFSCR\tFelis leo\t4CGXP\n");
    writeFileSync(join(path, "vernacular.txt"), "x\ty\nlion\ten\n");
    expect(await all(path)).toMatchObject([
      { taxonKey: "4CGXP", acceptedTaxonKey: null },
      { taxonKey: "CFSCR", acceptedTaxonKey: "4CGXP" },
    ]);
  });

  it("may be ColDP, where the parent of a synonym is its accepted taxon", async () => {
    const text =
      "col:ID\tcol:parentID\tcol:status\tcol:scientificName\tcol:authorship\tcol:rank\nA\tB\taccepted\tAus bus\tL.\tspecies\nC\tA\tsynonym\tCus bus\tMill.\tspecies\n";
    expect(await all(file("NameUsage.tsv", text))).toMatchObject([
      { taxonKey: "A", acceptedTaxonKey: null, scientificName: "Aus bus L." },
      { taxonKey: "C", acceptedTaxonKey: "A" },
    ]);
  });

  it("can be looped over again", async () => {
    const taxonomy = readTaxonomy(file("Taxon.tsv", backbone));
    for (let round = 0; round < 2; round++) {
      let count = 0;
      for await (const _taxon of taxonomy) count++;
      expect(count).toBe(2);
    }
  });

  it("ends rows at line feeds alone, whatever else a name holds, and reads letters cut by a piece's end", async () => {
    const name = "Aüs bus Ångström\u2028\u0085, 1900";
    const rows = Array.from(
      { length: 5000 },
      (_, index) => `${index + 1}\t${name}\t${"ø".repeat(index % 40)}`,
    );
    const taxa = await all(file("taxa.tsv", `taxonID\tscientificName\tx\r\n${rows.join("\r\n")}`));
    expect(taxa.length).toBe(5000);
    expect(new Set(taxa.map((taxon) => taxon.scientificName))).toEqual(new Set(["Aüs bus Ångström , 1900"]));
    expect(taxa.at(-1)?.taxonKey).toBe("5000");
  });

  it("counts rows without an id or a name", async () => {
    const issues = new IssueCounter();
    expect(await all(file("taxa.tsv", "taxonID\tscientificName\n1\tAus bus\n2\n\t\n"), issues)).toHaveLength(
      1,
    );
    expect(issues.list()).toMatchObject([{ code: "taxon-incomplete", count: 2 }]);
  });

  it("is refused where it is none, and where it is cut short", async () => {
    await expect(all(file("x.csv", "a,b\n1,2\n"))).rejects.toMatchObject({ code: "taxonomy-unknown" });
    await expect(all(join(folder, "absent"))).rejects.toMatchObject({ code: "input-not-found" });
    const packed = gzipSync(simpleRows.repeat(2000));
    const cut = file("simple.txt.gz", packed.subarray(0, packed.length - 200));
    await expect(all(cut)).rejects.toMatchObject({ code: "taxonomy-damaged" });
  });
});
