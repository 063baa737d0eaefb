import { canHoldRecords, placesOf } from "./places.ts";
import type { RegisterFormat } from "./register-row.ts";
import { joined, type Resolution } from "./resolution.ts";

/**
 * Notes on the rows that can match nothing, because no record is at their place: they stay in the list, key and all.
 *
 * @example
 * ```ts
 * import { notePlaces, type Resolution } from "bisonflow/register";
 * const one: Resolution = {
 *   rowId: "a", place: "Guam", name: "Boiga irregularis", givenKey: "2457834", keyUsed: "2457834", how: "given",
 *   acceptedName: null, candidateKey: null, note: null,
 * };
 * console.log(notePlaces([one], "us-riis-v2")[0]?.note); // matches no record: the place Guam is none of AK, HI, L48
 * ```
 */
export function notePlaces(resolutions: readonly Resolution[], format: RegisterFormat): Resolution[] {
  const known = placesOf(format).kind === "us-states" ? "none of AK, HI, L48" : "no country code";
  return resolutions.map((one) =>
    canHoldRecords(one.place, format)
      ? one
      : {
          ...one,
          note: joined(
            `matches no record: ${one.place === null ? "the row says no place" : `the place ${one.place} is ${known}`}`,
            one.note,
          ),
        },
  );
}
