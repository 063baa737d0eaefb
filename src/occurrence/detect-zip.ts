import { posix } from "node:path";
import { UserError } from "../trouble/index.ts";
import { accepted } from "./accepted.ts";
import { detectCore, detectTable, type TextToDetect } from "./detect-text.ts";
import type { ArchiveInput, InputOrigin, TextInput } from "./input.ts";
import { type ArchiveTable, parseMetaXml } from "./meta-xml.ts";
import { originOf } from "./origin.ts";
import { readEntry, withZip, type Zip, type ZipEntry } from "./zip.ts";

/** Recognises what a zip holds: a Darwin Core Archive, one table, or Parquet files. */
export async function detectZip(path: string, bytes: number): Promise<TextInput | ArchiveInput> {
  const found = await withZip(path, async (zip) => {
    const origin = await zipOrigin(zip);
    const text = (entry: ZipEntry): TextToDetect => ({
      container: "zip",
      path,
      entry: entry.name,
      bytes,
      textBytes: entry.bytes,
      origin,
    });
    const meta = onlyOne(zip, /(^|\/)meta\.xml$/i);
    if (meta !== undefined) {
      const { core } = parseMetaXml(await entryText(zip, meta), path);
      const location = occurrenceLocation(core, path);
      return { core, text: text(coreEntry(zip, meta, location)) };
    }
    const data = zip.entries.filter(({ name }) => !isBeside(name));
    const parquet: ZipEntry[] = [];
    for (const entry of data) if (await isParquet(zip, entry)) parquet.push(entry);
    if (parquet.length > 0 && parquet.length === data.length) {
      const entries = parquet.map(({ name }) => name).sort();
      const textBytes = parquet.reduce((sum, entry) => sum + entry.bytes, 0);
      return {
        archive: {
          kind: "archive",
          flavour: "simple_parquet",
          container: "zip",
          path,
          bytes,
          entries,
          textBytes,
          origin,
        } as const,
      };
    }
    const tables = data.filter(({ name }) => /\.(csv|tsv|txt|tab)$/i.test(name) || !/\.[^/]*$/.test(name));
    const [table] = tables;
    if (table !== undefined && tables.length === 1) return { text: text(table) };
    throw tables.length === 0 ? noTable(path, zip) : severalTables(path, tables);
  });
  // Looked at outside, for each opens the zip for itself.
  if (found.archive !== undefined) return found.archive;
  return found.core === undefined ? detectTable(found.text) : detectCore(found.text, found.core);
}

/** The file of an archive's core; refuses cores of other things than occurrences. */
export function occurrenceLocation(core: ArchiveTable, path: string): string {
  const kind = core.rowType.replace(/^.*[/#]/, "") || core.rowType;
  if (kind.toLowerCase() !== "occurrence") {
    throw new UserError({
      code: "archive-core-not-occurrence",
      message: `${path}: the core of this Darwin Core Archive holds rows of the type ${kind || "unnamed"}, not Occurrence.`,
      hint: "Only archives with an occurrence core are read: of a sampling event or checklist archive, download its occurrences from GBIF.",
    });
  }
  const [location] = core.locations;
  if (location === undefined || location === "" || core.locations.length > 1) {
    throw new UserError({
      code: "archive-location-wrong",
      message: `${path}: its meta.xml names ${core.locations.length === 0 ? "no file" : core.locations.join(", ")} for the core; one is expected.`,
      hint: "Download the archive again, or give its table of occurrences as a file of its own.",
    });
  }
  return location;
}

function coreEntry(zip: Zip, meta: ZipEntry, location: string): ZipEntry {
  const wanted = posix.join(posix.dirname(meta.name), location);
  const entry =
    zip.entries.find(({ name }) => name === wanted) ??
    zip.entries.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  if (entry !== undefined) return entry;
  throw new UserError({
    code: "archive-core-missing",
    message: `${zip.path}: its meta.xml names ${location}, which is not in the zip; in it are ${listed(zip.entries)}.`,
    hint: "Download the archive again.",
  });
}

function onlyOne(zip: Zip, pattern: RegExp): ZipEntry | undefined {
  const found = zip.entries.filter(({ name }) => pattern.test(name) && !isHidden(name));
  // The one nearest to the top: archives are sometimes zipped with their folder.
  return found.sort((a, b) => a.name.split("/").length - b.name.split("/").length)[0];
}

function isHidden(name: string): boolean {
  return name.startsWith("__MACOSX/") || /(^|\/)\.[^./]/.test(name);
}

/** Files that stand beside the data in downloads. */
export function isBeside(name: string): boolean {
  return (
    isHidden(name) ||
    /(^|\/)(_[^/]*|citations?\.txt|rights\.txt|readme[^/]*|licen[cs]e[^/]*|[^/]+\.(xml|json|md|html?|pdf|crc))$/i.test(
      name,
    )
  );
}

async function isParquet(zip: Zip, entry: ZipEntry): Promise<boolean> {
  if (/\.(csv|tsv|txt|tab)$/i.test(entry.name) || entry.bytes < 12) return false;
  for await (const chunk of readEntry(zip, entry)) return chunk.subarray(0, 4).toString("latin1") === "PAR1";
  return false;
}

/** The beginning of a small file as text. */
async function entryText(zip: Zip, entry: ZipEntry, most = 17 * 1024 * 1024): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readEntry(zip, entry)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function zipOrigin(zip: Zip): Promise<InputOrigin> {
  const read = async (pattern: RegExp): Promise<string | undefined> => {
    const entry = onlyOne(zip, pattern);
    return entry === undefined ? undefined : entryText(zip, entry, 1024 * 1024);
  };
  const citation = await read(/^([^/]+\/)?citations?\.txt$/i);
  const rights = await read(/^([^/]+\/)?rights\.txt$/i);
  const metadata = await read(/^([^/]+\/)?metadata\.xml$/i);
  return originOf({
    ...(citation === undefined ? {} : { citation }),
    ...(rights === undefined ? {} : { rights }),
    ...(metadata === undefined ? {} : { metadata }),
  });
}

function listed(entries: readonly ZipEntry[]): string {
  const names = entries.slice(0, 8).map(({ name }) => name);
  return `${names.join(", ") || "no files"}${entries.length > 8 ? ` and ${entries.length - 8} more` : ""}`;
}

function noTable(path: string, zip: Zip): UserError {
  return new UserError({
    code: "input-unrecognised",
    message: `${path}: the zip holds no table of occurrences; in it are ${listed(zip.entries)}.`,
    hint: accepted,
  });
}

function severalTables(path: string, tables: readonly ZipEntry[]): UserError {
  return new UserError({
    code: "zip-several-tables",
    message: `${path}: the zip holds several tables and no meta.xml that says which is which: ${listed(tables)}.`,
    hint: "Unpack it and give the table of occurrences.",
  });
}
