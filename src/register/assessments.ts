import { bug } from "../trouble/index.ts";
import type { Degree, RegisterRow } from "./register-row.ts";
import type { Resolution } from "./resolution.ts";

/** What a record gets that is at the place and bears the key. */
export interface Entry {
  readonly place: string;
  readonly key: string;
  readonly assessment: Degree;
  /** The row that decides. */
  readonly rowId: string;
}

/** Rows of one place and key that say different degrees. */
export interface Conflict {
  readonly place: string;
  readonly key: string;
  /** What was decided. */
  readonly assessment: Degree;
  readonly rows: readonly { readonly rowId: string; readonly name: string; readonly degree: Degree }[];
}

/**
 * Makes the entries that records are joined with: one for each place and key. Where several rows fall on one,
 * invasive wins, then the first in the file; rows of different degrees are reported as a conflict.
 *
 * @param resolutions one for each row, in the rows' order
 * @returns entries in the order in which their place and key first come up; rows without a key or place make none.
 * @example
 * ```ts
 * import { buildAssessments, type RegisterRow, resolveByKeys } from "bisonflow/register";
 * const row: RegisterRow = {
 *   rowId: "a", place: "HI", scientificName: "Acridotheres tristis", authorship: null, kingdom: null, rank: null,
 *   givenKey: "2489005", degree: "introduced", degreeOfEstablishment: null, establishmentMeans: null, line: 2,
 * };
 * const rows: RegisterRow[] = [row, { ...row, rowId: "b", degree: "invasive" }];
 * const { entries, conflicts } = buildAssessments(rows, resolveByKeys(rows));
 * console.log(entries[0]?.assessment, entries[0]?.rowId, conflicts.length); // invasive b 1
 * ```
 */
export function buildAssessments(
  rows: readonly RegisterRow[],
  resolutions: readonly Resolution[],
): { entries: Entry[]; conflicts: Conflict[] } {
  if (rows.length !== resolutions.length)
    bug(`${rows.length} register rows with ${resolutions.length} resolutions`);
  const groups = new Map<string, { place: string; key: string; rows: RegisterRow[] }>();
  resolutions.forEach(({ keyUsed, rowId }, index) => {
    const row = rows[index] ?? bug("a resolution without its row");
    if (row.rowId !== rowId) bug(`the resolution of ${rowId} stands at the row ${row.rowId}`);
    const { place } = row;
    if (keyUsed === null || place === null) return;
    const id = JSON.stringify([place, keyUsed]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { place, key: keyUsed, rows: [row] });
    else group.rows.push(row);
  });
  const entries: Entry[] = [];
  const conflicts: Conflict[] = [];
  for (const { place, key, rows: group } of groups.values()) {
    const deciding =
      group.find(({ degree }) => degree === "invasive") ?? group[0] ?? bug("an empty group of rows");
    entries.push({ place, key, assessment: deciding.degree, rowId: deciding.rowId });
    if (group.some(({ degree }) => degree !== deciding.degree)) {
      const said = group.map(({ rowId, scientificName, degree }) => ({
        rowId,
        name: scientificName,
        degree,
      }));
      conflicts.push({ place, key, assessment: deciding.degree, rows: said });
    }
  }
  return { entries, conflicts };
}
