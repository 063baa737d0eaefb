import { parse } from "csv-parse/sync";
import { UserError } from "../trouble/index.ts";
import { type DelimitedLayout, guessLayout } from "./delimited-layout.ts";
import { columnKey } from "./tidy-text.ts";

/** A row of a small table: a field by its column's name, and the line on which it begins. */
export interface TextRow {
  readonly line: number;
  /** The field under a column, by the column's name in any spelling; undefined where there is none. */
  get(column: string): string | undefined;
}

/** A small delimited table, read whole. */
export interface TextTable {
  readonly name: string;
  readonly header: readonly string[];
  has(column: string): boolean;
  readonly rows: readonly TextRow[];
}

/** Reads a delimited text with a header row: quoted line ends, stray quotes, short and long rows, LF or CRLF. */
export function parseTextTable(
  text: string,
  name: string,
  options: { header?: string[]; layout?: DelimitedLayout } = {},
): TextTable {
  const layout = options.layout ?? guessLayout(text.slice(0, 65_536));
  const [first, ...rest] = records(text, name, layout);
  const header = options.header ?? first?.fields ?? [];
  const body = options.header === undefined || first === undefined ? rest : [first, ...rest];
  const positions = new Map<string, number>();
  header.forEach((column, index) => {
    const key = columnKey(column);
    if (!positions.has(key)) positions.set(key, index);
  });
  return {
    name,
    header,
    has: (column) => positions.has(columnKey(column)),
    rows: body.map(({ line, fields }) => ({
      line,
      get: (column) => {
        const position = positions.get(columnKey(column));
        return position === undefined ? undefined : fields[position];
      },
    })),
  };
}

interface CountedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

function records(text: string, name: string, layout: DelimitedLayout): { line: number; fields: string[] }[] {
  let parsed: CountedRecord[];
  try {
    // Line ends made one, else csv-parse counts a quoted CRLF as two lines.
    parsed = parse(layout.rowEnd === "\n" ? text.replaceAll("\r\n", "\n") : text, {
      bom: true,
      delimiter: layout.delimiter,
      quote: layout.quote,
      record_delimiter: layout.rowEnd,
      relax_column_count: true,
      relax_quotes: true,
      info: true,
    }) as unknown as CountedRecord[];
  } catch (cause) {
    throw new UserError({
      code: "register-unreadable",
      message: `${name}: not a delimited text file (${cause instanceof Error ? cause.message : String(cause)}).`,
      hint: "A quoted field may lack its closing quote: open the file at that line.",
      cause,
    });
  }
  // csv-parse counts the line on which a record ends; it begins after the one before it.
  let end = 0;
  const kept: { line: number; fields: string[] }[] = [];
  for (const { record, info } of parsed) {
    if (record.some((field) => field.trim() !== "")) kept.push({ line: end + 1, fields: record });
    end = info.lines;
  }
  return kept;
}
