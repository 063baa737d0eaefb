import { describe, expect, it } from "vitest";
import { type WarningFacts, warningsOf } from "./run-warnings.ts";

const register = {
  rows: 5,
  unresolved: 0,
  format: "us-riis-v1",
  issues: [],
} as unknown as NonNullable<WarningFacts["register"]>;

function warn(counts: { introduced?: number; presumed_native?: number }, more: Partial<WarningFacts> = {}) {
  const all: Record<string, number> = counts;
  const assessed = (assessment: string): number => all[assessment] ?? 0;
  return warningsOf({ read: 1200, kept: 1100, placement: [], register, assessed, ...more });
}

describe("a run warns", () => {
  it("where no record matched the register, and not where one did", () => {
    expect(warn({ presumed_native: 1000 })).toEqual([
      "No record matched a row of the register: all 1,000 at its places are presumed native. Records without taxon keys, or with those of another checklist, match nothing.",
    ]);
    expect(warn({ presumed_native: 999, introduced: 1 })).toEqual([]);
    expect(warn({})).toEqual([]);
  });

  it("of no record at all otherwise than of none that passed", () => {
    expect(warn({}, { read: 0, kept: 0 })).toEqual(["The inputs hold no record."]);
    expect(warn({}, { kept: 0 })).toEqual(["No record passed the profile: all 1,200 were dropped."]);
  });

  it("of a layer that holds none of the records, and of no register", () => {
    const placement = [
      { layer: "county", outside: 1100 },
      { layer: "aiannh", outside: 1099 },
    ];
    expect(warn({}, { placement, register: undefined })).toEqual([
      "No record lies in any region of the layer county.",
      "No register was given: nothing is assessed.",
    ]);
  });
});
