import { describe, expect, it } from "vitest";
import { matchRequest } from "./match-request.ts";
import type { RegisterRow } from "./register-row.ts";

const row: RegisterRow = {
  rowId: "a",
  place: "HI",
  scientificName: "Mentha X gracilis",
  authorship: "Sole (pro. sp.)",
  kingdom: "Plantae",
  rank: "Species",
  givenKey: null,
  degree: "introduced",
  degreeOfEstablishment: null,
  establishmentMeans: null,
  line: 2,
};

function query(request: string | null): Record<string, string> {
  return Object.fromEntries(new URL(request ?? "", "http://127.0.0.1").searchParams);
}

describe("the question to the match service", () => {
  it("passes name, authorship, rank and kingdom in the terms of the version", () => {
    expect(matchRequest(row, "v1")).toMatch(/^\/v1\/species\/match\?/);
    expect(query(matchRequest(row, "v1"))).toEqual({
      name: "Mentha X gracilis",
      authorship: "Sole",
      rank: "SPECIES",
      kingdom: "Plantae",
    });
    expect(matchRequest(row, "v2", "7ddf754f")).toMatch(/^\/v2\/species\/match\?/);
    expect(query(matchRequest(row, "v2", "7ddf754f"))).toEqual({
      scientificName: "Mentha X gracilis",
      scientificNameAuthorship: "Sole",
      taxonRank: "SPECIES",
      kingdom: "Plantae",
      checklistKey: "7ddf754f",
    });
  });

  it("passes an author written with the name once, and no rank that the service does not know", () => {
    const griis = {
      ...row,
      scientificName: "Keratella tropica (Apstein, 1907)",
      authorship: "(Apstein, 1907)",
      rank: "Hybrid",
    };
    expect(query(matchRequest(griis, "v1"))).toEqual({
      name: "Keratella tropica",
      authorship: "(Apstein, 1907)",
      kingdom: "Plantae",
    });
    expect(query(matchRequest({ ...griis, authorship: null }, "v1"))).toMatchObject({
      name: "Keratella tropica",
    });
  });

  it("calls viruses as the service does, and asks nothing for a row without a name", () => {
    expect(query(matchRequest({ ...row, kingdom: "Virus" }, "v1"))).toMatchObject({ kingdom: "Viruses" });
    expect(matchRequest({ ...row, scientificName: "" }, "v1")).toBeNull();
  });
});
