import { UserError } from "../trouble/index.ts";
import type { RegisterFormat } from "./register-row.ts";
import { columnKey } from "./tidy-text.ts";

/** The columns without which a format is not what it is said to be; of a list in a list, one will do. */
const needed: Record<RegisterFormat, readonly (readonly string[])[]> = {
  "us-riis-v1": [["locality"], ["scientificName"], ["Introduced or Invasive"]],
  "us-riis-v2": [["locality"], ["scientificName"], ["degreeOfEstablishment"]],
  griis: [["scientificName"], ["countryCode", "country", "locationID", "isInvasive", "taxonID"]],
};

const degreesOfRiis = ["degreeOfEstablishment", "Introduced or Invasive"];

/** What a header is read as: the first format whose columns are all there; null for none. */
export function formatOfHeader(header: readonly string[]): RegisterFormat | null {
  if (fits(header, "us-riis-v1")) return "us-riis-v1";
  const country = header.some((column) => ["countrycode", "isinvasive"].includes(columnKey(column)));
  if (fits(header, "us-riis-v2") && !country) return "us-riis-v2";
  return fits(header, "griis") ? "griis" : null;
}

/** Whether a header has the columns that a format needs. */
export function fits(header: readonly string[], format: RegisterFormat): boolean {
  const there = new Set(header.map(columnKey));
  return needed[format].every((choices) => choices.some((column) => there.has(columnKey(column))));
}

/** Columns of US-RIIS's own: with one of them a table is its list, and not another country's. */
const ownOfRiis = ["ITIS TSN", "GBIF taxonKey", "IntroDateNumber", "Introduced or Invasive"];
const placesOfGriis = ["countryCode", "country", "locationID", "isInvasive"];

/**
 * Refuses the header of a US-RIIS list that lacks a column it cannot be read without: taken for GRIIS, which needs
 * less, it would say that every species is introduced, nowhere.
 */
export function refuseIncompleteRiis(header: readonly string[], path: string): void {
  const there = new Set(header.map(columnKey));
  const has = (column: string) => there.has(columnKey(column));
  const own = ownOfRiis.filter(has);
  if (own.length === 0 || placesOfGriis.some(has) || !["locality", ...degreesOfRiis].some(has)) return;
  const missing = ["locality", "scientificName"].filter((column) => !has(column));
  if (!degreesOfRiis.some(has))
    missing.push("degreeOfEstablishment (version 2) or Introduced or Invasive (version 1)");
  throw new UserError({
    code: "register-column-missing",
    message: `${path}: a list of US-RIIS by its columns ${own.join(", ")}, without the column ${missing.join(", nor ")}.`,
    hint: "Give the master list of US-RIIS with all its columns; for a GRIIS checklist of such columns say --register-format griis.",
  });
}

/** The refusal of a file that is no register: what was seen, what is accepted. */
export function notARegister(
  path: string,
  seen: readonly (readonly string[])[],
  format?: RegisterFormat,
): UserError {
  const columns = seen.map((header) => header.slice(0, 12).join(", ") + (header.length > 12 ? ", …" : ""));
  const formats = format === undefined ? (Object.keys(needed) as RegisterFormat[]) : [format];
  const accepted = formats.map(
    (name) => `${name} (${needed[name].map((choices) => choices.join(" or ")).join(", ")})`,
  );
  const where =
    columns.length === 0 ? "it holds no delimited text" : `its columns are ${columns.join("; and ")}`;
  return new UserError({
    code: "register-unknown",
    message: `${path}: not a ${format ?? "known register"}: ${where}. Accepted: ${accepted.join("; ")}.`,
    hint: "Give the master list of US-RIIS as CSV, or a GRIIS checklist as CSV, zip or folder; the first row names the columns.",
  });
}
