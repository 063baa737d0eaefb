import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noSharedData, sharedFile } from "../../test/support/paths.ts";
import { buildAssessments } from "./assessments.ts";
import { parseRegister } from "./parse-register.ts";
import type { RegisterRow } from "./register-row.ts";
import { resolutionTable } from "./resolution-table.ts";
import { resolveByKeys } from "./resolve-by-keys.ts";

function row(
  rowId: string,
  place: string | null,
  givenKey: string | null,
  degree: RegisterRow["degree"],
): RegisterRow {
  return {
    rowId,
    place,
    scientificName: `Aus ${rowId}`,
    authorship: null,
    kingdom: null,
    rank: null,
    givenKey,
    degree,
    degreeOfEstablishment: null,
    establishmentMeans: null,
    line: 2,
  };
}

describe("the entries of a register", () => {
  it("are one for each place and key: invasive wins, then the first row", () => {
    const rows = [
      row("a", "HI", "5", "introduced"),
      row("b", "HI", "5", "invasive"),
      row("c", "HI", "5", "invasive"),
      row("d", "AK", "5", "introduced"),
      row("e", "AK", "5", "introduced"),
      row("f", "AK", null, "invasive"),
      row("g", null, "5", "invasive"),
    ];
    expect(buildAssessments(rows, resolveByKeys(rows))).toEqual({
      entries: [
        { place: "HI", key: "5", assessment: "invasive", rowId: "b" },
        { place: "AK", key: "5", assessment: "introduced", rowId: "d" },
      ],
      conflicts: [
        {
          place: "HI",
          key: "5",
          assessment: "invasive",
          rows: [
            { rowId: "a", name: "Aus a", degree: "introduced" },
            { rowId: "b", name: "Aus b", degree: "invasive" },
            { rowId: "c", name: "Aus c", degree: "invasive" },
          ],
        },
      ],
    });
  });

  it("say the same whatever the order of the rows, but for the row that decides", () => {
    const one = fc.record({
      place: fc.constantFrom("HI", "AK"),
      key: fc.constantFrom("1", "2", "3", null),
      degree: fc.constantFrom<RegisterRow["degree"]>("introduced", "invasive"),
    });
    const said = (rows: RegisterRow[]) =>
      buildAssessments(rows, resolveByKeys(rows))
        .entries.map(({ place, key, assessment }) => `${place} ${key} ${assessment}`)
        .sort();
    fc.assert(
      fc.property(fc.array(one), (list) => {
        const rows = list.map(({ place, key, degree }, index) => row(String(index), place, key, degree));
        expect(said([...rows].reverse())).toEqual(said(rows));
      }),
    );
  });

  it("are a bug's business when rows and resolutions do not belong together", () => {
    const rows = [row("a", "HI", "5", "introduced")];
    expect(() => buildAssessments(rows, [])).toThrow("Bug in bisonflow");
  });
});

describe.skipIf(noSharedData)("US-RIIS by its keys alone", () => {
  it("comes to 13,481 entries, two pairs of rows on one key each", async () => {
    const { rows } = await parseRegister({ path: sharedFile("register/US-RIIS_MasterList_2021.csv") });
    const resolutions = resolveByKeys(rows);
    const { entries, conflicts } = buildAssessments(rows, resolutions);
    expect(entries.length).toBe(15_264 - 1781 - 2);
    expect(conflicts).toEqual([]);
    const table = resolutionTable(resolutions);
    expect(table.rows.length).toBe(15_264);
    expect(table.columns.join()).toBe(
      "register_row_id,place,name,given_key,key_used,how,accepted_name,candidate_key,note",
    );
    expect(table.rows[0]?.slice(0, 6)).toEqual([
      "USRIIS-AK-Plantae5768",
      "AK",
      "Achillea filipendulina",
      "3120284",
      "3120284",
      "given",
    ]);
  });

  it("uses no key that cannot be of the occurrences' checklist", () => {
    const [resolution] = resolveByKeys([row("a", "HI", "3120284", "introduced")], { checklist: "col-xr" });
    expect(resolution).toMatchObject({
      how: "none",
      keyUsed: null,
      note: "the given key 3120284 is of another checklist",
    });
  });
});
