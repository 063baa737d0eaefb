import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import type { DelimitedLayout } from "./delimited-layout.ts";

/** A row longer than this is a file with other row ends than it said, or no text at all. */
const longestRowBytes = 1 << 26;

/** Reads the rows of a delimited file of any size, in batches: memory stays at one piece of the file. */
export async function* delimitedRows(stream: Readable, layout: DelimitedLayout): AsyncGenerator<string[][]> {
  try {
    if (layout.quote === null) yield* plainRows(stream, layout);
    else yield* quotedRows(stream, layout);
  } finally {
    stream.destroy();
  }
}

/** Without quoting, rows are lines and fields lie between delimiters: nine million rows at the pace of split. */
async function* plainRows(
  stream: Readable,
  { delimiter, rowEnd }: DelimitedLayout,
): AsyncGenerator<string[][]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let first = true;
  const rows = (text: string): string[][] => {
    const body = first ? text.replace(/^\ufeff/, "") : text;
    first = false;
    const lines = body.split(rowEnd);
    return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line).split(delimiter));
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    // Cut at a row end, which no letter of UTF-8 contains, so that no letter is cut in two.
    const cut = chunk.lastIndexOf(rowEnd);
    if (cut < 0) {
      rest.push(chunk);
      restBytes += chunk.length;
      if (restBytes > longestRowBytes) throw new Error(`no end of a row within ${longestRowBytes >> 20} MiB`);
      continue;
    }
    const head = chunk.subarray(0, cut);
    yield rows(Buffer.concat([...rest, head]).toString("utf8"));
    rest = [chunk.subarray(cut + rowEnd.length)];
    restBytes = chunk.length - cut - rowEnd.length;
  }
  const last = Buffer.concat(rest).toString("utf8");
  if (last !== "") yield rows(last);
}

async function* quotedRows(stream: Readable, layout: DelimitedLayout): AsyncGenerator<string[][]> {
  const parser = parse({
    bom: true,
    delimiter: layout.delimiter,
    quote: layout.quote,
    record_delimiter: layout.rowEnd === "\n" ? ["\r\n", "\n"] : layout.rowEnd,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: longestRowBytes,
  });
  stream.on("error", (error) => parser.destroy(error));
  stream.pipe(parser);
  let batch: string[][] = [];
  for await (const record of parser as AsyncIterable<string[]>) {
    batch.push(record);
    if (batch.length < 1024) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
