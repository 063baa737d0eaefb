/**
 * A table opened for reading in one session: whatever it is made of, SQL can select from it. Of Parquet files
 * elsewhere (S3) only the footers are there at first: they answer for columns, counts and ranges; `fetch`,
 * `firstRows` and `parquet.stretch` bring the rest, and give a relation over what they brought.
 */
export interface TableSource {
  readonly name: string;
  /** What stands after FROM. */
  readonly relation: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly format: string;
  readonly files: number;
  readonly bytes: number;
  /** The local files that the relation reads. */
  readonly paths: readonly string[];
  /** Set when every row lies in Parquet files, whose footers then speak for the table. */
  readonly parquet?:
    | {
        /** A relation over rows [start, end) of one of `paths`, brought here where they were not. */
        readonly stretch: (
          path: string,
          rows: { readonly start: number; readonly end: number },
        ) => Promise<string>;
      }
    | undefined;
  /** Brings columns, all when none are named; the relation then may read these. */
  fetch(columns?: readonly string[]): Promise<{ relation: string; paths: readonly string[] }>;
  /** A relation that may be read for its first rows. */
  firstRows(count: number): Promise<string>;
  /** Only the start of a large text file is here. */
  readonly isCut?: boolean | undefined;
  /** What a reader should know: files left out, columns read as text. */
  readonly notes: readonly string[];
  /** Gives back what was staged. */
  release(): Promise<void>;
}
