import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noSharedData, sharedFile, temporaryFolder } from "../../test/support/paths.ts";
import type { UserError } from "../trouble/index.ts";
import { parseRegister, type RegisterSource } from "./parse-register.ts";

const folder = temporaryFolder();
let made = 0;

function file(text: string | Buffer, name = "register.csv"): string {
  const path = join(folder, `${made++}`);
  mkdirSync(path);
  writeFileSync(join(path, name), text);
  return join(path, name);
}

function files(texts: Record<string, string>): string {
  const path = join(folder, `${made++}`);
  mkdirSync(path);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(path, name), text);
  return path;
}

function zipped(path: string): string {
  const zip = `${path}.zip`;
  const made = spawnSync("python3", [
    "-m",
    "zipfile",
    "-c",
    zip,
    ...readdirSync(path).map((name) => join(path, name)),
  ]);
  expect(made.status).toBe(0);
  return zip;
}

async function refusal(source: RegisterSource): Promise<UserError> {
  return parseRegister(source).then(
    () => expect.unreachable("it was read"),
    (error: UserError) => error,
  );
}

const v1 =
  "locality,scientificName,scientificNameAuthorship,taxonRank,Introduced or Invasive,kingdom,GBIF taxonKey,occurrenceID";
const v2 =
  "locality,scientificName,scientificNameAuthorship,vernacularName,taxonRank,establishmentMeans,degreeOfEstablishment,isHybrid,pathway,habitat,Biocontrol,associatedTaxa,eventRemarks,IntroDateNumber,taxonRemarks,kingdom,phylum,class,order,family,taxonomicStatus,ITIS_TSN,GBIF_taxonKey,taxonID,Authority,WebLink,associatedReferences,eventDate,modified,Update_Remarks,occurrenceRemarks,occurrenceID";

function v2Row(fields: Record<string, string>): string {
  return v2
    .split(",")
    .map((column) => fields[column] ?? "")
    .map((value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
    .join(",");
}

describe.skipIf(noSharedData)("US-RIIS version 1 as published", () => {
  it("is read row for row", async () => {
    const register = await parseRegister({ path: sharedFile("register/US-RIIS_MasterList_2021.csv") });
    const { rows } = register;
    const count = (wanted: (row: (typeof rows)[number]) => boolean) => rows.filter(wanted).length;
    expect(register.format).toBe("us-riis-v1");
    expect(rows.length).toBe(15_264);
    expect(["L48", "HI", "AK"].map((place) => count((row) => row.place === place))).toEqual([
      8657, 6075, 532,
    ]);
    expect(count((row) => row.givenKey === null)).toBe(1781);
    expect(count((row) => row.degree === "invasive")).toBe(3885);
    expect(count((row) => row.degree === "introduced")).toBe(11_379);
    expect(register.checklist).toBe("gbif-backbone");
    expect(register.licence).toContain("Public domain");
    expect(register.citation).toContain("10.5066/P95XL09Q");
    expect(register.issues).toEqual([
      {
        code: "key-repeated",
        count: 2,
        example:
          "line 4777: Perilitus vittatae has the place and key of line 4775, Perigona nigriceps (HI 9716265)",
      },
    ]);
    expect(new Set(rows.map((row) => row.rowId)).size).toBe(15_264);
    expect(rows[0]).toEqual({
      rowId: "USRIIS-AK-Plantae5768",
      place: "AK",
      scientificName: "Achillea filipendulina",
      authorship: "Lam.",
      kingdom: "Plantae",
      rank: "Species",
      givenKey: "3120284",
      degree: "invasive",
      degreeOfEstablishment: "Invasive",
      establishmentMeans: null,
      line: 2,
    });
    expect(rows.at(-1)?.line).toBe(15_265);
  });
});

describe("US-RIIS version 2", () => {
  const rows = [
    v2Row({
      locality: "L48",
      scientificName: "Acer platanoides",
      degreeOfEstablishment: "invasive (category D2)",
      GBIF_taxonKey: "3189846",
      occurrenceID: "a",
      establishmentMeans: "introduced (alien, exotic, non-native, nonindigenous)",
      kingdom: "Plantae",
    }),
    v2Row({
      locality: "HI",
      scientificName: "Acridotheres tristis",
      degreeOfEstablishment: "widespread invasive (category E)",
      GBIF_taxonKey: "2489005.0",
      occurrenceID: "b",
      taxonRemarks: 'a "remark"\nover two lines',
    }),
    v2Row({
      locality: "ak",
      scientificName: " Poa\u00a0annua ",
      degreeOfEstablishment: "established (category C3)",
      GBIF_taxonKey: " ",
      occurrenceID: "c",
    }),
  ];

  it("is detected by its header and read, with BOM, CRLF and quoted line ends", async () => {
    const register = await parseRegister({ path: file(`\ufeff${[v2, ...rows].join("\r\n")}\r\n`) });
    expect(register.format).toBe("us-riis-v2");
    expect(
      register.rows.map((row) => [
        row.rowId,
        row.place,
        row.scientificName,
        row.degree,
        row.givenKey,
        row.line,
      ]),
    ).toEqual([
      ["a", "L48", "Acer platanoides", "invasive", "3189846", 2],
      ["b", "HI", "Acridotheres tristis", "invasive", "2489005", 3],
      ["c", "AK", "Poa annua", "introduced", null, 5],
    ]);
    expect(register.rows[0]?.establishmentMeans).toBe(
      "introduced (alien, exotic, non-native, nonindigenous)",
    );
    expect(register.issues.map(({ code, count }) => [code, count])).toEqual([["key-normalised", 1]]);
    expect(register.citation).toContain("ver. 2.0");
  });

  it("needs only its essential columns, in any order and case", async () => {
    const { format, rows } = await parseRegister({
      path: file("GBIF_TAXONKEY;DEGREEOFESTABLISHMENT;SCIENTIFICNAME;LOCALITY\n1;Invasive;Aus bus;HI\n"),
    });
    expect([format, rows.length, rows[0]?.rowId, rows[0]?.degree]).toEqual([
      "us-riis-v2",
      1,
      "line-2",
      "invasive",
    ]);
  });

  it("is found among the other tables of its zip", async () => {
    const path = zipped(
      files({
        "US-RIIS_MasterList.csv": [v2, ...rows].join("\n"),
        "US-RIIS_AuthorityReferences.csv": "Authority,Source\nx,y\n",
        "US-RIIS_DataDictionary.csv": "Field Name,Definition\nlocality,place\n",
      }),
    );
    expect((await parseRegister({ path })).rows.length).toBe(3);
  });

  it("reads UTF-16 and, with an issue, Windows-1252", async () => {
    const text = `${v1}\nHI,Aus böse,Müller,Species,Introduced,Animalia,5,x\n`;
    const wide = await parseRegister({ path: file(Buffer.from(`\ufeff${text}`, "utf16le")) });
    expect(wide.rows[0]?.authorship).toBe("Müller");
    const narrow = await parseRegister({ path: file(Buffer.from(text, "latin1")) });
    expect([narrow.rows[0]?.authorship, narrow.issues[0]?.code]).toEqual(["Müller", "text-not-utf8"]);
  });
});

describe("odd rows of US-RIIS", () => {
  it("are kept, each oddity counted", async () => {
    const { rows, issues } = await parseRegister({
      path: file(
        [
          v1,
          "HI,Aus bus,L.,Species,,Animalia,5,a",
          "HI,Aus cus,L.,Species,Weedy,Animalia,5,a",
          "PR,Aus dus,L.,Species,INVASIVE,Animalia,3.1E+06,b",
          ",Aus eus,L.,Species,Introduced,Animalia,6,",
          "AK,,,,Introduced",
          "",
        ].join("\n"),
      ),
    });
    expect(rows.map((row) => [row.place, row.scientificName, row.degree, row.givenKey])).toEqual([
      ["HI", "Aus bus", "introduced", "5"],
      ["HI", "Aus cus", "introduced", "5"],
      ["PR", "Aus dus", "invasive", null],
      [null, "Aus eus", "introduced", "6"],
      ["AK", "", "introduced", null],
    ]);
    expect(Object.fromEntries(issues.map(({ code, count }) => [code, count]))).toEqual({
      "degree-blank": 1,
      "degree-other": 1,
      "key-repeated": 1,
      "key-unreadable": 1,
      "place-unknown": 1,
      "row-id-repeated": 1,
      "row-without-id": 2,
      "row-without-name": 1,
      "row-without-place": 1,
    });
  });
});

describe.skipIf(noSharedData)("GRIIS Belgium", () => {
  it("is one row for each taxon, at BE, with GBIF's key", async () => {
    const register = await parseRegister({ path: sharedFile("register/griis-belgium.zip") });
    expect([register.format, register.checklist, register.rows.length]).toEqual([
      "griis",
      "gbif-backbone",
      3899,
    ]);
    expect(new Set(register.rows.map((row) => row.place))).toEqual(new Set(["BE"]));
    expect(new Set(register.rows.map((row) => row.degree))).toEqual(new Set(["introduced"]));
    expect(new Set(register.rows.map((row) => row.establishmentMeans))).toEqual(new Set(["INTRODUCED"]));
    expect(register.rows[0]?.givenKey).toBe("1002621");
    expect(register.citation).toBe(
      "Global Register of Introduced and Invasive Species - Belgium, https://doi.org/10.15468/xoidmd",
    );
    expect(register.licence).toContain("licenses/by/4.0");
    // 21 source keys, in 32 distributions, belong to no taxon of the list.
    expect(register.issues.map(({ code, count }) => [code, count])).toEqual([
      ["distribution-without-taxon", 32],
    ]);
  });
});

const meta = `<?xml version="1.0"?>
<archive xmlns="http://rs.tdwg.org/dwc/text/" metadata="eml.xml">
  <core encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="http://rs.tdwg.org/dwc/terms/Taxon">
    <files><location>taxon.txt</location></files>
    <id index="0"/>
    <field index="1" term="http://rs.tdwg.org/dwc/terms/scientificName"/>
    <field index="2" term="http://rs.tdwg.org/dwc/terms/kingdom"/>
    <field default="species" term="http://rs.tdwg.org/dwc/terms/taxonRank"/>
  </core>
  <extension encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="http://rs.gbif.org/terms/1.0/Distribution">
    <files><location>distribution.txt</location></files>
    <coreid index="0"/>
    <field index="1" term="http://rs.tdwg.org/dwc/terms/countryCode"/>
    <field index="2" term="http://rs.tdwg.org/dwc/terms/occurrenceStatus"/>
    <field index="3" term="http://rs.tdwg.org/dwc/terms/establishmentMeans"/>
  </extension>
  <extension encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="http://rs.gbif.org/terms/1.0/SpeciesProfile">
    <files><location>speciesprofile.txt</location></files>
    <coreid index="0"/>
    <field index="1" term="http://rs.gbif.org/terms/1.0/isInvasive"/>
  </extension>
</archive>`;

const archive = {
  "meta.xml": meta,
  "eml.xml": `<eml:eml xmlns:eml="x"><dataset><title>Global Register - Nowhere</title><intellectualRights><para>This work is under <ulink url="http://creativecommons.org/licenses/by/4.0/legalcode"><citetitle>CC BY</citetitle></ulink></para></intellectualRights></dataset><additionalMetadata><metadata><gbif><citation>Someone (2020). Nowhere.</citation></gbif></metadata></additionalMetadata></eml:eml>`,
  "taxon.txt":
    'id\tscientificName\tkingdom\nhttps://www.gbif.org/species/2489005\tAcridotheres tristis (Linnaeus, 1766)\tAnimalia\n85\t"Poa annua L.\tPlantae\n86\tCanis lupus Linnaeus, 1758\tAnimalia\n',
  "distribution.txt":
    "id\tcountryCode\toccurrenceStatus\testablishmentMeans\nhttps://www.gbif.org/species/2489005\tMU\tpresent\talien\nhttps://www.gbif.org/species/2489005\tRE\tpresent\talien\n85\tMU\tabsent\talien\n85\tRE\tPresent\talien\n86\tMU\tpresent\tnative\n",
  "speciesprofile.txt": "id\tisInvasive\nhttps://www.gbif.org/species/2489005\tInvasive\n85\tNull\n",
};

describe("GRIIS as a Darwin Core Archive", () => {
  it.each(["folder", "zip"])("is read from a %s: one row for each taxon and country", async (kind) => {
    const path = files(archive);
    const register = await parseRegister({ path: kind === "zip" ? zipped(path) : path });
    expect(register.format).toBe("griis");
    expect(register.rows.map((row) => [row.rowId, row.place, row.degree, row.givenKey, row.rank])).toEqual([
      ["https://www.gbif.org/species/2489005#MU", "MU", "invasive", "2489005", "species"],
      ["https://www.gbif.org/species/2489005#RE", "RE", "invasive", "2489005", "species"],
      ["85", "RE", "introduced", null, "species"],
    ]);
    // Without quoting, a quote character is a letter.
    expect(register.rows[2]?.scientificName).toBe('"Poa annua L.');
    expect(register.issues.map(({ code, count }) => [code, count])).toEqual([
      ["degree-native", 1],
      ["place-absent", 1],
    ]);
    expect(register.citation).toBe("Someone (2020). Nowhere.");
    expect(register.licence).toBe("http://creativecommons.org/licenses/by/4.0/legalcode");
  });
});

describe("GRIIS as one CSV", () => {
  it("is read by its columns, repeated places made one, invasive winning", async () => {
    const { format, rows } = await parseRegister({
      path: file(
        "taxonID,scientificName,countryCode,locationID,isInvasive,establishmentMeans,taxonKey\nx1,Aus bus L.,be,,No,alien,5\nx2,Aus cus L.,,ISO_3166-2:BE-VLG,invasive,alien,6\n",
      ),
    });
    expect(format).toBe("griis");
    expect(rows.map((row) => [row.rowId, row.place, row.degree, row.givenKey])).toEqual([
      ["x1", "BE", "introduced", "5"],
      ["x2", "BE", "invasive", "6"],
    ]);
  });

  it("takes its place from the caller where it says none", async () => {
    const path = file("taxonID,scientificName,isInvasive\nx1,Aus bus,TRUE\n");
    expect((await parseRegister({ path, place: "NL" })).rows[0]?.place).toBe("NL");
    expect((await refusal({ path })).code).toBe("register-without-place");
  });
});

describe("the places of GRIIS", () => {
  it("that are blank or no country are kept and counted: no record can be there", async () => {
    const { rows, issues } = await parseRegister({
      path: file(
        "taxonID,scientificName,countryCode,locationID\nx1,Aus bus,BE,\nx2,Aus cus, ,\nx3,Aus dus,Belgium,\nx4,Aus eus,,WGSRPD:BGM\n",
      ),
    });
    expect(rows.map(({ rowId, place }) => [rowId, place])).toEqual([
      ["x1", "BE"],
      ["x2", null],
      ["x3", "Belgium"],
      ["x4", "WGSRPD:BGM"],
    ]);
    expect(issues.map(({ code, count }) => [code, count])).toEqual([
      ["place-unknown", 2],
      ["row-without-place", 1],
    ]);
  });

  it("that are all blank or a country's name are refused, and may be given", async () => {
    const path = file("taxonID,scientificName,country\nx1,Aus bus,Belgium\nx2,Aus cus,\n");
    expect((await refusal({ path })).code).toBe("register-without-place");
    const { rows } = await parseRegister({ path, place: "BE" });
    expect(rows.map(({ place }) => place)).toEqual(["BE", "BE"]);
  });

  it("may be given in lower case", async () => {
    const path = file("taxonID,scientificName,isInvasive\nx1,Aus bus,TRUE\n");
    const { rows, issues } = await parseRegister({ path, place: "be" });
    expect([rows[0]?.place, issues]).toEqual(["BE", []]);
  });
});

describe("a list of US-RIIS without a column", () => {
  it("is not taken for GRIIS: the column is named", async () => {
    const header = "locality,scientificName,taxonRank,establishmentMeans,ITIS_TSN,GBIF_taxonKey,taxonID";
    const path = file(`${header},occurrenceID\nAK,Aus bus,Species,introduced,1,5,,a\n`);
    const error = await refusal({ path });
    expect(error.code).toBe("register-column-missing");
    expect(error.message).toContain("without the column degreeOfEstablishment (version 2)");
    expect((await parseRegister({ path, format: "griis", place: "US" })).rows.length).toBe(1);
    const placeless = file(
      "scientificName,degreeOfEstablishment,GBIF_taxonKey,taxonID\nAus bus,established (category C3),5,\n",
    );
    expect((await refusal({ path: placeless })).message).toContain("without the column locality");
  });
});

describe("a file that is no register", () => {
  it("is refused with what was seen and what is accepted", async () => {
    const error = await refusal({ path: file("species,count\nAus bus,3\n") });
    expect(error.code).toBe("register-unknown");
    expect(error.message).toContain("its columns are species, count");
    for (const word of [
      "us-riis-v1",
      "us-riis-v2",
      "griis",
      "Introduced or Invasive",
      "degreeOfEstablishment",
    ]) {
      expect(error.message).toContain(word);
    }
  });

  it("is refused when it is not of the format that was named", async () => {
    const error = await refusal({ path: file(`${v1}\n`), format: "us-riis-v2" });
    expect(error.message).toContain("not a us-riis-v2");
    expect((await refusal({ path: files(archive), format: "us-riis-v1" })).code).toBe("register-unknown");
  });

  it("is refused when it is missing, empty, binary, a workbook or a torn zip", async () => {
    expect((await refusal({ path: join(folder, "absent.csv") })).code).toBe("input-not-found");
    expect((await refusal({ path: file("") })).code).toBe("register-unknown");
    expect((await refusal({ path: file(Buffer.from([0, 1, 2, 0, 3])) })).code).toBe("register-unknown");
    expect((await refusal({ path: zipped(files({ "[Content_Types].xml": "<x/>" })) })).code).toBe(
      "register-is-workbook",
    );
    expect((await refusal({ path: file(Buffer.from("PK\u0003\u0004 and no more")) })).code).toBe(
      "zip-damaged",
    );
  });

  it("may have a header alone: then it has no rows", async () => {
    const { rows, issues } = await parseRegister({ path: file(`${v1}\n`) });
    expect([rows, issues.map(({ code }) => code)]).toEqual([[], ["register-without-rows"]]);
  });
});
