import { describe, expect, it } from "vitest";
import { parseGivenKey } from "./given-key.ts";

describe("the key that a register gives", () => {
  it("stays text, trimmed", () => {
    for (const text of ["3120284", " 3120284 ", "\u00a03120284"]) {
      expect(parseGivenKey(text)).toEqual({ key: "3120284", issue: null });
    }
    expect(parseGivenKey("4CGXP")).toEqual({ key: "4CGXP", issue: null });
  });

  it("is null where the field is blank", () => {
    for (const text of [undefined, "", "  ", "\\N"])
      expect(parseGivenKey(text)).toEqual({ key: null, issue: null });
  });

  it("is taken out of a spreadsheet's number or a page's address, with an issue", () => {
    for (const text of ["3120284.0", "https://www.gbif.org/species/3120284", "gbif:3120284"]) {
      expect(parseGivenKey(text)).toEqual({ key: "3120284", issue: { code: "key-normalised", what: text } });
    }
  });

  it("is null with an issue where no key can be told", () => {
    for (const text of ["3.12E+06", "0", "-5", "0123", "3120284;5", "12 34", "species"]) {
      expect(parseGivenKey(text)).toMatchObject({ key: null, issue: { code: "key-unreadable" } });
    }
    expect(parseGivenKey("n/a")).toMatchObject({ key: null, issue: { code: "key-blank-word" } });
  });
});
