import type { Manifest } from "./manifest.ts";

/** What the warnings of a run are made of. */
export interface WarningFacts {
  readonly read: number;
  readonly kept: number;
  readonly placement: readonly { readonly layer: string; readonly outside: number }[];
  readonly register: Manifest["register"];
  /** How many kept records were assessed so. */
  readonly assessed: (assessment: "introduced" | "invasive" | "presumed_native") => number;
}

/** Sentences for the manifest, the report and the terminal: what a reader of the result must not miss. */
export function warningsOf({ read, kept, placement, register, assessed }: WarningFacts): string[] {
  const warnings: string[] = [];
  if (read === 0) warnings.push("The inputs hold no record.");
  else if (kept === 0) warnings.push(`No record passed the profile: all ${grouped(read)} were dropped.`);
  for (const { layer, outside } of placement) {
    if (kept > 0 && outside === kept) warnings.push(`No record lies in any region of the layer ${layer}.`);
  }
  if (register === undefined) return [...warnings, "No register was given: nothing is assessed."];
  if (register.unresolved > 0) {
    warnings.push(
      `${grouped(register.unresolved)} of ${grouped(register.rows)} register rows found no taxon and could match no record: see the table register_resolution.`,
    );
  }
  if (register.rows === 0) {
    warnings.push(
      `The register holds no row that says a taxon is introduced: ${register.format === "griis" ? "nothing is assessed" : "every record at one of its places is presumed native"}.`,
    );
  }
  const nowhere = register.issues
    .filter(({ code }) => code === "place-unknown" || code === "row-without-place")
    .reduce((sum, { count }) => sum + count, 0);
  if (nowhere > 0) {
    warnings.push(
      `${grouped(nowhere)} of ${grouped(register.rows)} register rows say no place, or one that no record has, and could match no record: see the table register_resolution.`,
    );
  }
  const presumed = assessed("presumed_native");
  if (register.rows > 0 && presumed > 0 && assessed("introduced") + assessed("invasive") === 0) {
    warnings.push(
      `No record matched a row of the register: all ${grouped(presumed)} at its places are presumed native. Records without taxon keys, or with those of another checklist, match nothing.`,
    );
  }
  return warnings;
}

/** A count with separators, for sentences. */
export function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
