import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stageRows } from "../../test/occurrence/staging.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { type Engine, openEngine } from "../engine/index.ts";
import { stageText, type TextDialect, type TextInput } from "./index.ts";

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const columns = ["locality", "stateprovince", "occurrenceid", "species"];

function inputOf(path: string, textBytes: number | null, dialect: TextDialect, fields: number): TextInput {
  return {
    kind: "text",
    flavour: "dwca",
    container: "none",
    path,
    entry: null,
    bytes: textBytes ?? 0,
    textBytes,
    dialect,
    columns: columns.slice(0, fields).map((name, index) => ({ index, name })),
    fields,
    unused: [],
    issues: [],
    origin: {},
  };
}

let files = 0;
function write(content: string | Uint8Array): { path: string; bytes: number } {
  const path = join(folder, `table-${files++}.txt`);
  const bytes = Buffer.from(content);
  writeFileSync(path, bytes);
  return { path, bytes: bytes.length };
}

const odd = [
  "\0",
  "\r",
  "\n",
  "\r\n",
  "\u2028",
  "\u2029",
  "\u0085",
  "\f",
  "\v",
  '"',
  '""',
  "'",
  "\\",
  "\\N",
  "\x1f",
  "\x1e",
  "\ufeff",
  "\ufffd",
  "\t",
  ",",
  ";",
  "|",
  "😀",
  "é",
  " ",
  "\u00a0",
  "NULL",
  "#",
  "\x1a",
  "\x7f",
];
const piece = fc.oneof(fc.constantFrom(...odd), fc.string({ maxLength: 6, unit: "grapheme" }));
const field = fc.oneof(
  { weight: 1, arbitrary: fc.constant("") },
  { weight: 4, arbitrary: fc.array(piece, { maxLength: 5 }).map((parts) => parts.join("")) },
);

const dialects = fc.record({
  fieldsTerminatedBy: fc.constantFrom("\t", ",", ";", "|", "||", "\u00a7", "\x01", "|#|"),
  rowEnd: fc.constantFrom("\n", "\r\n", "strict\r\n", "\r", "||\n", "\x02"),
  fieldsEnclosedBy: fc.constantFrom("", '"', "'"),
  mark: fc.boolean(),
  header: fc.nat({ max: 2 }),
  lastEnd: fc.boolean(),
});

/** Writes a field by the rules of a dialect, or says that it cannot be written. */
function written(value: string, quote: string, specials: readonly string[]): string {
  if (quote === "") return specials.reduce((text, special) => text.replaceAll(special, " "), value);
  const needs = value.startsWith(quote) || specials.some((special) => value.includes(special[0] as string));
  return needs ? quote + value.replaceAll(quote, quote + quote) + quote : value;
}

describe("a text of any table in any dialect", () => {
  it("reads back as it was written, in parts of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        dialects,
        fc.integer({ min: 2, max: 4 }),
        fc.array(fc.array(field, { minLength: 4, maxLength: 4 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 400 }),
        async (shape, width, table, partBytes) => {
          const strict = shape.rowEnd === "strict\r\n";
          const end = strict ? "\r\n" : shape.rowEnd;
          const stripReturn = end === "\r\n" && !strict;
          const terminator = stripReturn ? "\n" : end;
          const { fieldsTerminatedBy: separator, fieldsEnclosedBy: quote } = shape;
          fc.pre(
            !separator.includes(quote === "" ? "\u0000\u0000" : quote) && separator[0] !== terminator[0],
          );
          const specials = [
            separator,
            terminator,
            ...(quote === "" ? [separator[0] as string, terminator[0] as string] : []),
            ...(stripReturn ? ["\r"] : []),
          ];
          const values = table.map((row) =>
            row.slice(0, width).map((value) => (quote === "" ? written(value, "", specials) : value)),
          );
          const lines = values.map((row) =>
            row.map((value) => written(value, quote, specials)).join(separator),
          );
          const header = Array.from({ length: shape.header }, (_, k) =>
            Array(width).fill(`h${k}`).join(separator),
          );
          const all = [...header, ...lines];
          const text =
            (shape.mark ? "\ufeff" : "") + all.join(end) + (shape.lastEnd || lines.at(-1) === "" ? end : "");
          // A mark at the very beginning is no part of the first field.
          fc.pre(shape.mark || !text.startsWith("\ufeff"));
          const { path, bytes } = write(all.length === 0 ? "" : text);
          const dialect: TextDialect = {
            encoding: "utf-8",
            fieldsTerminatedBy: separator,
            linesTerminatedBy: terminator,
            stripReturn,
            fieldsEnclosedBy: quote,
            ignoreHeaderLines: shape.header,
          };
          const input = inputOf(path, bytes, dialect, width);
          const staged = await stageRows({ engine, input, columns, folder, partBytes });
          const expected = values.map((row) =>
            Object.fromEntries(
              columns.map((name, k) => [
                name,
                row[k] === undefined || row[k] === "" || row[k] === "\\N" ? null : row[k],
              ]),
            ),
          );
          expect(staged.rows.map(unmarked)).toEqual(expected.map(unmarked));
          expect(staged.issues).toEqual([]);
          // Every row is in the part in which its first byte lies.
          const counts = Array(Math.max(1, Math.ceil(bytes / partBytes))).fill(0) as number[];
          let at =
            Buffer.byteLength(shape.mark ? "\ufeff" : "") +
            header.reduce((sum, line) => sum + Buffer.byteLength(line + end), 0);
          for (const line of lines) {
            const part = Math.floor(at / partBytes);
            counts[part] = (counts[part] ?? 0) + 1;
            at += Buffer.byteLength(line + end);
          }
          expect(staged.partRows).toEqual(counts);
        },
      ),
      { numRuns: 250 },
    );
  }, 180_000);
});

/** DuckDB's binding drops a byte order mark at the beginning of a text that it hands out. */
function unmarked(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "string" ? value.replace(/^\ufeff+/, "") : value,
    ]),
  );
}

const tsv: TextDialect = {
  encoding: "utf-8",
  fieldsTerminatedBy: "\t",
  linesTerminatedBy: "\n",
  stripReturn: false,
  fieldsEnclosedBy: "",
  ignoreHeaderLines: 1,
};
const csv: TextDialect = { ...tsv, fieldsTerminatedBy: ",", fieldsEnclosedBy: '"' };

async function stage(
  content: string | Uint8Array,
  dialect: TextDialect,
  width = 2,
  textBytes?: number | null,
) {
  const { path, bytes } = write(content);
  const input = inputOf(path, textBytes === undefined ? bytes : textBytes, dialect, width);
  const { rows, issues } = await stageRows({ engine, input, columns: columns.slice(0, width), folder });
  return { rows: rows.map((row) => columns.slice(0, width).map((name) => row[name])), issues };
}

describe("rows", () => {
  it("that are short are padded, and counted", async () => {
    const { rows, issues } = await stage("a\tb\n1\n2\t3\n", tsv);
    expect(rows).toEqual([
      ["1", null],
      ["2", "3"],
    ]);
    expect(issues).toEqual([{ code: "row-short", count: 1, example: "row 2: 1 fields of 2" }]);
  });

  it("that are long lose what no header names, and are counted", async () => {
    const { rows, issues } = await stage("a\tb\n1\t2\t3\n", tsv);
    expect(rows).toEqual([["1", "2"]]);
    expect(issues).toEqual([{ code: "row-long", count: 1, example: "row 2: 3 fields, 2 are named" }]);
  });

  it("without a byte are no records, wherever they stand", async () => {
    const { rows, issues } = await stage("a\tb\n\n1\t2\n\n\n", tsv);
    expect(rows).toEqual([["1", "2"]]);
    expect(issues).toEqual([{ code: "line-empty", count: 3, example: "row 2: an empty line" }]);
  });

  it("of separators alone are records of nulls", async () => {
    const { rows, issues } = await stage("a\tb\n\t\n", tsv);
    expect(rows).toEqual([[null, null]]);
    expect(issues).toEqual([]);
  });

  it("with a field of three megabytes are read", async () => {
    const long = "x".repeat(3_000_000);
    const { rows } = await stage(`a\tb\n1\t${long}\n2\t3\n`, tsv);
    expect(rows[0]?.[1]).toBe(long);
    expect(rows[1]).toEqual(["2", "3"]);
  });

  it("are none where there is a header alone", async () => {
    expect((await stage("a\tb\n", tsv)).rows).toEqual([]);
    expect((await stage("a\tb", tsv)).rows).toEqual([]);
  });
});

describe("quotes", () => {
  it("in the middle of a field are plain", async () => {
    expect((await stage('a,b\n5" pipe,x"y"z\n', csv)).rows).toEqual([['5" pipe', 'x"y"z']]);
  });

  it("hold separators, row ends and doubled quotes", async () => {
    expect((await stage('a,b\n"x, ""y""\r\nz",""\n', csv)).rows).toEqual([['x, "y"\r\nz', null]]);
  });

  it("with text behind them are read as one field, and counted", async () => {
    const { rows, issues } = await stage('a,b\n"abc"def,2\n', csv);
    expect(rows).toEqual([["abcdef", "2"]]);
    expect(issues.map(({ code, count }) => [code, count])).toEqual([["quote-astray", 1]]);
  });

  it("that nothing closes do not swallow the rest of the file", async () => {
    const { rows, issues } = await stage('a,b\n"broken,2\n3,4\n5,6\n', csv);
    expect(rows).toEqual([
      ['"broken', "2"],
      ["3", "4"],
      ["5", "6"],
    ]);
    expect(issues.map(({ code, count }) => [code, count])).toEqual([["quote-unclosed", 1]]);
  });

  it("that the next quoted field would close do not swallow the rows between", async () => {
    const { rows, issues } = await stage('a,b\n"broken,2\n3,4\n5,"six, seven"\n8,9\n', csv);
    expect(rows).toEqual([
      ['"broken', "2"],
      ["3", "4"],
      ["5", "six, seven"],
      ["8", "9"],
    ]);
    expect(issues.map(({ code }) => code)).toEqual(["quote-unclosed"]);
  });

  it("are plain where the dialect has none", async () => {
    expect((await stage('a\tb\n"Big" rock\t"\n"\t2\n', tsv)).rows).toEqual([
      ['"Big" rock', '"'],
      ['"', "2"],
    ]);
  });
});

describe("bytes", () => {
  it("that are no UTF-8 become U+FFFD, and are counted", async () => {
    const { rows, issues } = await stage(Buffer.from("a\tb\nM\xfcnchen\t\xff\xfe\n", "latin1"), tsv);
    expect(rows).toEqual([["M\ufffdnchen", "\ufffd\ufffd"]]);
    expect(issues.map(({ code, count }) => [code, count])).toEqual([["text-not-utf8", 3]]);
  });

  it.each(["windows-1252", "utf-16le", "utf-16be"])("in %s are decoded", async (encoding) => {
    const text = "a\tb\nMünchen\tñ\n2\t3\n";
    const units = encoding === "windows-1252" ? Buffer.from(text, "latin1") : Buffer.from(text, "utf16le");
    if (encoding === "utf-16be") units.swap16();
    const { rows } = await stage(units, { ...tsv, encoding });
    expect(rows).toEqual([
      ["München", "ñ"],
      ["2", "3"],
    ]);
  });
});

it("stops when told to, and leaves nothing behind", async () => {
  const { path, bytes } = write(`a\tb\n${"1\t2\n".repeat(1000)}`);
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  const scratchFolder = temporaryFolderOf("scratch");
  await expect(
    stageText({
      input: inputOf(path, bytes, tsv, 2),
      columns: ["locality"],
      partBytes: 1e9,
      outPath: (part) => join(folder, `never-${part}.parquet`),
      engine,
      scratchFolder,
      signal: controller.signal,
    }),
  ).rejects.toThrow("enough");
  expect(readdirSync(scratchFolder)).toEqual([]);
});

function temporaryFolderOf(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}
