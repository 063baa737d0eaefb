import type { ArchiveTable } from "./archive-meta.ts";
import { parseArchiveMeta } from "./archive-meta.ts";
import { readText } from "./decode-text.ts";
import type { SourceFiles } from "./source-files.ts";
import { parseTextTable, type TextRow, type TextTable } from "./text-table.ts";
import { columnKey, tidyOrNull } from "./tidy-text.ts";

/** The tables of a GRIIS checklist, and how their rows find each other. */
export interface GriisTables {
  readonly taxa: readonly TextTable[];
  readonly distributions: readonly TextTable[];
  readonly profiles: readonly TextTable[];
  /** The taxon's id by the id under which the distributions know it. */
  readonly taxonBySource: ReadonlyMap<string, string> | null;
}

/** Sorts the delimited tables of a checklist that has no meta.xml by their columns. */
export function griisTables(tables: readonly TextTable[]): GriisTables {
  const named = (table: TextTable) => table.has("scientificName");
  const unified = tables.filter((table) => table.has("taxonKeys") && table.has("verificationKey"));
  const rest = tables.filter((table) => !unified.includes(table));
  const placed = (table: TextTable) =>
    ["countryCode", "country", "locationID"].some((column) => table.has(column));
  return {
    taxa: rest.filter((table) => named(table)),
    distributions: rest.filter((table) => !named(table) && placed(table)),
    profiles: rest.filter((table) => !named(table) && !placed(table) && table.has("isInvasive")),
    taxonBySource: unified.length === 0 ? null : sourceKeys(unified),
  };
}

/** A unified checklist was merged from several: its table of taxa names the keys that each had in its source, between bars. */
function sourceKeys(unified: readonly TextTable[]): Map<string, string> {
  const taxonBySource = new Map<string, string>();
  for (const table of unified) {
    for (const row of table.rows) {
      const taxon = tidyOrNull(row.get("verificationKey"));
      if (taxon === null) continue;
      for (const source of (row.get("taxonKeys") ?? "").split("|")) taxonBySource.set(source.trim(), taxon);
    }
  }
  return taxonBySource;
}

/** Reads the tables of a Darwin Core Archive of taxa: its core, distributions and species profiles. */
export async function archiveTables(files: SourceFiles, metaName: string): Promise<GriisTables> {
  const { text } = await readText(await files.open(metaName), files.path);
  const folder = metaName.slice(0, -"meta.xml".length);
  const described = parseArchiveMeta(text, files.path);
  const read = async (wanted: (table: ArchiveTable) => boolean): Promise<TextTable[]> => {
    const tables: TextTable[] = [];
    for (const table of described.filter(wanted)) {
      for (const file of table.files) {
        if (files.names.includes(folder + file)) tables.push(await archiveTable(files, folder + file, table));
      }
    }
    return tables;
  };
  return {
    taxa: await read((table) => table.core),
    distributions: await read((table) => !table.core && table.rowType === "distribution"),
    profiles: await read((table) => !table.core && table.rowType === "speciesprofile"),
    taxonBySource: null,
  };
}

async function archiveTable(files: SourceFiles, name: string, table: ArchiveTable): Promise<TextTable> {
  const { text } = await readText(await files.open(name), files.path);
  const header = Array.from(table.columns, (column) => column ?? "");
  const parsed = parseTextTable(text, name, { header, layout: table.layout });
  const withDefaults = (row: TextRow): TextRow => ({
    line: row.line,
    get: (column) => tidyOrNull(row.get(column)) ?? table.defaults.get(columnKey(column)),
  });
  return {
    ...parsed,
    has: (column) => parsed.has(column) || table.defaults.has(columnKey(column)),
    rows: parsed.rows.slice(table.headerRows).map(withDefaults),
  };
}

/** The id under which a row speaks of a taxon. */
export function taxonIdOf(row: TextRow): string | null {
  for (const column of ["coreid", "id", "taxonID", "taxonKey"]) {
    const id = tidyOrNull(row.get(column));
    if (id !== null) return id;
  }
  return null;
}
