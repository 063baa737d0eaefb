import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { parseRegister } from "./parse-register.ts";
import { resolutionTable } from "./resolution-table.ts";
import { resolveByKeys } from "./resolve-by-keys.ts";
import { resolveByNames } from "./resolve-by-names.ts";

/** What a register gives for keys, the key used and the note, as the table of resolutions says it. */
async function tableOf(keys: readonly string[], resolve: "keys" | "names" = "keys") {
  const path = join(temporaryFolder(), "register.csv");
  const rows = keys.map((key, index) => `L48,Aus b${"u".repeat(index + 1)}s,invasive,"${key}",R${index}`);
  const header = "locality,scientificName,degreeOfEstablishment,GBIF_taxonKey,occurrenceID";
  writeFileSync(path, [header, ...rows, ""].join("\n"));
  const register = await parseRegister({ path });
  const table = resolutionTable(
    resolve === "keys" ? resolveByKeys(register.rows) : await resolveByNames(register.rows, []),
  );
  const at = ["given_key", "key_used", "note"].map((column) => table.columns.indexOf(column));
  return table.rows.map((row) => at.map((index) => row[index]));
}

it("a key that cannot be read stands in the table as the register gives it, with a note", async () => {
  const keys = ["02882443", "2,882,443", "10v", "1e6", " 0 "];
  const unread = (key: string) => `the key given, ${key.trim()}, cannot be read as a taxon key`;
  expect(await tableOf(keys)).toEqual(keys.map((key) => [key.trim(), null, unread(key)]));
  expect(await tableOf(keys, "names")).toEqual(
    keys.map((key) => [key.trim(), null, `no taxon of this name; ${unread(key)}`]),
  );
});

it("a key taken out of a number or an address is used, and given as it was written", async () => {
  const keys = ["2882443.0", "https://www.gbif.org/species/2882443", "gbif:2882443"];
  expect(await tableOf(keys)).toEqual(keys.map((key) => [key, "2882443", null]));
});

it("blanks and words for none are no key", async () => {
  const keys = ["", " ", "n/a", "None", "-"];
  expect(await tableOf(keys)).toEqual(keys.map(() => [null, null, "the register gives no key"]));
});
