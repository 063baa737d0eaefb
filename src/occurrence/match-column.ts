import { OCCURRENCE_COLUMNS } from "./columns.ts";

const byTerm = new Map(OCCURRENCE_COLUMNS.map(({ term, name }) => [term.toLowerCase(), name]));
const byName = new Map(OCCURRENCE_COLUMNS.map(({ name }) => [name, name]));
const byAlias = new Map(
  OCCURRENCE_COLUMNS.flatMap(({ name, aliases }) => (aliases ?? []).map((alias) => [alias, name])),
);

/** What the headers of a file mean. */
export interface MatchedColumns {
  /** For each header the column it means, or null; a column appears once. */
  readonly columns: readonly (string | null)[];
  /** Headers that mean no column, or one that an earlier or closer header means already. */
  readonly unused: readonly string[];
}

/**
 * Finds the columns that headers mean: term URIs, names with `dwc:` or `dcterms:` before them, any case, with
 * spaces, underscores or hyphens within. Where two headers mean one column, a term's own URI wins over its
 * name and a name over an alias; then the first wins.
 */
export function matchColumns(headers: readonly string[], options: { aliases: boolean }): MatchedColumns {
  const matched: (string | null)[] = headers.map(() => null);
  const taken = new Set<string>();
  const ways = [matchTerm, matchName, ...(options.aliases ? [matchAlias] : [])];
  for (const way of ways) {
    headers.forEach((header, index) => {
      if (matched[index] !== null) return;
      const name = way(header);
      if (name === undefined || taken.has(name)) return;
      taken.add(name);
      matched[index] = name;
    });
  }
  return { columns: matched, unused: headers.filter((_, index) => matched[index] === null) };
}

function matchTerm(header: string): string | undefined {
  return byTerm.get(
    header
      .trim()
      .toLowerCase()
      .replace(/^https:/, "http:"),
  );
}

function matchName(header: string): string | undefined {
  return byName.get(localName(header));
}

function matchAlias(header: string): string | undefined {
  return byAlias.get(localName(header));
}

/** The name of a term without its namespace, in lower case, letters and digits alone. */
export function localName(header: string): string {
  const text = header.trim().toLowerCase();
  const local = /^https?:\/\//.test(text)
    ? text.replace(/^.*[/#]/, "")
    : text.replace(/^(dwc|dcterms|dc|gbif|iri):/, "");
  return local.replace(/[\s_-]+/g, "");
}
