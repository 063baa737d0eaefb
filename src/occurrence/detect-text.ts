import { type DataIssue, UserError } from "../trouble/index.ts";
import { accepted, checkRecognised } from "./accepted.ts";
import { type ByteSource, firstBytes } from "./byte-source.ts";
import { byteOrderMark, encodingName, guessUtf16 } from "./encoding.ts";
import type { InputOrigin, TextColumn, TextDialect, TextInput } from "./input.ts";
import { localName, matchColumns } from "./match-column.ts";
import type { ArchiveTable } from "./meta-xml.ts";
import { firstLine, lineEnds, sniffTable, splitHeader, type TextSample } from "./sniff-table.ts";

const sampleBytes = 256 * 1024;

/** A text to recognise: where it is, and what its container says of it. */
export interface TextToDetect extends ByteSource {
  readonly bytes: number;
  readonly textBytes: number | null;
  readonly origin: InputOrigin;
}

/** Recognises a text table by its header line. */
export async function detectTable(source: TextToDetect): Promise<TextInput> {
  const sample = await readSample(source, null);
  const { dialect, header } = sniffTable(sample);
  const matched = matchColumns(header, { aliases: true });
  const columns = matched.columns.flatMap((name, index) => (name === null ? [] : [{ index, name }]));
  checkRecognised(
    shownPath(source),
    columns.map(({ name }) => name),
    header,
  );
  const names = new Set(header.map(localName));
  const simple = dialect.fieldsTerminatedBy === "\t" && names.has("gbifid") && names.has("datasetkey");
  return {
    ...base(source),
    flavour: simple ? "simple_csv" : "table",
    dialect,
    columns,
    fields: header.length,
    unused: matched.unused,
    issues: [],
  };
}

/** Recognises the core of a Darwin Core Archive as its meta.xml describes it. */
export async function detectCore(source: TextToDetect, core: ArchiveTable): Promise<TextInput> {
  const sample = await readSample(source, core.dialect.encoding);
  const ends = lineEnds(sample.text, core.dialect.linesTerminatedBy);
  const dialect: TextDialect = { ...core.dialect, encoding: sample.encoding, ...ends };
  const issues: DataIssue[] = [];
  if (ends.linesTerminatedBy !== core.dialect.linesTerminatedBy) {
    const example = `rows are said to end at ${JSON.stringify(core.dialect.linesTerminatedBy)} and end at ${JSON.stringify(ends.linesTerminatedBy)}`;
    issues.push({ code: "row-ends-undeclared", count: 1, example });
  }
  const matched = matchColumns(
    core.fields.map(({ term }) => term),
    { aliases: false },
  );
  const columns: TextColumn[] = core.fields.flatMap(({ term: _term, ...field }, position) => {
    const name = matched.columns[position] ?? null;
    return name === null || (field.index === null && field.default === undefined) ? [] : [{ ...field, name }];
  });
  // An archive may hold the record's identifier as its id alone.
  if (core.idIndex !== null && !columns.some(({ name }) => name === "occurrenceid" || name === "gbifid")) {
    columns.push({ index: core.idIndex, name: "occurrenceid" });
  }
  checkRecognised(
    shownPath(source),
    columns.map(({ name }) => name),
    core.fields.map(({ term }) => term),
  );
  const named = Math.max(0, ...core.fields.map(({ index }) => (index ?? -1) + 1), (core.idIndex ?? -1) + 1);
  const header =
    dialect.ignoreHeaderLines > 0 ? splitHeader(firstLine(sample.text, ends), dialect).length : 0;
  return {
    ...base(source),
    flavour: "dwca",
    dialect,
    columns,
    fields: Math.max(named, header),
    unused: matched.unused,
    issues,
  };
}

function base(
  source: TextToDetect,
): Pick<TextInput, "kind" | "container" | "path" | "entry" | "bytes" | "textBytes" | "origin"> {
  const { container, path, entry, bytes, textBytes, origin } = source;
  return { kind: "text", container, path, entry, bytes, textBytes, origin };
}

/** Reads the beginning of a text; `declared` is its encoding, null where nothing says. */
async function readSample(source: TextToDetect, declared: string | null): Promise<TextSample> {
  const head = await firstBytes(source, sampleBytes);
  const shown = shownPath(source);
  if (head.length === 0) {
    throw new UserError({ code: "input-empty", message: `${shown}: the file is empty.`, hint: accepted });
  }
  const mark = byteOrderMark(head);
  const encoding =
    mark?.encoding ?? guessUtf16(head) ?? (declared === null ? "utf-8" : encodingName(declared, shown));
  const text = new TextDecoder(encoding).decode(head, { stream: head.length === sampleBytes });
  if (looksBinary(text)) {
    throw new UserError({
      code: "input-unrecognised",
      message: `${shown}: neither Parquet, zip nor text: it begins with the bytes ${head.subarray(0, 8).toString("hex")}.`,
      hint: accepted,
    });
  }
  return { text, encoding };
}

function looksBinary(text: string): boolean {
  let odd = 0;
  const length = Math.min(text.length, 4096);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0xfffd || (code < 32 && code !== 9 && code !== 10 && code !== 13)) odd++;
  }
  return odd > length * 0.1;
}

function shownPath(source: ByteSource): string {
  return source.entry === null ? source.path : `${source.path}: ${source.entry}`;
}
