import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noSharedData, sharedFile } from "../../test/support/paths.ts";
import { isMatchAnswer, readMatchAnswer } from "./match-answer.ts";

/** Name (or the service's note), how, key: read from the stored answers by a script of another hand and language. */
const expected = JSON.parse(
  readFileSync(new URL("./match-answer.expected.json", import.meta.url), "utf8"),
) as Record<"v1" | "v2", [string, string, string | null][]>;

function stored(version: "v1" | "v2"): unknown[] {
  const lines = readFileSync(sharedFile(`taxonomy/species-match-${version}.ndjson`), "utf8")
    .trimEnd()
    .split("\n");
  const answers = lines.map((line) => JSON.parse(line) as { body?: unknown });
  return version === "v1" ? answers : answers.map(({ body }) => body);
}

describe.skipIf(noSharedData).each(["v1", "v2"] as const)("the stored answers of %s", (version) => {
  it("come to the keys expected, each of them", () => {
    const answers = stored(version);
    expect(answers.length).toBe(version === "v1" ? 149 : 13);
    const read = answers.map((body, index) => {
      expect(isMatchAnswer(body, version)).toBe(true);
      const [name] = expected[version][index] ?? [""];
      const { how, key } = readMatchAnswer(body, version, name);
      return [name, how, key];
    });
    expect(read).toEqual(expected[version]);
  });
});

function v2(
  matchType: string,
  usage: object | undefined = { key: "5", name: "Aus bus L.", canonicalName: "Aus bus" },
  more = {},
) {
  return { usage, diagnostics: { matchType, ...more }, synonym: false };
}

describe("an answer of the match service", () => {
  it("names the accepted usage of a synonym", () => {
    const body = { ...v2("EXACT"), acceptedUsage: { key: "9", name: "Cus dus Mill." }, synonym: true };
    expect(readMatchAnswer(body, "v2", "Aus bus")).toEqual({
      how: "exact",
      key: "9",
      acceptedName: "Cus dus Mill.",
      note: null,
    });
    const flat = {
      usageKey: 5,
      acceptedUsageKey: 9,
      matchType: "EXACT",
      species: "Cus dus",
      speciesKey: 9,
      synonym: true,
    };
    expect(readMatchAnswer(flat, "v1", "Aus bus")).toMatchObject({
      how: "exact",
      key: "9",
      acceptedName: "Cus dus",
    });
  });

  it("takes the species of a synonym of that rank for its accepted taxon where an old answer names no other", () => {
    const old = {
      usageKey: 5284657,
      scientificName: "Picea concolor Gordon",
      rank: "SPECIES",
      status: "SYNONYM",
      matchType: "EXACT",
      species: "Abies concolor",
      speciesKey: 2685580,
      synonym: true,
    };
    expect(readMatchAnswer(old, "v1", "Picea concolor")).toEqual({
      how: "exact",
      key: "2685580",
      acceptedName: "Abies concolor",
      note: "Picea concolor Gordon is a synonym, its accepted key not said: that of its species is used",
    });
    expect(readMatchAnswer({ ...old, acceptedUsageKey: 9 }, "v1", "Picea concolor")).toMatchObject({
      key: "9",
      acceptedName: null,
      note: null,
    });
    // The species of a subspecies would be too wide, and an accepted taxon is its own.
    for (const other of [{ rank: "SUBSPECIES" }, { synonym: false }])
      expect(readMatchAnswer({ ...old, ...other }, "v1", "Picea concolor").key).toBe("5284657");
  });

  it("says when a synonym's accepted key is not told", () => {
    const flat = {
      usageKey: 5,
      scientificName: "Aus bus L.",
      matchType: "EXACT",
      synonym: true,
      speciesKey: 7,
    };
    expect(readMatchAnswer(flat, "v1", "Aus bus")).toEqual({
      how: "exact",
      key: "5",
      acceptedName: null,
      note: "Aus bus L. is a synonym, its accepted key not said",
    });
  });

  it("is exact for a variant of the same canonical name, else fuzzy", () => {
    expect(readMatchAnswer(v2("VARIANT"), "v2", "Aus bus Linn.")).toMatchObject({
      how: "exact",
      note: "VARIANT: Aus bus L.",
    });
    expect(readMatchAnswer(v2("VARIANT"), "v2", "Aus buss")).toMatchObject({ how: "fuzzy", key: "5" });
    expect(readMatchAnswer(v2("CANONICAL"), "v2", "Aus bus")).toMatchObject({ how: "exact" });
  });

  it("comes to nothing for several equal matches, an unknown match type and none at all", () => {
    const ambiguous = v2("NONE", undefined, { note: "Multiple equal matches for Calopteryx" });
    expect(readMatchAnswer({ ...ambiguous, usage: undefined }, "v2", "Calopteryx")).toEqual({
      how: "none",
      key: null,
      acceptedName: null,
      note: "Multiple equal matches for Calopteryx",
    });
    expect(readMatchAnswer(v2("AMBIGUOUS"), "v2", "Aus bus")).toMatchObject({ how: "none", key: "5" });
    expect(readMatchAnswer(v2("SORTOF"), "v2", "Aus bus")).toMatchObject({ how: "none" });
    expect(readMatchAnswer({ usageKey: 5, scientificName: "Aus bus L." }, "v1", "Aus bus")).toMatchObject({
      how: "none",
      key: "5",
      note: "the answer Aus bus L. has no match type",
    });
  });

  it("is told from other JSON", () => {
    for (const body of [null, [], "x", {}, { error: "no" }, { matchType: 5 }])
      expect(isMatchAnswer(body, "v1")).toBe(false);
    for (const body of [null, [], {}, { diagnostics: "x" }, { matchType: "NONE" }])
      expect(isMatchAnswer(body, "v2")).toBe(false);
  });
});
