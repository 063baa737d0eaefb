import { describe, expect, it } from "vitest";
import { readDegree, readIsInvasive } from "./degree.ts";

describe("the degree of a register row", () => {
  it("follows the category code, whatever the words beside it", () => {
    expect(readDegree("established (category C3)")).toEqual({ degree: "introduced", issue: null });
    expect(readDegree("invasive (category D2)")).toEqual({ degree: "invasive", issue: null });
    expect(readDegree("widespread invasive (category E)")).toEqual({ degree: "invasive", issue: null });
    expect(readDegree("Widespread Invasive (Category e)").degree).toBe("invasive");
    expect(readDegree("D2").degree).toBe("invasive");
  });

  it("follows the words, in any case, where there is no code", () => {
    for (const words of ["Introduced", "introduced", "ESTABLISHED"]) {
      expect(readDegree(words)).toEqual({ degree: "introduced", issue: null });
    }
    for (const words of ["Invasive", "invasive", "Widespread Invasive", "widespreadInvasive"]) {
      expect(readDegree(words)).toEqual({ degree: "invasive", issue: null });
    }
  });

  it("is introduced with an issue for what the register does not define", () => {
    expect(readDegree(null)).toEqual({ degree: "introduced", issue: "degree-blank" });
    for (const words of [
      "casual (category C1)",
      "colonising (category D1)",
      "unknown",
      "not invasive",
      "potentially invasive",
    ]) {
      expect(readDegree(words)).toEqual({ degree: "introduced", issue: "degree-other" });
    }
  });

  it("is none for what is native", () => {
    expect(readDegree("native (category A)")).toEqual({ degree: null, issue: "degree-native" });
    expect(readDegree("Native")).toEqual({ degree: null, issue: "degree-native" });
  });

  it("reads isInvasive of a species profile", () => {
    for (const word of ["Invasive", "TRUE", "yes", "1"]) expect(readIsInvasive(word).degree).toBe("invasive");
    for (const word of [null, "Null", "false", "No", "0"]) {
      expect(readIsInvasive(word)).toEqual({ degree: "introduced", issue: null });
    }
    expect(readIsInvasive("perhaps")).toEqual({ degree: "introduced", issue: "degree-other" });
  });
});
