import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";

/** The GBIF keys of a US-RIIS file of version 1, each once, in the order of their text. */
export function registerKeys(path) {
  const rows = parse(readFileSync(path), { bom: true, columns: true, relax_quotes: true });
  return [
    ...new Set(rows.map((row) => row["GBIF taxonKey"]?.trim()).filter((key) => /^\d+$/.test(key ?? ""))),
  ].sort();
}
