import type { RunFacts } from "../report/index.ts";
import type { Manifest } from "./manifest.ts";

/** What the report says of a run, from its manifest. */
export function runFacts(manifest: Manifest): RunFacts {
  return {
    title: manifest.title,
    synthetic: manifest.synthetic,
    generatedAt: manifest.generatedAt,
    version: manifest.bisonflow,
    source: manifest.source,
    register: manifest.register,
    records: manifest.records,
    flags: manifest.flags,
    layers: manifest.layers,
    stages: manifest.stages,
    profile: profileName(manifest.parameters.profile),
    resolve: manifest.parameters.resolve,
    minOccurrences: manifest.parameters.minOccurrences,
    years: manifest.years,
    warnings: manifest.warnings,
  };
}

function profileName(profile: unknown): string {
  const name = (profile as { name?: unknown } | null)?.name;
  return typeof name === "string" ? name : "custom";
}
