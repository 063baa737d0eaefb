import { keyOfPage } from "./given-key.ts";
import type { Taxon } from "./taxon.ts";
import { columnKey, tidyOrNull } from "./tidy-text.ts";

/** Makes a taxon of a row's fields; null where the row has no id or name. */
export type TaxonOfRow = (fields: readonly string[]) => Taxon | null;

/** How to read a table of taxa by its header, in Darwin Core's terms or those of ColDP; null where it has no taxa. */
export function taxonColumns(header: readonly string[]): TaxonOfRow | null {
  const keys = header.map(columnKey);
  const at = (...names: string[]): number => {
    for (const name of names) if (keys.includes(name)) return keys.indexOf(name);
    return -1;
  };
  const id = at("taxonid", "taxonkey", "id", "key");
  const name = at("scientificname");
  if (id < 0 || name < 0) return null;
  // In ColDP the parent of a synonym is its accepted taxon; in Darwin Core there is a term for that.
  const parent = keys.includes("acceptednameusageid") ? -1 : at("parentid");
  const accepted = at("acceptednameusageid", "acceptedtaxonkey", "acceptedkey");
  const columns = {
    authorship: at("scientificnameauthorship", "authorship"),
    canonical: at("canonicalname"),
    rank: at("taxonrank", "rank"),
    kingdom: at("kingdom"),
    status: at("taxonomicstatus", "status"),
    acceptedName: at("acceptednameusage", "acceptedscientificname", "acceptedname"),
  };
  return (fields) => {
    const field = (index: number): string | null => (index < 0 ? null : tidyOrNull(fields[index]));
    const key = field(id);
    const scientificName = field(name);
    if (key === null || scientificName === null) return null;
    const authorship = field(columns.authorship);
    const status = field(columns.status);
    const acceptedId = field(accepted) ?? (/synonym|misapplied/i.test(status ?? "") ? field(parent) : null);
    return {
      taxonKey: keyOfPage(key) ?? key,
      acceptedTaxonKey: acceptedId === null ? null : (keyOfPage(acceptedId) ?? acceptedId),
      scientificName:
        authorship === null || scientificName.endsWith(authorship)
          ? scientificName
          : `${scientificName} ${authorship}`,
      canonicalName: field(columns.canonical),
      rank: field(columns.rank),
      kingdom: field(columns.kingdom),
      status,
      acceptedName: field(columns.acceptedName),
    };
  };
}

const kingdoms = [
  "incertae sedis",
  "Animalia",
  "Archaea",
  "Bacteria",
  "Chromista",
  "Fungi",
  "Plantae",
  "Protozoa",
  "Viruses",
];

/**
 * A row of GBIF's backbone as simple text: 30 columns without a header, in PostgreSQL's COPY format.
 * Columns: backbone-ddl.sql of the repository gbif/checklistbank.
 */
export const simpleBackboneRow: TaxonOfRow = (fields) => {
  const field = (index: number): string | null => {
    const text = fields[index];
    if (text === undefined || text === "\\N") return null;
    return text.includes("\\")
      ? tidyOrNull(text.replace(/\\([tnr\\])/g, (_all, letter) => (letter === "\\" ? "\\" : " ")))
      : tidyOrNull(text);
  };
  const key = field(0);
  const scientificName = field(18);
  if (key === null || scientificName === null) return null;
  return {
    taxonKey: key,
    acceptedTaxonKey: field(3) === "t" ? field(1) : null,
    scientificName,
    canonicalName: field(19),
    rank: field(5),
    kingdom: kingdoms[Number(field(10) ?? "-1")] ?? null,
    status: field(4),
  };
};

/** Whether a first row is one of the simple backbone rather than a header. */
export function isSimpleBackbone(fields: readonly string[]): boolean {
  return fields.length >= 30 && /^\d+$/.test(fields[0] ?? "") && /^[tf]$/.test(fields[3] ?? "");
}
