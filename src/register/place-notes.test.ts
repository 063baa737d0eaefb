import { expect, it } from "vitest";
import { row } from "../../test/register/row.ts";
import { notePlaces } from "./place-notes.ts";
import type { RegisterFormat } from "./register-row.ts";
import { resolveByKeys } from "./resolve-by-keys.ts";

function notes(places: (string | null)[], format: RegisterFormat) {
  const rows = places.map((place) => row("Aus bus", { place, givenKey: "5" }));
  const noted = notePlaces(resolveByKeys(rows), format);
  expect(noted.map(({ keyUsed }) => keyUsed)).toEqual(places.map(() => "5"));
  return noted.map(({ note }) => note);
}

it("a row at a place that no record has keeps its key and says that it matches nothing", () => {
  expect(notes(["AK", "HI", "L48", "Guam", null], "us-riis-v1")).toEqual([
    null,
    null,
    null,
    "matches no record: the place Guam is none of AK, HI, L48",
    "matches no record: the row says no place",
  ]);
  expect(notes(["BE", "WGSRPD:BGM", null], "griis")).toEqual([
    null,
    "matches no record: the place WGSRPD:BGM is no country code",
    "matches no record: the row says no place",
  ]);
});

it("what else is odd about it stays", () => {
  const [noted] = notePlaces(resolveByKeys([row("Aus bus", { place: null })]), "griis");
  expect(noted?.note).toBe("matches no record: the row says no place; the register gives no key");
});
