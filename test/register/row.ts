import type { RegisterRow } from "../../src/register/register-row.ts";

/** A row of a register as it was read. */
export function row(scientificName: string, more: Partial<RegisterRow> = {}): RegisterRow {
  return {
    rowId: scientificName,
    place: "L48",
    scientificName,
    authorship: null,
    kingdom: null,
    rank: null,
    givenKey: null,
    degree: "introduced",
    degreeOfEstablishment: null,
    establishmentMeans: null,
    line: 2,
    ...more,
  };
}
