import { IssueCounter } from "../trouble/index.ts";
import type { ColumnType } from "./columns.ts";
import { parseDate } from "./parse-date.ts";
import type { ScratchCsv } from "./scratch-csv.ts";
import { isDigit, numberForm, plainDateEnd, skipDigits } from "./text-bytes.ts";
import { trimText } from "./whitespace.ts";

/** How a field's text becomes the column's value. */
export type FieldKind = "text" | "key" | "double" | "integer" | "date" | "list";

const keys = new Set(["gbifid", "datasetkey", "publishingorgkey"]);

/** The kind of a column. */
export function fieldKind(name: string, type: ColumnType): FieldKind {
  if (type === "DOUBLE") return "double";
  if (type === "INTEGER") return "integer";
  if (type === "TIMESTAMP") return "date";
  if (type === "VARCHAR[]") return "list";
  return keys.has(name) || (name.endsWith("key") && name !== "key") ? "key" : "text";
}

/**
 * Writes fields as values that DuckDB takes without a doubt: numbers trimmed and checked, dates in one form,
 * lists without blanks around their elements. What cannot be read is written as absent and counted.
 */
export class FieldWriter {
  readonly issues = new IssueCounter();
  /** The row being written, counted from 1 with the header, for examples. */
  row = 0;
  readonly #out: ScratchCsv;

  constructor(out: ScratchCsv) {
    this.#out = out;
  }

  /** Writes the field in bytes [start, end); returns false, and writes nothing, where it is null. */
  write(kind: FieldKind, column: string, bytes: Buffer, start: number, end: number): boolean {
    if (start === end || (end - start === 2 && bytes[start] === 0x5c && bytes[start + 1] === 0x4e))
      return false;
    if (kind === "text") {
      this.#out.field(bytes, start, end);
      return true;
    }
    if (kind === "list") return this.#list(bytes, start, end);
    // Blanks around a number, key or date are none of it.
    let from = start;
    let to = end;
    while (from < to && (bytes[from] as number) <= 0x20) from++;
    while (to > from && (bytes[to - 1] as number) <= 0x20) to--;
    if (from < to && ((bytes[from] as number) > 0x7f || (bytes[to - 1] as number) > 0x7f)) {
      const trimmed = Buffer.from(trimText(bytes.toString("utf8", from, to)), "utf8");
      return trimmed.length > 0 && this.#trimmed(kind, column, trimmed, 0, trimmed.length);
    }
    return from < to && this.#trimmed(kind, column, bytes, from, to);
  }

  #trimmed(kind: FieldKind, column: string, bytes: Buffer, start: number, end: number): boolean {
    if (kind === "double") return this.#double(column, bytes, start, end);
    if (kind === "integer") return this.#integer(column, bytes, start, end);
    if (kind === "date") return this.#date(column, bytes, start, end);
    return this.#key(column, bytes, start, end);
  }

  #double(column: string, bytes: Buffer, start: number, end: number): boolean {
    const form = numberForm(bytes, start, end);
    if (form === null) return this.#unreadable("number-unreadable", column, "no number", bytes, start, end);
    if (form !== "exponent" && end - start < 300) {
      this.#out.clean(bytes, start, end);
      return true;
    }
    const value = Number(bytes.toString("latin1", start, end));
    if (!Number.isFinite(value))
      return this.#unreadable("number-unreadable", column, "no number", bytes, start, end);
    this.#out.text(String(value));
    return true;
  }

  #integer(column: string, bytes: Buffer, start: number, end: number): boolean {
    const form = numberForm(bytes, start, end);
    if (form === null) return this.#unreadable("number-unreadable", column, "no number", bytes, start, end);
    if (form === "plain" && end - start < 10) {
      this.#out.clean(bytes, start, end);
      return true;
    }
    const value = Number(bytes.toString("latin1", start, end));
    if (!Number.isInteger(value) || Math.abs(value) > 2_147_483_647) {
      return this.#unreadable("integer-unreadable", column, "no whole number of 32 bits", bytes, start, end);
    }
    this.#out.text(String(value));
    return true;
  }

  #date(column: string, bytes: Buffer, start: number, end: number): boolean {
    const plain = plainDateEnd(bytes, start, end);
    if (plain >= 0) {
      this.#out.clean(bytes, start, plain);
      return true;
    }
    const moment = parseDate(bytes.toString("utf8", start, end));
    if (moment === null) return this.#unreadable("date-unreadable", column, "no date", bytes, start, end);
    this.#out.text(moment);
    return true;
  }

  #key(column: string, bytes: Buffer, start: number, end: number): boolean {
    // 2487430.0 is what a spreadsheet or data frame makes of the key 2487430.
    if (
      bytes[end - 1] === 0x30 &&
      bytes[end - 2] === 0x2e &&
      isDigit(bytes[start]) &&
      skipDigits(bytes, start, end) === end - 2
    ) {
      this.#issue(
        "key-as-number",
        column,
        "a key written as a number with a point; read without it",
        bytes,
        start,
        end,
      );
      this.#out.clean(bytes, start, end - 2);
    } else this.#out.field(bytes, start, end);
    return true;
  }

  #list(bytes: Buffer, start: number, end: number): boolean {
    let plain = bytes[start] !== 0x3b && bytes[end - 1] !== 0x3b;
    for (let i = start; plain && i < end; i++) {
      const byte = bytes[i] as number;
      plain = byte > 0x22 && byte < 0x7f && (byte !== 0x3b || bytes[i - 1] !== 0x3b);
    }
    if (plain) {
      this.#out.clean(bytes, start, end);
      return true;
    }
    const elements = bytes.toString("utf8", start, end).split(";").map(trimText);
    const joined = Buffer.from(elements.filter((element) => element !== "").join(";"), "utf8");
    if (joined.length === 0) return false;
    this.#out.field(joined, 0, joined.length);
    return true;
  }

  #unreadable(code: string, column: string, what: string, bytes: Buffer, start: number, end: number): false {
    this.#issue(code, column, what, bytes, start, end);
    return false;
  }

  #issue(code: string, column: string, what: string, bytes: Buffer, start: number, end: number): void {
    this.issues.add(code, () => {
      const shown = bytes.toString("utf8", start, Math.min(end, start + 60));
      return `row ${this.row}: ${column} is ${JSON.stringify(shown)}, ${what}`;
    });
  }
}
