import { SaxesParser } from "saxes";
import { UserError } from "../trouble/index.ts";
import type { DelimitedLayout } from "./delimited-layout.ts";
import { columnKey } from "./tidy-text.ts";

/** One table of a Darwin Core Archive, as its meta.xml describes it. */
export interface ArchiveTable {
  /** Last part of the row type's address, in lower case: `taxon`, `distribution`, `speciesprofile`. */
  readonly rowType: string;
  readonly core: boolean;
  readonly files: string[];
  readonly layout: DelimitedLayout;
  readonly headerRows: number;
  /** Names of the columns by position; `id` or `coreid` for the column of the record's id. */
  readonly columns: string[];
  /** Values of the columns that the files do not hold. */
  readonly defaults: Map<string, string>;
}

/** Reads the meta.xml of a Darwin Core Archive: https://dwc.tdwg.org/text/ . */
export function parseArchiveMeta(xml: string, path: string): ArchiveTable[] {
  const tables: ArchiveTable[] = [];
  let current: ArchiveTable | undefined;
  let text = "";
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    const tag = local(name);
    const get = (attribute: string): string | undefined => attributes[attribute] as string | undefined;
    text = "";
    if (tag === "core" || tag === "extension") {
      current = {
        rowType: columnKey(get("rowType") ?? ""),
        core: tag === "core",
        files: [],
        layout: {
          delimiter: unescaped(get("fieldsTerminatedBy") ?? "\\t"),
          quote: unescaped(get("fieldsEnclosedBy") ?? '"') || null,
          rowEnd: unescaped(get("linesTerminatedBy") ?? "\\n").replace("\r\n", "\n"),
        },
        headerRows: Number(get("ignoreHeaderLines") ?? 0),
        columns: [],
        defaults: new Map(),
      };
      tables.push(current);
    } else if ((tag === "id" || tag === "coreid") && current !== undefined) {
      current.columns[Number(get("index") ?? 0)] ??= tag;
    } else if (tag === "field" && current !== undefined) {
      const term = get("term") ?? "";
      const index = get("index");
      if (index !== undefined) current.columns[Number(index)] = term;
      const fallback = get("default");
      if (fallback !== undefined) current.defaults.set(columnKey(term), fallback);
    }
  });
  parser.on("text", (part) => {
    text += part;
  });
  parser.on("closetag", ({ name }) => {
    if (local(name) === "location" && current !== undefined)
      current.files.push(text.trim().replace(/^\.\//, ""));
  });
  try {
    parser.write(xml.replace(/^\ufeff/, "")).close();
  } catch (cause) {
    throw new UserError({
      code: "archive-meta-damaged",
      message: `${path}: its meta.xml cannot be read (${cause instanceof Error ? cause.message : String(cause)}).`,
      hint: "Download the archive again.",
      cause,
    });
  }
  return tables;
}

/** Title, citation and licence that an archive's eml.xml states; null where it states none. */
export function parseArchiveAbout(xml: string): { citation: string | null; licence: string | null } {
  const found = new Map<string, string>();
  const path: string[] = [];
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    path.push(local(name));
    const { url } = attributes as Record<string, string | undefined>;
    if (local(name) === "ulink" && path.includes("intellectualRights") && url !== undefined)
      found.set("licence", url);
  });
  parser.on("text", (part) => {
    const tag = path.at(-1) ?? "";
    const text = part.replace(/\s+/g, " ").trim();
    if (text === "") return;
    if (tag === "citation" && !path.includes("bibliography"))
      found.set("citation", (found.get("citation") ?? "") + text);
    if (tag === "title" && path.at(-2) === "dataset" && !found.has("title")) found.set("title", text);
    if (path.includes("intellectualRights") && !found.has("rights")) found.set("rights", text);
  });
  parser.on("closetag", () => {
    path.pop();
  });
  try {
    parser.write(xml.replace(/^\ufeff/, "")).close();
  } catch {
    // What it says before the damage is still true; the table does not depend on it.
  }
  return {
    citation: found.get("citation") ?? found.get("title") ?? null,
    licence: found.get("licence") ?? found.get("rights") ?? null,
  };
}

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function unescaped(text: string): string {
  return text.replace(/\\([tnrf"'\\])/g, (_all, letter: string) => {
    const meaning: Record<string, string> = { t: "\t", n: "\n", r: "\r", f: "\f" };
    return meaning[letter] ?? letter;
  });
}
