import { type Checklist, keysThatFit } from "./checklist.ts";
import type { RegisterRow } from "./register-row.ts";
import { aboutRow, type Resolution, unreadableKey } from "./resolution.ts";

/**
 * Resolves rows by the register's own keys alone: `given`, or `none` for a row without one.
 *
 * @param options.checklist the occurrences' checklist: keys that cannot be of it are not used, with a note.
 * @example
 * ```ts
 * import { type RegisterRow, resolveByKeys } from "bisonflow/register";
 * const row: RegisterRow = {
 *   rowId: "USRIIS-HI-1", place: "HI", scientificName: "Acridotheres tristis", authorship: null, kingdom: "Animalia",
 *   rank: "Species", givenKey: "2489005", degree: "invasive", degreeOfEstablishment: null, establishmentMeans: null, line: 2,
 * };
 * const [resolution] = resolveByKeys([row, { ...row, givenKey: null }]);
 * console.log(resolution?.how, resolution?.keyUsed); // given 2489005
 * ```
 */
export function resolveByKeys(
  rows: readonly RegisterRow[],
  options: { checklist?: Checklist | null } = {},
): Resolution[] {
  const fitting = keysThatFit(
    rows.map((row) => row.givenKey),
    options.checklist ?? null,
  );
  return rows.map((row) => {
    const fits = row.givenKey !== null && fitting(row.givenKey);
    return {
      ...aboutRow(row),
      keyUsed: fits ? row.givenKey : null,
      how: fits ? "given" : "none",
      acceptedName: null,
      candidateKey: null,
      note: fits
        ? null
        : row.givenKey === null
          ? (unreadableKey(row) ?? "the register gives no key")
          : `the given key ${row.givenKey} is of another checklist`,
    };
  });
}
