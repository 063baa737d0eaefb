import type { Resolution } from "./resolution.ts";

const columns = [
  "register_row_id",
  "place",
  "name",
  "given_key",
  "key_used",
  "how",
  "accepted_name",
  "candidate_key",
  "note",
] as const;

/**
 * The table register_resolution as plain data: text or null in every cell.
 *
 * @example
 * ```ts
 * import { resolutionTable } from "bisonflow/register";
 * console.log(resolutionTable([]).columns.slice(0, 3)); // [ 'register_row_id', 'place', 'name' ]
 * ```
 */
export function resolutionTable(resolutions: readonly Resolution[]): {
  columns: readonly string[];
  rows: (string | null)[][];
} {
  return {
    columns,
    rows: resolutions.map((one) => [
      one.rowId,
      one.place,
      one.name,
      one.givenKey,
      one.keyUsed,
      one.how,
      one.acceptedName,
      one.candidateKey,
      one.note,
    ]),
  };
}
