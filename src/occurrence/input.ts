import type { DataIssue } from "../trouble/index.ts";

/** How a text file is written. */
export interface TextDialect {
  /** A label of the WHATWG Encoding Standard, for example utf-8, windows-1252, utf-16le. */
  readonly encoding: string;
  /** One or more characters. */
  readonly fieldsTerminatedBy: string;
  /** `\n`, `\r\n`, `\r` or others; a row ends nowhere else. */
  readonly linesTerminatedBy: string;
  /** The file ends its rows with `\r\n` though a row is said to end at `\n`: the `\r` is no part of the last field. */
  readonly stripReturn: boolean;
  /** One character; empty where quotes are plain characters. */
  readonly fieldsEnclosedBy: string;
  readonly ignoreHeaderLines: number;
}

/** A dialect as a meta.xml declares it, before the file was looked at. */
export type DeclaredDialect = Omit<TextDialect, "stripReturn">;

/** Where an input comes from, as far as it says so itself. */
export interface InputOrigin {
  readonly doi?: string;
  readonly citation?: string;
  /** As GBIF writes them in records, for example CC_BY_4_0. */
  readonly licences?: readonly string[];
  /** Date of GBIF's snapshot, YYYY-MM-DD, from its folder's name. */
  readonly snapshotDate?: string;
}

/** A Parquet file, read in place. */
export interface ParquetInput {
  readonly kind: "parquet";
  readonly flavour: "snapshot" | "simple_parquet";
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly rowGroups: number;
  /** The file's own columns, with DuckDB's types. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly origin: InputOrigin;
}

/** A field of a text file that gives a column. */
export interface TextColumn {
  /** Position in the row, from 0; null for a column that is the same in every row. */
  readonly index: number | null;
  /** The column, lower case. */
  readonly name: string;
  /** Taken where the field is empty or missing. */
  readonly default?: string;
}

/** A text table, staged before it is read. */
export interface TextInput {
  readonly kind: "text";
  readonly flavour: "dwca" | "simple_csv" | "table";
  readonly container: "zip" | "gzip" | "none";
  readonly path: string;
  /** The file within a zip. */
  readonly entry: string | null;
  readonly bytes: number;
  /** Size of the text in bytes as it is stored; null for gzip, which does not say. */
  readonly textBytes: number | null;
  readonly dialect: TextDialect;
  readonly columns: readonly TextColumn[];
  /** Fields of a full row. */
  readonly fields: number;
  /** Headers or terms that mean no column. */
  readonly unused: readonly string[];
  /** What was odd already when the file was recognised. */
  readonly issues: readonly DataIssue[];
  readonly origin: InputOrigin;
}

/** A zip of Parquet files (GBIF's SIMPLE_PARQUET download), staged by extracting them one after the other. */
export interface ArchiveInput {
  readonly kind: "archive";
  readonly flavour: "simple_parquet";
  readonly container: "zip";
  readonly path: string;
  readonly bytes: number;
  /** The Parquet files within, in the order in which they are read. */
  readonly entries: readonly string[];
  /** Size of all of them, extracted. */
  readonly textBytes: number;
  readonly origin: InputOrigin;
}

/** An input as its metadata describe it: plain JSON, so that a plan can hold it. */
export type OccurrenceInput = ParquetInput | TextInput | ArchiveInput;
