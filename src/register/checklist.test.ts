import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checklistOf, keysThatFit } from "./checklist.ts";

describe("the checklist of a set of keys", () => {
  it("is the backbone for integers and the Catalogue of Life for short words", () => {
    expect(checklistOf(["3120284", "5", "2873769"])).toBe("gbif-backbone");
    expect(checklistOf(["4CGXP", "V2", "N", "CS5HF"])).toBe("col-xr");
  });

  it("lets the Catalogue have keys of digits alone, but none with 0 or 1", () => {
    expect(checklistOf(["6822", "4CGXP"])).toBe("col-xr");
    expect(checklistOf(["6822"])).toBe("gbif-backbone");
    expect(checklistOf(["4CGXP", "3120284"])).toBe("mixed");
  });

  it("is unknown without keys, and words that are none do not count", () => {
    expect(checklistOf([])).toBeNull();
    expect(checklistOf(["", "USRIIS-AK-Plantae5768", "n/a"])).toBeNull();
    expect(checklistOf(["n/a", "12"])).toBe("gbif-backbone");
  });

  it("does not depend on the order of the keys", () => {
    const key = fc.constantFrom("6822", "4CGXP", "3120284", "V2", "", "12", "abc");
    fc.assert(
      fc.property(fc.array(key), (keys) => {
        expect(checklistOf([...keys].reverse())).toBe(checklistOf(keys));
      }),
    );
  });

  it("decides for a register as a whole which of its keys can be joined", () => {
    // 2878688 alone could be a key of the Catalogue.
    const backbone = ["3120284", "2878688", null];
    expect(keysThatFit(backbone, "col-xr")("2878688")).toBe(false);
    expect(keysThatFit(backbone, "gbif-backbone")("2878688")).toBe(true);
    expect(keysThatFit(["4CGXP", "6822"], "gbif-backbone")("6822")).toBe(false);
    expect(keysThatFit(["4CGXP", "10"], "col-xr")("10")).toBe(false);
    expect(keysThatFit(["4CGXP", "10"], "col-xr")("4CGXP")).toBe(true);
    expect(keysThatFit(backbone, null)("2878688")).toBe(true);
    expect(keysThatFit(backbone, "mixed")("2878688")).toBe(true);
  });
});
