import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareAuthorship, plainAuthorship } from "./authorship.ts";

describe("two authorships", () => {
  it.each([
    ["(DC.) Lourteig", "(DC.) Lourteig"],
    ["H. Groves & J. Groves", "H.Groves & J.Groves"],
    ["Müll.Arg.", "Mull. Arg."],
    ["L. (pro. sp.)", "L."],
    ["Smith and Jones, 1900", "Smith & Jones, 1900"],
    ["(Linnaeus, 1758)", "(Linnaeus 1758)"],
  ])("%s and %s are equal", (a, b) => {
    expect(compareAuthorship(a, b)).toBe("equal");
  });

  it.each([
    ["L.", "Linnaeus, 1758"],
    ["Mill.", "Miller"],
    ["(Pursh) A.Gray", "A. Gray"],
    ["(Hack. ex Travis) Dengler", "(Hackel) Dengler"],
    ["(Linnaeus, 1758)", "Linnaeus, 1758"],
    ["DC.", "Candolle"],
    ["Griffin et al., 1953", "Griffin, Smith & Hale, 1953"],
  ])("%s and %s are compatible", (a, b) => {
    expect(compareAuthorship(a, b)).toBe("compatible");
    expect(compareAuthorship(b, a)).toBe("compatible");
  });

  it.each([
    ["L.", "Mill."],
    ["L.", "L. f."],
    ["Hook.", "Hook.f."],
    ["Linnaeus, 1758", "Linnaeus, 1766"],
    ["(L.) Mill.", "(Willd.) Mill."],
    ["(L.) Mill.", "(L.) Willd."],
  ])("%s and %s are different", (a, b) => {
    expect(compareAuthorship(a, b)).toBe("different");
  });

  it("cannot be compared where one is missing", () => {
    expect([
      compareAuthorship(null, "L."),
      compareAuthorship("", "L."),
      compareAuthorship(null, null),
    ]).toEqual(Array(3).fill("unknown"));
  });

  it("agree with themselves and whichever comes first", () => {
    const author = fc.constantFrom(
      "L.",
      "(L.) Mill.",
      "Hook.f.",
      "DC.",
      "A.Gray ex Torr.",
      "(Linnaeus, 1758)",
      "Smith et al., 1900",
    );
    fc.assert(
      fc.property(author, author, (a, b) => {
        expect(compareAuthorship(a, a)).toBe("equal");
        expect(compareAuthorship(a, b)).toBe(compareAuthorship(b, a));
      }),
    );
  });

  it("are passed on without remarks that belong to no author", () => {
    expect(plainAuthorship("Mill. (pro. sp.)")).toBe("Mill.");
    expect(plainAuthorship("Jacobson & Zika (pro hybr.)")).toBe("Jacobson & Zika");
    expect(plainAuthorship("(pro sp.)")).toBeNull();
  });
});
