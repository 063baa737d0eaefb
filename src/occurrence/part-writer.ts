import { closeSync, openSync, writeSync } from "node:fs";
import { copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, identifier, literal, plainPath, stringList } from "../engine/index.ts";
import { bug } from "../trouble/index.ts";
import { columnNamed } from "./columns.ts";
import { emptyRelation } from "./parquet-relation.ts";
import type { ScratchCsv } from "./scratch-csv.ts";

const flushBytes = 1024 * 1024;
/** Scratch text is turned into Parquet when it has grown to so much, however large the part. */
const pieceBytes = 384 * 1024 * 1024;

export interface PartWriterOptions {
  /** Columns of the output, in order. */
  readonly columns: readonly string[];
  /** Those of them that the scratch text holds, in its order. */
  readonly given: readonly string[];
  readonly scratch: ScratchCsv;
  readonly outPath: (part: number) => string;
  readonly engine: Engine;
  /** A folder of this writer alone. */
  readonly folder: string;
}

interface Piece {
  readonly text: string;
  readonly parquet: string;
  readonly rows: number;
  readonly longestRow: number;
}

/**
 * Turns the rows written to a scratch text into Parquet parts: while DuckDB converts one piece, the next is
 * being written. A part is one piece, or several put together where it is very large.
 */
export class PartWriter {
  /** Sequences that were no UTF-8. */
  replaced = 0;
  readonly #options: PartWriterOptions;
  readonly #written: { path: string; rows: number }[] = [];
  #part = 0;
  #pieces: Piece[] = [];
  #pieceNumber = 0;
  #file: number | undefined;
  #bytes = 0;
  #rows = 0;
  /** The pieces' conversions, one after the other, and those of them that are not done. */
  #work: Promise<void> = Promise.resolve();
  readonly #converting = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PartWriterOptions) {
    this.#options = options;
  }

  /** Says which part the next row belongs to; never an earlier one. */
  moveTo(part: number): void {
    while (this.#part < part) this.#endPart();
  }

  endRow(): void {
    const { scratch } = this.#options;
    scratch.endRow();
    this.#rows++;
    if (scratch.length >= flushBytes) {
      this.#flush();
      if (this.#bytes >= pieceBytes) this.#endPiece();
    }
  }

  /** Resolves when no more than one piece is being converted. */
  async pause(): Promise<void> {
    while (this.#converting.size > 1) await Promise.race(this.#converting);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Ends all parts up to the last, and waits for them. */
  async finish(lastPart: number): Promise<{ path: string; rows: number }[]> {
    this.moveTo(lastPart);
    this.#endPart();
    await this.#work;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#written;
  }

  /** Stops after what is under way: no file is in use any more. */
  async stop(): Promise<void> {
    this.#closeFile();
    this.#failure ??= { error: new Error("stopped") };
    await this.#work;
  }

  #path(ending: "csv" | "parquet"): string {
    return join(this.#options.folder, `scratch-${this.#pieceNumber}.${ending}`);
  }

  #flush(): void {
    const path = this.#path("csv");
    this.replaced += this.#options.scratch.flush((bytes) => {
      this.#file ??= openSync(path, "w");
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
      this.#bytes += bytes.length;
    });
  }

  #closeFile(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #endPiece(): void {
    this.#flush();
    this.#file ??= openSync(this.#path("csv"), "w");
    this.#closeFile();
    const { scratch } = this.#options;
    const piece = {
      text: this.#path("csv"),
      parquet: this.#path("parquet"),
      rows: this.#rows,
      longestRow: scratch.longestRow,
    };
    this.#pieces.push(piece);
    this.#pieceNumber++;
    this.#bytes = 0;
    this.#rows = 0;
    scratch.longestRow = 0;
    const converted = this.#then(() => this.#convert(piece));
    this.#converting.add(converted);
    void converted.then(() => this.#converting.delete(converted));
  }

  #endPart(): void {
    if (this.#rows > 0 || this.#pieces.length === 0) this.#endPiece();
    const pieces = this.#pieces;
    const path = this.#options.outPath(this.#part);
    this.#pieces = [];
    this.#part++;
    this.#written.push({ path, rows: pieces.reduce((sum, { rows }) => sum + rows, 0) });
    this.#then(() => this.#join(pieces, path));
  }

  #then(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      try {
        if (this.#failure === undefined) await work();
      } catch (error) {
        this.#failure = { error };
      }
    });
    return this.#work;
  }

  async #convert(piece: Piece): Promise<void> {
    const rows = await this.#options.engine.run(
      `COPY (${conversionSql({ ...this.#options, piece })}) TO ${literal(piece.parquet)} (FORMAT parquet, COMPRESSION snappy)`,
    );
    if (rows !== piece.rows) bug(`${piece.rows} rows were handed over and ${rows} converted`);
    await rm(piece.text);
  }

  async #join(pieces: readonly Piece[], path: string): Promise<void> {
    const [first] = pieces;
    if (first !== undefined && pieces.length === 1) {
      await moveFile(first.parquet, path);
      return;
    }
    const files = pieces.map(({ parquet }) => parquet);
    await this.#options.engine.run(
      `COPY (SELECT * FROM read_parquet(${stringList(files.map(plainPath))})) TO ${literal(path)} (FORMAT parquet, COMPRESSION snappy)`,
    );
    for (const file of files) await rm(file);
  }
}

/** The SELECT over a scratch text: every type is given, nothing is guessed. */
function conversionSql(options: Pick<PartWriterOptions, "columns" | "given"> & { piece: Piece }): string {
  const { columns, given, piece } = options;
  const typeOf = (name: string): string => columnNamed(name)?.type ?? bug(`no column ${name}`);
  const selected = columns.map((name) => {
    if (!given.includes(name)) return `NULL::${typeOf(name)} AS ${identifier(name)}`;
    if (typeOf(name) === "VARCHAR[]") return `string_split(${identifier(name)}, ';') AS ${identifier(name)}`;
    return identifier(name);
  });
  if (piece.rows === 0) return emptyRelation(columns);
  const read = given.map(
    (name) => `${literal(name)}: ${literal(typeOf(name) === "VARCHAR[]" ? "VARCHAR" : typeOf(name))}`,
  );
  const lineBytes = Math.max(2_000_000, piece.longestRow + 1);
  return `SELECT ${selected.join(", ")} FROM read_csv(${literal(plainPath(piece.text))}, auto_detect = false, header = false,
    delim = '\u001f', quote = '"', escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false,
    parallel = false, strict_mode = true, encoding = 'utf-8', max_line_size = ${lineBytes}, buffer_size = ${lineBytes * 4},
    columns = {${[...read, "'_': 'VARCHAR'"].join(", ")}})`;
}

/** The scratch folder may lie on another file system than the output. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await copyFile(from, to);
    await rm(from);
  }
}
