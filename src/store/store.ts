import type { Readable } from "node:stream";

/** An object as a listing shows it. `uri` is the full name, `bytes` its length. */
export interface ObjectEntry {
  readonly uri: string;
  readonly bytes: number;
  /** What `identify` would answer, from stores that know it without reading. */
  readonly identity?: string;
}

/** An object with what its content is: `sha256:…` or an etag, never a time. */
export interface ObjectFact extends ObjectEntry {
  readonly identity: string;
}

/** What a reader will need of an object: lets a remote store move only those bytes. */
export interface StageWant {
  /** Columns of a Parquet file that will be read; `[]` for its footer alone. Everything when absent. */
  readonly columns?: readonly string[];
  /**
   * Only what tells what an object is: the footer of a Parquet file, the directory of a zip and how its files
   * begin, how anything else begins and ends. More may be there.
   */
  readonly outline?: boolean;
  /** Rows [start, end) of a Parquet file that will be read, where `columns` are named; all when absent. */
  readonly rows?: { readonly start: number; readonly end: number };
  /**
   * The identity that the object had when it was planned to be read. A store that can tell without reading
   * throws a UserError `object-changed` when it has another by now.
   */
  readonly identity?: string;
}

/** What a remote store moved so far, in this process. */
export interface StoreTraffic {
  /** Requests sent, those again among them. */
  readonly requests: number;
  /** Of these, such as were sent again. */
  readonly retries: number;
  /** Bytes of objects that came, and that went. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** A local path that DuckDB can read, until `release`. */
export interface StagedFile {
  readonly path: string;
  release(): Promise<void>;
}

/**
 * Where bytes live, as bisonflow uses it: the subset that a folder and an S3 bucket both give.
 *
 * A `uri` is an absolute path (or `file://…`) for the local store and `s3://bucket/key` for S3. An object
 * appears whole or not at all, and is never changed in place: publishing again replaces it. Folders exist
 * only as parts of names. Asking for what is not there throws a UserError `not-found`, except in `stat`,
 * `list` and `remove`.
 */
export interface Store {
  /**
   * Every object whose name begins with `prefix`, recursive, in the order of the names' UTF-8 bytes. A prefix
   * without a `/` at its end also matches longer names, as S3 has it. Half-written objects are not listed.
   */
  list(prefix: string): AsyncIterable<ObjectEntry>;
  /** Name and length, or undefined when there is no such object. */
  stat(uri: string): Promise<ObjectEntry | undefined>;
  /** The content's identity: equal only for equal bytes within one store. */
  identify(uri: string): Promise<string>;
  /** The bytes, or those of a half-open range; a range is cut at the object's end. */
  read(uri: string, range?: { readonly start: number; readonly end: number }): Promise<Uint8Array>;
  /** The bytes in order, for objects larger than memory. An object that is missing rejects at once. */
  stream(uri: string): Promise<Readable>;
  /** A local path with the object's content: read only, and only what `want` names is sure to be there. */
  stage(uri: string, want?: StageWant): Promise<StagedFile>;
  /** Says that `stage` with the same words comes soon: a remote store begins to fetch. */
  prefetch?(uri: string, want?: StageWant): void;
  /** What moved over the network so far; a local store moves nothing. */
  traffic?(): StoreTraffic;
  /**
   * Makes a local file the object's content in one atomic step. The file stays where it is but may share its
   * bytes with the object from then on: do not write to it again. With `ifAbsent` an object that is there
   * stays, and of several racing writers exactly one has `published: true`.
   */
  publishFile(
    localPath: string,
    uri: string,
    options?: { readonly ifAbsent?: boolean },
  ): Promise<{ published: boolean; bytes: number }>;
  /** The same for bytes at hand. */
  publishBytes(
    bytes: Uint8Array,
    uri: string,
    options?: { readonly ifAbsent?: boolean },
  ): Promise<{ published: boolean }>;
  /** Makes one object the content of another, without the bytes coming here, where a store can do that. */
  copy?(from: string, to: string): Promise<void>;
  /** Removes an object; one that is not there is no error. */
  remove(uri: string): Promise<void>;
}
