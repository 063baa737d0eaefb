import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { bug, IssueCounter } from "../trouble/index.ts";
import { withBytes } from "./byte-source.ts";
import { columnNamed } from "./columns.ts";
import { asUtf8 } from "./encoding.ts";
import { FieldWriter, fieldKind } from "./field-writer.ts";
import type { TextInput } from "./input.ts";
import { PartWriter } from "./part-writer.ts";
import { rowFormat } from "./row-format.ts";
import { FieldShape, RowScanner } from "./row-scanner.ts";
import { scanRows } from "./scan-rows.ts";
import { ScratchCsv } from "./scratch-csv.ts";
import { stageArchive } from "./stage-archive.ts";
import { type StagedParts, type StageOptions, stagedPartCount } from "./stage-options.ts";
import { unquoted } from "./text-bytes.ts";

/**
 * Reads a text input (or a zip of Parquet files) once, streaming, and writes it as Parquet parts that have the
 * relation's types. Part i holds the rows whose first byte lies in [i * partBytes, (i + 1) * partBytes) of the
 * text (as UTF-8; what lies behind the last part belongs to it); every part is written, with or without rows.
 * Of a zip of Parquet files, the text is its files one after the other, and a file's rows go where it begins.
 *
 * What is odd about rows and fields is counted in `issues`: `row-short` (padded with nulls), `row-long` (fields
 * beyond the header ignored), `line-empty` (no record), `quote-unclosed`, `quote-astray`, `text-not-utf8`,
 * `number-unreadable`, `integer-unreadable`, `date-unreadable` (null), `key-as-number`. Throws a UserError where
 * the container is damaged. Memory does not grow with the file.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openEngine } from "bisonflow/engine";
 * import { detectInput, stageText } from "bisonflow/occurrence";
 * const folder = await mkdtemp(join(tmpdir(), "stage-"));
 * await writeFile(join(folder, "a.csv"), "species,decimalLatitude,decimalLongitude\nVireo olivaceus,40.5,-89\n");
 * const input = await detectInput(join(folder, "a.csv"));
 * if (input.kind === "parquet") throw new Error("Parquet is read in place");
 * const engine = await openEngine();
 * const { parts, rows } = await stageText({
 *   input,
 *   columns: ["species", "decimallatitude"],
 *   partBytes: 1e6,
 *   outPath: (part) => join(folder, `part-${part}.parquet`),
 *   engine,
 *   scratchFolder: folder,
 * });
 * engine.close();
 * console.log(parts.length, rows); // 1 1
 * ```
 */
export async function stageText(options: StageOptions): Promise<StagedParts> {
  const { input } = options;
  if (input.kind === "archive") return stageArchive({ ...options, input });
  return stageTable({ ...options, input });
}

async function stageTable(options: StageOptions & { input: TextInput }): Promise<StagedParts> {
  const { input, partBytes, signal } = options;
  const { dialect } = input;
  const plans = options.columns.map((name) => planField(name, input));
  const indices = [...new Set(plans.flatMap(({ index }) => (index === null ? [] : [index])))];
  const format = rowFormat(dialect);
  const scanner = new RowScanner(format, indices);
  const scratch = new ScratchCsv();
  const fields = new FieldWriter(scratch);
  const issues = new IssueCounter();
  for (const { code, count, example } of input.issues) issues.add(code, example, count);
  const lastPart = stagedPartCount(input, partBytes) - 1;
  const given = plans.filter(({ index, fallback }) => index !== null || fallback !== null);
  const folder = await mkdtemp(join(options.scratchFolder, "stage-"));
  const parts = new PartWriter({ ...options, folder, given: given.map(({ name }) => name), scratch });
  const slots = given.map(({ index }) => (index === null ? -1 : indices.indexOf(index)));

  let rows = 0;
  let offset = 0;
  const row = (bytes: Buffer, at: number): void => {
    fields.row++;
    if (fields.row <= dialect.ignoreHeaderLines) return;
    if (scanner.empty) {
      // Where a row has one field, an empty line could be a record without a value: it is none either.
      issues.add("line-empty", () => `row ${fields.row}: an empty line`);
      return;
    }
    checkRow(scanner, fields.row, input.fields, issues);
    parts.moveTo(Math.min(Math.floor(at / partBytes), lastPart));
    for (let k = 0; k < given.length; k++) {
      const plan = given[k] as FieldPlan;
      const slot = slots[k] as number;
      const start = slot < 0 ? -1 : (scanner.starts[slot] as number);
      let written = false;
      if (start >= 0) {
        const shape = scanner.shapes[slot] as number;
        const end = scanner.ends[slot] as number;
        if (shape === FieldShape.plain) written = fields.write(plan.kind, plan.name, bytes, start, end);
        else {
          const value = Buffer.from(unquoted(bytes, { start, end, shape, quote: format.quote }));
          written = fields.write(plan.kind, plan.name, value, 0, value.length);
        }
      }
      if (!written && plan.fallback !== null) {
        written = fields.write(plan.kind, plan.name, plan.fallback, 0, plan.fallback.length);
      }
      if (!written) scratch.absent();
    }
    parts.endRow();
    rows++;
    offset = at;
  };
  try {
    await withBytes(input, (bytes) =>
      scanRows({
        chunks: asUtf8(bytes, dialect.encoding),
        scanner,
        path: input.path,
        row,
        pause: (at) => {
          signal?.throwIfAborted();
          options.onProgress?.(rows, totalRows(rows, Math.max(at, offset), input.textBytes));
          return parts.pause();
        },
      }),
    );
    const written = await parts.finish(lastPart);
    if (parts.replaced > 0) {
      issues.add(
        "text-not-utf8",
        `${parts.replaced} sequences of bytes that are no UTF-8 became U+FFFD`,
        parts.replaced,
      );
    }
    for (const { code, count, example } of fields.issues.list()) issues.add(code, example, count);
    const total = written.reduce((sum, part) => sum + part.rows, 0);
    if (total !== rows) bug(`${input.path}: ${rows} rows were read and ${total} written`);
    return { parts: written, rows, issues: issues.list() };
  } finally {
    await parts.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** How a column of the output comes from a row. */
interface FieldPlan {
  readonly name: string;
  readonly kind: ReturnType<typeof fieldKind>;
  readonly index: number | null;
  readonly fallback: Buffer | null;
}

function planField(name: string, input: TextInput): FieldPlan {
  const { type } = columnNamed(name) ?? bug(`staging of the unknown column ${name}`);
  const column = input.columns.find((candidate) => candidate.name === name);
  const fallback = column?.default === undefined ? null : Buffer.from(column.default, "utf8");
  return { name, kind: fieldKind(name, type), index: column?.index ?? null, fallback };
}

function checkRow(scanner: RowScanner, row: number, full: number, issues: IssueCounter): void {
  const { fields } = scanner;
  if (fields < full) issues.add("row-short", () => `row ${row}: ${fields} fields of ${full}`);
  else if (fields > full) issues.add("row-long", () => `row ${row}: ${fields} fields, ${full} are named`);
  if (scanner.unclosed > 0) {
    issues.add(
      "quote-unclosed",
      () => `row ${row}: a field begins with a quote that nothing closes; read as it stands`,
      scanner.unclosed,
    );
  }
  if (scanner.astray > 0) {
    issues.add(
      "quote-astray",
      () => `row ${row}: text behind a closing quote; read as part of the field`,
      scanner.astray,
    );
  }
}

function totalRows(rows: number, bytes: number, textBytes: number | null): number {
  return textBytes === null || bytes === 0 ? rows : Math.max(rows, Math.round((rows * textBytes) / bytes));
}
