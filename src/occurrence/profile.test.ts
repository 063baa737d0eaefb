import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textRelation } from "../../test/occurrence/text-relation.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { type Engine, openEngine } from "../engine/index.ts";
import { ALL, BISON, loadProfile, type Profile, parseProfile, profileRules, ruleNumberSql } from "./index.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

interface Occurrence {
  countrycode: string | null;
  decimallatitude: number | null;
  decimallongitude: number | null;
  occurrencestatus: string | null;
  taxonrank: string | null;
  basisofrecord: string | null;
}
const types: Record<string, string> = {
  countrycode: "VARCHAR",
  decimallatitude: "DOUBLE",
  decimallongitude: "DOUBLE",
  occurrencestatus: "VARCHAR",
  taxonrank: "VARCHAR",
  basisofrecord: "VARCHAR",
};

async function ruleNumbers(profile: Profile, rows: readonly object[], columns = types): Promise<number[]> {
  const { sql, values } = textRelation(rows, columns);
  const answer = await engine.rows(
    `SELECT ${ruleNumberSql(profileRules(profile))} AS rule FROM ${sql}`,
    values,
  );
  return answer.map(({ rule }) => rule as number);
}

const usual: Occurrence = {
  countrycode: "US",
  decimallatitude: 40,
  decimallongitude: -89,
  occurrencestatus: "PRESENT",
  taxonrank: "SPECIES",
  basisofrecord: "HUMAN_OBSERVATION",
};

describe("BISON's profile", () => {
  it("has its rules in their order", () => {
    expect(profileRules(BISON).map(({ rule }) => rule)).toEqual([
      "country",
      "coordinates",
      "occurrence_status",
      "taxon_rank",
      "basis_of_record",
    ]);
    expect(profileRules(ALL)).toEqual([]);
    expect(ruleNumberSql([])).toBe("0");
  });

  it.each<[string, Partial<Occurrence>, number]>([
    ["an ordinary record", {}, 0],
    ["a country code in lower case, with blanks", { countrycode: " us\u00a0" }, 0],
    ["another country", { countrycode: "CA" }, 1],
    ["a blank country", { countrycode: " " }, 1],
    ["no country", { countrycode: null }, 1],
    ["no latitude", { decimallatitude: null }, 2],
    ["no longitude", { decimallongitude: null }, 2],
    ["a latitude that is no number", { decimallatitude: Number.NaN }, 2],
    ["an infinite longitude", { decimallongitude: Number.POSITIVE_INFINITY }, 2],
    ["a latitude beyond the pole", { decimallatitude: 90.0000001 }, 2],
    ["the corner of the world", { decimallatitude: -90, decimallongitude: 180 }, 0],
    ["zero coordinates", { decimallatitude: 0, decimallongitude: 0 }, 0],
    ["a status in lower case", { occurrencestatus: "present" }, 0],
    ["no status", { occurrencestatus: null }, 0],
    ["a blank status", { occurrencestatus: "\t " }, 0],
    ["an absence", { occurrencestatus: "Absent" }, 3],
    ["a variety", { taxonrank: "variety" }, 0],
    ["a genus", { taxonrank: "GENUS" }, 4],
    ["no rank", { taxonrank: null }, 4],
    ["a fossil", { basisofrecord: "FOSSIL_SPECIMEN" }, 5],
    ["a machine's observation", { basisofrecord: "MACHINE_OBSERVATION" }, 5],
    ["no basis", { basisofrecord: null }, 5],
    [
      "a record that fails every rule",
      {
        countrycode: null,
        decimallatitude: null,
        occurrencestatus: "ABSENT",
        taxonrank: null,
        basisofrecord: null,
      },
      1,
    ],
  ])("%s", async (_what, change, rule) => {
    expect(await ruleNumbers(BISON, [{ ...usual, ...change }])).toEqual([rule]);
  });

  it("does what the rules say in words, for any record", async () => {
    const word = (words: readonly string[]) =>
      fc.option(
        fc
          .tuple(fc.constantFrom("", " ", "\t"), fc.constantFrom(...words), fc.boolean())
          .map(([blank, text, lower]) => blank + (lower ? text.toLowerCase() : text)),
      );
    const number = fc.option(
      fc.oneof(
        fc.constantFrom(0, 90, -90, 180, -180, Number.NaN, Number.POSITIVE_INFINITY),
        fc.double({ min: -200, max: 200, noNaN: true }),
      ),
    );
    const record = fc.record({
      countrycode: word(["US", "US", "CA", ""]),
      decimallatitude: number,
      decimallongitude: number,
      occurrencestatus: word(["PRESENT", "ABSENT", ""]),
      taxonrank: word([...(BISON.taxonRanks ?? []), "GENUS", ""]),
      basisofrecord: word([...(BISON.basisOfRecord ?? []), "MATERIAL_SAMPLE", ""]),
    });
    const rows = fc.sample(record, { numRuns: 5000, seed: 11 });
    const plain = (text: string | null): string => (text ?? "").trim().toUpperCase();
    const within = (value: number | null, bound: number): boolean =>
      value !== null && Math.abs(value) <= bound;
    const expected = rows.map((row) => {
      if (plain(row.countrycode) !== "US") return 1;
      if (!within(row.decimallatitude, 90) || !within(row.decimallongitude, 180)) return 2;
      if (!["PRESENT", ""].includes(plain(row.occurrencestatus))) return 3;
      if (!BISON.taxonRanks?.includes(plain(row.taxonrank))) return 4;
      return BISON.basisOfRecord?.includes(plain(row.basisofrecord)) ? 0 : 5;
    });
    expect(new Set(expected).size).toBe(6);
    expect(await ruleNumbers(BISON, rows)).toEqual(expected);
    const { sql, values } = textRelation(rows, types);
    const keep = profileRules(BISON).map((rule) => `(${rule.keep})`);
    const [sums] = await engine.rows(
      `SELECT count(*)::INTEGER AS kept FROM ${sql} WHERE ${keep.join(" AND ")}`,
      values,
    );
    expect(sums?.kept).toBe(expected.filter((rule) => rule === 0).length);
  });
});

describe("other choices", () => {
  it("come after BISON's, in a fixed order", () => {
    const profile = parseProfile({
      zeroCoordinates: "drop",
      excludeIssues: ["zero_coordinate"],
      maxCoordinateUncertaintyInMeters: 1000,
      taxa: { names: ["Aves"] },
      years: { from: 2000 },
    });
    expect(
      profileRules(profile)
        .map(({ rule }) => rule)
        .slice(5),
    ).toEqual(["years", "taxa", "coordinate_uncertainty", "issues", "zero_coordinates"]);
  });

  const check = (
    spec: Parameters<typeof parseProfile>[0],
    rows: readonly object[],
    columns: Record<string, string>,
  ) => ruleNumbers(parseProfile({ extends: "all", ...(spec as object) }), rows, columns);

  it("years, from the year or else the date", async () => {
    const columns = { year: "INTEGER", eventdate: "TIMESTAMP" };
    const rows = [
      { year: 1999, eventdate: "2005-01-01" },
      { year: 2000, eventdate: null },
      { year: null, eventdate: "2010-05-01" },
      { year: 2011, eventdate: null },
      { year: null, eventdate: null },
    ];
    expect(await check({ years: { from: 2000, to: 2010 } }, rows, columns)).toEqual([1, 0, 0, 1, 1]);
  });

  it("taxa, by key or by name at any rank", async () => {
    const keys = [
      "taxonkey",
      "acceptedtaxonkey",
      "specieskey",
      "genuskey",
      "familykey",
      "orderkey",
      "classkey",
      "phylumkey",
      "kingdomkey",
    ];
    const names = ["species", "genus", "family", "order", "class", "phylum", "kingdom"];
    const columns = Object.fromEntries([...keys, ...names].map((name) => [name, "VARCHAR"]));
    const row = (values: object): object => ({
      ...Object.fromEntries(Object.keys(columns).map((name) => [name, null])),
      ...values,
    });
    const rows = [
      row({ classkey: "212" }),
      row({ taxonkey: " 212 " }),
      row({ class: "aves" }),
      row({ species: "Vireo olivaceus" }),
      row({ taxonkey: "2122", genus: "Vireo" }),
    ];
    expect(await check({ taxa: { keys: [212], names: ["Aves", "vireo olivaceus"] } }, rows, columns)).toEqual(
      [0, 0, 0, 0, 1],
    );
  });

  it("uncertainty, where it is known", async () => {
    const rows = [1000, 1000.5, null, Number.NaN].map((value) => ({ coordinateuncertaintyinmeters: value }));
    expect(
      await check({ maxCoordinateUncertaintyInMeters: 1000 }, rows, {
        coordinateuncertaintyinmeters: "DOUBLE",
      }),
    ).toEqual([0, 1, 0, 0]);
  });

  it("issues", async () => {
    const rows = ["ZERO_COORDINATE;COORDINATE_ROUNDED", "COORDINATE_ROUNDED", null].map((issue) => ({
      issue,
    }));
    expect(await check({ excludeIssues: ["ZERO_COORDINATE"] }, rows, { issue: "VARCHAR[]" })).toEqual([
      1, 0, 0,
    ]);
  });

  it("zero coordinates", async () => {
    const rows = [
      { decimallatitude: 0, decimallongitude: -0 },
      { decimallatitude: 0, decimallongitude: 1 },
      { decimallatitude: null, decimallongitude: 0 },
    ];
    expect(
      await check({ zeroCoordinates: "drop" }, rows, {
        decimallatitude: "DOUBLE",
        decimallongitude: "DOUBLE",
      }),
    ).toEqual([1, 0, 0]);
  });

  it("the country by polygons, for blank codes or always", async () => {
    const columns = { countrycode: "VARCHAR", in_polygon: "BOOLEAN" };
    const rows = [
      { countrycode: "US", in_polygon: false },
      { countrycode: "MX", in_polygon: true },
      { countrycode: " ", in_polygon: true },
      { countrycode: null, in_polygon: true },
      { countrycode: null, in_polygon: null },
    ];
    const polygon = (when: string) => ({ country: { codes: ["us"], polygon: { layer: "county", when } } });
    expect(await check(polygon("blank"), rows, columns)).toEqual([0, 1, 0, 0, 1]);
    expect(await check(polygon("always"), rows, columns)).toEqual([1, 0, 0, 0, 1]);
  });
});

describe("a profile file", () => {
  const folder = temporaryFolder();
  const write = (content: string): string => {
    const path = join(folder, "profile.json");
    writeFileSync(path, content);
    return path;
  };

  it("starts from BISON's rules, or from none; null turns one off", async () => {
    const recent = await loadProfile(write('{"years": {"from": 2000}, "taxonRanks": null}'));
    expect(profileRules(recent).map(({ rule }) => rule)).toEqual([
      "country",
      "coordinates",
      "occurrence_status",
      "basis_of_record",
      "years",
    ]);
    const few = await loadProfile({ extends: "all", name: "recent", years: { from: 2000 } });
    expect([few.name, profileRules(few).map(({ rule }) => rule)]).toEqual(["recent", ["years"]]);
    expect(await loadProfile("bison")).toBe(BISON);
  });

  it("keeps its meaning as JSON, as a plan holds it", () => {
    expect(JSON.parse(JSON.stringify(BISON))).toEqual(BISON);
  });

  it.each([
    ['{"year": 2000}', "profile-wrong"],
    ['{"years": {}}', "profile-wrong"],
    ['{"years": {"from": 2010, "to": 2000}}', "profile-wrong"],
    ['{"country": {"codes": ["USA"]}}', "profile-wrong"],
    ['{"country": {}}', "profile-wrong"],
    ['{"excludeIssues": ["ZERO_COORDINATES"]}', "issue-name-unknown"],
    ['{"excludeIssues": ["zero coordinate"]}', "issue-name-unknown"],
    ["bison", "profile-wrong"],
    ["[]", "profile-wrong"],
  ])("%s is refused", async (content, code) => {
    await expect(loadProfile(write(content))).rejects.toMatchObject({ code });
  });

  it("that is not there is refused", async () => {
    await expect(loadProfile(join(folder, "none.json"))).rejects.toMatchObject({ code: "profile-not-found" });
  });
});
