import type { DeclaredDialect, TextDialect } from "./input.ts";
import { matchColumns } from "./match-column.ts";
import { isQuotedTsv } from "./quoted-tsv.ts";

/** The beginning of a text, decoded, without its byte order mark. */
export interface TextSample {
  readonly text: string;
  readonly encoding: string;
}

/** How a file really ends its rows, where it declares a line feed alone, both, or nothing. */
export function lineEnds(
  sample: string,
  declared: string | null,
): Pick<TextDialect, "linesTerminatedBy" | "stripReturn"> {
  const feed = sample.indexOf("\n");
  const returned = feed > 0 && sample[feed - 1] === "\r";
  if (declared === "\r\n") {
    // Many archives declare both and write one: only a file that keeps to it is read to the letter.
    return feed >= 0 && !returned
      ? { linesTerminatedBy: "\n", stripReturn: false }
      : { linesTerminatedBy: "\r\n", stripReturn: false };
  }
  if (declared !== null && declared !== "\n") return { linesTerminatedBy: declared, stripReturn: false };
  if (feed < 0 && sample.includes("\r")) return { linesTerminatedBy: "\r", stripReturn: false };
  return { linesTerminatedBy: "\n", stripReturn: returned };
}

const separators = ["\t", ",", ";", "|"];

/** Recognises how a table without a description is written, from its header line and its first rows. */
export function sniffTable(sample: TextSample): { dialect: TextDialect; header: string[] } {
  const ends = lineEnds(sample.text, null);
  const line = firstLine(sample.text, ends);
  const candidates = separators.map((separator) => {
    const header = splitHeader(line, { fieldsTerminatedBy: separator, fieldsEnclosedBy: '"' });
    const known = matchColumns(header, { aliases: true }).columns.filter((name) => name !== null).length;
    return { separator, header, known };
  });
  const best = candidates.reduce((a, b) =>
    b.known > a.known || (b.known === a.known && b.header.length > a.header.length) ? b : a,
  );
  const plain = {
    encoding: sample.encoding,
    fieldsTerminatedBy: best.separator,
    ...ends,
    ignoreHeaderLines: 1,
  };
  const quoted = best.separator !== "\t" || isQuotedTsv(sample.text, { line, names: best.header }, plain);
  const dialect: TextDialect = { ...plain, fieldsEnclosedBy: quoted ? '"' : "" };
  return { dialect, header: quoted ? best.header : line.split(best.separator) };
}

/** The header line, without its end. */
export function firstLine(
  text: string,
  ends: Pick<TextDialect, "linesTerminatedBy" | "stripReturn">,
): string {
  const end = text.indexOf(ends.linesTerminatedBy);
  const line = end < 0 ? text : text.slice(0, end);
  return ends.stripReturn ? line.replace(/\r$/, "") : line;
}

/** Splits a header line into names. */
export function splitHeader(
  line: string,
  dialect: Pick<DeclaredDialect, "fieldsTerminatedBy" | "fieldsEnclosedBy">,
): string[] {
  const { fieldsTerminatedBy: separator, fieldsEnclosedBy: quote } = dialect;
  if (quote === "" || !line.includes(quote)) return line.split(separator);
  const names: string[] = [];
  let at = 0;
  for (;;) {
    const closing = line[at] === quote ? closingQuote(line, at, quote) : -1;
    const end = line.indexOf(separator, Math.max(at, closing));
    const raw = line.slice(at, end < 0 ? undefined : end);
    names.push(
      closing < 0
        ? raw
        : raw.slice(1, closing - at).replaceAll(quote + quote, quote) + raw.slice(closing - at + 1),
    );
    if (end < 0) return names;
    at = end + separator.length;
  }
}

function closingQuote(line: string, start: number, quote: string): number {
  for (let i = start + 1; i < line.length; i++) {
    if (line[i] !== quote) continue;
    if (line[i + 1] !== quote) return i;
    i++;
  }
  return -1;
}
