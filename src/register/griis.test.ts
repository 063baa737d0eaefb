import { describe, expect, it } from "vitest";
import { archive, file, files, refusal, zipped } from "../../test/register/register-files.ts";
import { noSharedData, sharedFile } from "../../test/support/paths.ts";
import { parseRegister } from "./parse-register.ts";

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
