import { basename } from "node:path";
import { type DataIssue, IssueCounter, UserError } from "../trouble/index.ts";
import { parseArchiveAbout } from "./archive-meta.ts";
import { type Checklist, checklistOf } from "./checklist.ts";
import { readText } from "./decode-text.ts";
import { griisRows } from "./griis.ts";
import { archiveTables, type GriisTables, griisTables } from "./griis-tables.ts";
import { canHoldRecords } from "./places.ts";
import { fits, formatOfHeader, notARegister, refuseIncompleteRiis } from "./register-header.ts";
import type { RegisterFormat, RegisterRow } from "./register-row.ts";
import { openSourceFiles, type SourceFiles } from "./source-files.ts";
import { parseTextTable, type TextTable } from "./text-table.ts";
import { tidyOrNull } from "./tidy-text.ts";
import { riisCitation, riisLicence, riisRows } from "./us-riis.ts";

/** A register as it was read. */
export interface Register {
  readonly format: RegisterFormat;
  /** In the order of the file. */
  readonly rows: RegisterRow[];
  /** Odd words, keys and rows, rows left out, and pairs of rows with one place and key. */
  readonly issues: DataIssue[];
  /** The checklist of the keys given; null where none is given or they are of both. */
  readonly checklist: Checklist | null;
  /** How to cite it, with its DOI; null where the file does not say. */
  readonly citation: string | null;
  readonly licence: string | null;
}

/** Where a register is and what is known of it beforehand. */
export interface RegisterSource {
  /** A CSV or TSV file, a zip, a Darwin Core Archive, or a folder of such files. */
  readonly path: string;
  /** Detected from the header when absent. */
  readonly format?: RegisterFormat;
  /** The place of the rows that say none. */
  readonly place?: string;
}

/**
 * Reads a register of introduced and invasive species.
 *
 * US-RIIS version 1 (2021) and 2 (2022): the master list as CSV, alone or in a zip. GRIIS: a Darwin Core Archive
 * (taxa, distributions, species profiles), the same tables as CSV files in a zip or folder, or one CSV with a place
 * column. Byte order mark, CRLF, quoted line ends, UTF-16 and Windows-1252 are read; keys stay text.
 *
 * @throws UserError `register-unknown` for a header that is none of these, saying what was seen and what is accepted.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { parseRegister } from "bisonflow/register";
 * const path = join(tmpdir(), "bisonflow-example-riis.csv");
 * await writeFile(
 *   path,
 *   "locality,scientificName,degreeOfEstablishment,GBIF_taxonKey,occurrenceID\n" +
 *     "HI,Acridotheres tristis,invasive (category D2),2489005,USRIIS-HI-1\n",
 * );
 * const { format, rows } = await parseRegister({ path });
 * console.log(format, rows[0]?.place, rows[0]?.degree, rows[0]?.givenKey); // us-riis-v2 HI invasive 2489005
 * ```
 */
export async function parseRegister(source: RegisterSource): Promise<Register> {
  const files = await openSourceFiles(source.path);
  try {
    return await readFiles(files, source);
  } finally {
    files.close();
  }
}

async function readFiles(files: SourceFiles, source: RegisterSource): Promise<Register> {
  if (files.names.includes("[Content_Types].xml")) {
    throw new UserError({
      code: "register-is-workbook",
      message: `${source.path}: a spreadsheet workbook; a register is read from delimited text.`,
      hint: "Save its master list as CSV (UTF-8) and give that file.",
    });
  }
  const issues = new IssueCounter();
  const meta = files.names.find((name) => /(^|\/)meta\.xml$/i.test(name));
  if (meta !== undefined) {
    const tables = await archiveTables(files, meta);
    const headers = tables.taxa.map((table) => table.header);
    if (source.format !== undefined && source.format !== "griis")
      throw notARegister(source.path, headers, source.format);
    if (!tables.taxa.some((table) => table.has("scientificName")))
      throw notARegister(source.path, headers, "griis");
    return griis(tables, source, issues, await archiveAbout(files));
  }
  const tables = await textTables(files, issues);
  const format = source.format ?? detect(tables, source.path);
  const wanted = format === null ? [] : tables.filter((table) => fits(table.header, format));
  if (format === null || wanted.length === 0)
    throw notARegister(
      source.path,
      tables.map(({ header }) => header),
      source.format,
    );
  if (format === "griis") return griis(griisTables(tables), source, issues, null);
  const rows = wanted.flatMap((table) => riisRows(table, { format, place: source.place, issues }));
  return finished(format, rows, issues, { citation: riisCitation[format], licence: riisLicence });
}

/** US-RIIS before GRIIS: a zip of it holds other tables beside the list. */
function detect(tables: readonly TextTable[], path: string): RegisterFormat | null {
  const formats = tables.map((table) => formatOfHeader(table.header));
  const found = (["us-riis-v1", "us-riis-v2", "griis"] as const).find((format) => formats.includes(format));
  if (found === "us-riis-v1" || found === "us-riis-v2") return found;
  for (const { header } of tables) refuseIncompleteRiis(header, path);
  return found ?? null;
}

async function textTables(files: SourceFiles, issues: IssueCounter): Promise<TextTable[]> {
  const tables: TextTable[] = [];
  const alone = files.names.length === 1;
  for (const name of files.names) {
    if (!alone && !/\.(csv|tsv|tab|txt)(\.gz)?$/i.test(name)) continue;
    const { text, guessed } = await readText(await files.open(name), files.path);
    if (guessed) issues.add("text-not-utf8", `${name}: not UTF-8; read as Windows-1252`);
    // A binary file is no table, and its first "row" no header to show.
    if (!text.slice(0, 4096).includes("\0")) tables.push(parseTextTable(text, basename(name)));
  }
  return tables;
}

interface About {
  readonly citation: string | null;
  readonly licence: string | null;
}

async function archiveAbout(files: SourceFiles): Promise<About | null> {
  const eml = files.names.find((name) => /(^|\/)eml\.xml$/i.test(name));
  return eml === undefined
    ? null
    : parseArchiveAbout((await readText(await files.open(eml), files.path)).text);
}

function griis(
  tables: GriisTables,
  source: RegisterSource,
  issues: IssueCounter,
  about: About | null,
): Register {
  const rows = griisRows(tables, { place: source.place, issues });
  // A country's name is no code; the id of a location is another register's way to say a place.
  const saysNone = (place: string | null) =>
    place === null || (/^[\p{L} .'-]+$/u.test(place) && !canHoldRecords(place, "griis"));
  if (rows.length > 0 && rows.every(({ place }) => saysNone(place))) {
    throw new UserError({
      code: "register-without-place",
      message: `${source.path}: none of its ${rows.length} taxa says by a country code at which place it is introduced.`,
      hint: "Name the place (a country code such as BE), or give the checklist with its distributions.",
    });
  }
  const [first] = tables.taxa.flatMap((table) => table.rows.slice(0, 1));
  const name = tidyOrNull(first?.get("datasetName"));
  const id = tidyOrNull(first?.get("datasetID"));
  return finished("griis", rows, issues, {
    citation: about?.citation ?? (name === null ? id : id === null ? name : `${name}, ${id}`),
    licence: about?.licence ?? tidyOrNull(first?.get("license")),
  });
}

function finished(format: RegisterFormat, rows: RegisterRow[], issues: IssueCounter, about: About): Register {
  if (rows.length === 0) issues.add("register-without-rows", "no row of it says that a taxon is introduced");
  const ids = new Set<string>();
  const keys = new Map<string, RegisterRow>();
  for (const row of rows) {
    if (row.scientificName === "")
      issues.add("row-without-name", `line ${row.line}: ${row.rowId} has no name`);
    if (ids.has(row.rowId)) issues.add("row-id-repeated", `line ${row.line}: ${row.rowId} was there before`);
    ids.add(row.rowId);
    if (row.givenKey === null) continue;
    const pair = `${row.place ?? ""} ${row.givenKey}`;
    const before = keys.get(pair);
    if (before === undefined) keys.set(pair, row);
    else {
      issues.add(
        "key-repeated",
        `line ${row.line}: ${row.scientificName} has the place and key of line ${before.line}, ${before.scientificName} (${pair})`,
      );
    }
  }
  const checklist = checklistOf(rows.flatMap(({ givenKey }) => givenKey ?? []));
  if (checklist === "mixed")
    issues.add("keys-of-two-checklists", "keys of GBIF's backbone and of the Catalogue of Life are mixed");
  return {
    format,
    rows,
    issues: issues.list(),
    checklist: checklist === "mixed" ? null : checklist,
    ...about,
  };
}
