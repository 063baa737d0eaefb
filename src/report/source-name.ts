import { count } from "./numbers.ts";
import type { RunFacts } from "./run-facts.ts";

const kinds: Record<string, string> = {
  dwca: "Darwin Core Archive",
  simple_csv: "GBIF simple download",
  simple_parquet: "GBIF simple download, Parquet",
  snapshot: "GBIF open-data snapshot",
  table: "table of text",
  parquet: "Parquet",
};

/** What people call a kind of input; its own word where there is none. */
export function nameOfKind(kind: string): string {
  return kinds[kind] ?? kind;
}

/** The source in a line: its one file, or how many there are of which kinds. */
export function nameOfSource({ source: { inputs, description } }: RunFacts): string {
  const [first] = inputs;
  if (first === undefined) return description;
  const names = [...new Set(inputs.map(({ kind }) => nameOfKind(kind)))].join(", ");
  return inputs.length === 1 ? `${first.path} (${names})` : `${count(inputs.length)} files (${names})`;
}
