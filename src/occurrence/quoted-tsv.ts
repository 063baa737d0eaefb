import type { TextDialect } from "./input.ts";
import { localName } from "./match-column.ts";
import { rowFormat } from "./row-format.ts";
import { RowScanner } from "./row-scanner.ts";

/** So much of a sample is looked at. */
const mostCharacters = 200_000;
/** A field that is quoted with doubled quotes in it. */
const doubledQuotes = /(?:^|\t)"(?:[^"\t\n]|"")*""(?:[^"\t\n]|"")*"(?=\t|\r?\n|$)/m;

/**
 * Whether the fields of a tab-separated table may be quoted. GBIF's own tables never quote, and hold fields that
 * begin with a quote. Others do where their header does, or where it makes a difference and most rows of which it
 * does say so: with quotes they have the header's number of fields, and without they are no rows of that many. Fields
 * that only begin with a quote, and others that only end with one, would join the rows between them; so where rows are
 * whole without quotes, and in doubt, nothing is quoted and no row is lost.
 */
export function isQuotedTsv(
  sample: string,
  header: { readonly line: string; readonly names: readonly string[] },
  dialect: Omit<TextDialect, "fieldsEnclosedBy">,
): boolean {
  const { line } = header;
  if (line.startsWith('"') || line.includes('\t"')) return true;
  const names = new Set(header.names.map(localName));
  if (names.has("gbifid") && names.has("datasetkey")) return false;
  const text = wholeRows(sample.slice(line.length + dialect.linesTerminatedBy.length), dialect);
  const votes = readBothWays(text, header.names.length, dialect);
  return votes === 0 ? doubledQuotes.test(text) : votes > 0;
}

/** The beginning of a text, up to a row's end where it is cut. */
function wholeRows(text: string, { linesTerminatedBy }: Pick<TextDialect, "linesTerminatedBy">): string {
  if (text.length <= mostCharacters) return text;
  const end = text.lastIndexOf(linesTerminatedBy, mostCharacters);
  return text.slice(0, end < 0 ? mostCharacters : end);
}

/** For each row that quotes change: one where it is whole with them alone, minus one otherwise; the sum. */
function readBothWays(text: string, full: number, dialect: Omit<TextDialect, "fieldsEnclosedBy">): number {
  const bytes = Buffer.from(text, "utf8");
  const quoted = new RowScanner(rowFormat({ ...dialect, fieldsEnclosedBy: '"' }), []);
  const plain = new RowScanner(rowFormat({ ...dialect, fieldsEnclosedBy: "" }), []);
  let votes = 0;
  let joins = false;
  for (let at = 0; at < bytes.length; ) {
    const end = quoted.scan(bytes, at, bytes.length, true);
    let [rows, whole, fields] = [0, 0, 0];
    while (at < end) {
      at = plain.scan(bytes, at, bytes.length, true);
      if (plain.empty) continue;
      rows++;
      fields = plain.fields;
      if (fields === full) whole++;
    }
    if (rows > 1) joins = true;
    if (rows > 1 || (rows === 1 && fields !== quoted.fields)) {
      // The first or last line of a row that quotes hold together may be as wide as a row; two such are two rows.
      const apart = rows === 1 ? whole === 0 : whole < 2;
      votes += quoted.fields === full && apart ? 1 : -1;
    }
  }
  return votes === 0 && joins ? -1 : votes;
}
