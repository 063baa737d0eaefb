import { profileRules, qualityFlagColumns } from "../occurrence/index.ts";
import type { Plan } from "./plan.ts";

/** Columns that locating, matching and counting read, chosen for the output or not. */
const always = [
  "decimallatitude",
  "decimallongitude",
  "acceptedtaxonkey",
  "taxonkey",
  "specieskey",
  "species",
  "kingdom",
  "class",
  "family",
  "year",
  "month",
  "license",
  "countrycode",
];

/** Every column of the input that a plan's annotate stage reads, in a fixed order. */
export function neededColumns(plan: Pick<Plan, "columns" | "profile" | "config">): string[] {
  const needed = new Set([...plan.columns, ...always]);
  for (const rule of profileRules(plan.profile)) {
    for (const column of rule.columns) if (column !== "in_polygon") needed.add(column);
  }
  for (const column of qualityFlagColumns(plan.config.flags)) needed.add(column);
  return [...needed];
}
