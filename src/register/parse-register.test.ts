import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { archive, file, files, refusal, zipped } from "../../test/register/register-files.ts";
import { noSharedData, sharedFile } from "../../test/support/paths.ts";
import { parseRegister } from "./parse-register.ts";

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
    expect((await refusal({ path: join(tmpdir(), "bisonflow-absent", "absent.csv") })).code).toBe(
      "input-not-found",
    );
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
