import { SaxesParser, type SaxesTagNS } from "saxes";
import { UserError } from "../trouble/index.ts";
import type { DeclaredDialect } from "./input.ts";

/** A `<core>` or `<extension>` of a Darwin Core Archive. */
export interface ArchiveTable {
  readonly rowType: string;
  readonly locations: readonly string[];
  readonly dialect: DeclaredDialect;
  /** Position of `<id>` or `<coreid>`. */
  readonly idIndex: number | null;
  readonly fields: readonly {
    readonly index: number | null;
    readonly term: string;
    readonly default?: string;
  }[];
}

export interface ArchiveDescription {
  readonly core: ArchiveTable;
  readonly extensions: readonly ArchiveTable[];
}

/** A descriptor is some kilobytes; GBIF's largest are 40. */
const mostBytes = 16 * 1024 * 1024;

type Draft = { -readonly [K in keyof ArchiveTable]: ArchiveTable[K] } & {
  locations: string[];
  fields: { index: number | null; term: string; default?: string }[];
};

/**
 * Parses the meta.xml of a Darwin Core Archive. No entity but XML's own is expanded, and nothing it names is
 * fetched.
 *
 * Source: https://dwc.tdwg.org/text/, with its defaults.
 */
export function parseMetaXml(xml: string, path: string): ArchiveDescription {
  if (xml.length > mostBytes) throw wrong(path, `it has ${xml.length} characters`);
  const parser = new SaxesParser({ xmlns: true });
  let core: Draft | undefined;
  const extensions: Draft[] = [];
  let current: Draft | undefined;
  let location: string | undefined;

  parser.on("error", (error) => {
    throw wrong(path, error.message);
  });
  parser.on("opentag", (tag) => {
    const read = (name: string): string | undefined => attribute(tag, name);
    if (tag.local === "core" || tag.local === "extension") {
      if (tag.local === "core" && core !== undefined) throw wrong(path, "it has two cores");
      current = {
        rowType: read("rowType") ?? "",
        locations: [],
        dialect: dialectOf(read, path),
        idIndex: null,
        fields: [],
      };
      if (tag.local === "core") core = current;
      else extensions.push(current);
    } else if (tag.local === "location") location = "";
    else if ((tag.local === "id" || tag.local === "coreid") && current !== undefined) {
      current.idIndex = indexOf(read("index"), path);
    } else if (tag.local === "field" && current !== undefined) {
      const fallback = read("default");
      current.fields.push({
        index: indexOf(read("index"), path),
        term: read("term") ?? "",
        ...(fallback === undefined || fallback === "" ? {} : { default: fallback }),
      });
    }
  });
  parser.on("text", (text) => {
    if (location !== undefined) location += text;
  });
  parser.on("cdata", (text) => {
    if (location !== undefined) location += text;
  });
  parser.on("closetag", (tag) => {
    if (tag.local === "location" && location !== undefined) {
      current?.locations.push(location.trim());
      location = undefined;
    } else if (tag.local === "core" || tag.local === "extension") current = undefined;
  });
  parser.write(xml.replace(/^\ufeff/, "")).close();
  if (core === undefined) throw wrong(path, "it has no <core>");
  return { core, extensions };
}

function dialectOf(read: (name: string) => string | undefined, path: string): DeclaredDialect {
  const header = read("ignoreHeaderLines") ?? "0";
  const ignoreHeaderLines = Number(header.trim() === "" ? "0" : header);
  if (!Number.isInteger(ignoreHeaderLines) || ignoreHeaderLines < 0) {
    throw wrong(path, `ignoreHeaderLines is "${header}", not a whole number`);
  }
  const enclosed = unescaped(read("fieldsEnclosedBy") ?? '"');
  if ([...enclosed].length > 1 || enclosed.charCodeAt(0) > 127) {
    throw wrong(path, `fieldsEnclosedBy is ${JSON.stringify(enclosed)}, not one ASCII character or none`);
  }
  return {
    encoding: (read("encoding") ?? "UTF-8").trim().toLowerCase() || "utf-8",
    fieldsTerminatedBy: unescaped(read("fieldsTerminatedBy") ?? ",") || ",",
    linesTerminatedBy: unescaped(read("linesTerminatedBy") ?? "\\n") || "\n",
    fieldsEnclosedBy: enclosed,
    ignoreHeaderLines,
  };
}

function attribute(tag: SaxesTagNS, name: string): string | undefined {
  return Object.values(tag.attributes).find((item) => item.local === name)?.value;
}

function indexOf(text: string | undefined, path: string): number | null {
  if (text === undefined || text.trim() === "") return null;
  const index = Number(text);
  if (!Number.isInteger(index) || index < 0 || index > 65_535)
    throw wrong(path, `the index "${text}" is no position`);
  return index;
}

const escapes: Record<string, string> = {
  t: "\t",
  n: "\n",
  r: "\r",
  f: "\f",
  "0": "\0",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** Backslash escapes, which descriptors use for what XML would turn into blanks. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|([tnrf0\\"']))/g,
    (_, code: string | undefined, letter: string) =>
      code === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function wrong(path: string, what: string): UserError {
  return new UserError({
    code: "meta-xml-wrong",
    message: `${path}: its meta.xml is no description of a Darwin Core Archive: ${what.replace(/^undefined:/, "line ")}.`,
    hint: "Download the archive again, or give its table of occurrences as a file of its own.",
  });
}
