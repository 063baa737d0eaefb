import { UserError } from "../trouble/index.ts";

/** What is accepted, for the hints of errors. */
export const accepted =
  "Accepted are GBIF downloads (Darwin Core Archive, SIMPLE_CSV or SIMPLE_PARQUET, zipped or not), GBIF's open-data snapshot, and CSV or TSV files (gzipped or not) whose header names Darwin Core terms such as decimalLatitude, decimalLongitude and scientificName.";

const taxonColumns = [
  "scientificname",
  "acceptedscientificname",
  "verbatimscientificname",
  "species",
  "genus",
  "taxonkey",
  "acceptedtaxonkey",
  "specieskey",
];

/** Refuses a table none of whose columns is a coordinate or a taxon; `seen` are its own headers. */
export function checkRecognised(
  path: string,
  columns: readonly (string | null)[],
  seen: readonly string[],
): void {
  const has = (name: string): boolean => columns.includes(name);
  if ((has("decimallatitude") && has("decimallongitude")) || taxonColumns.some(has)) return;
  const shown = seen
    .slice(0, 8)
    .map((name) => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name));
  const more = seen.length > 8 ? ` and ${seen.length - 8} more` : "";
  throw new UserError({
    code: "input-unrecognised",
    message: `${path}: none of its columns is a coordinate or a taxon; seen were ${shown.join(", ") || "none"}${more}.`,
    hint: accepted,
  });
}
