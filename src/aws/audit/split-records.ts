const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const newline = 0x0a;

/** An event is at most 256 kB, with what is around it less than this; more is damage. */
const longestRecordBytes = 8 << 20;

const isBlank = (byte: number): boolean => byte === 0x20 || byte === newline || byte === 0x0d || byte === 9;

/**
 * Cuts the bytes of a log into the texts of its records as they come, so that a file of any size takes the memory
 * of one record. Knows `{"Records": [...]}` (CloudTrail), `{"Events": [...]}` (LookupEvents), a bare array, and
 * records one after the other (NDJSON). Looks at brackets and quotes alone: whether a record is JSON its reader
 * finds out.
 */
export class RecordSplitter {
  readonly #emit: (text: string) => void;
  #depth = 0;
  #inString = false;
  /** Backslashes at the end of what has been seen of a string. */
  #backslashes = 0;
  /** The depth that records stand at: 2 in an object's array, 1 in a bare array, 0 one after the other. */
  #base = 0;
  /** Pieces of the record under way from earlier chunks; undefined when none is. */
  #pieces: Uint8Array[] | undefined;
  #pieceBytes = 0;
  /** The last key of the outermost object, of which only `Records` and `Events` matter. */
  #key: number[] = [];
  #inKey = false;
  /** The outermost object held an array of records: it is none itself. */
  #isContainer = false;

  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = this.#pieces === undefined ? -1 : 0;
    let i = 0;
    while (i < bytes.length) {
      if (this.#inString) {
        const end = this.#stringEnd(bytes, i);
        if (this.#inKey) this.#keepKey(bytes.subarray(i, end < 0 ? bytes.length : end));
        if (end < 0) break;
        i = end + 1;
        this.#inString = false;
        this.#inKey = false;
        // A record that is a string is none, but it is counted.
        if (this.#depth === this.#base && start >= 0) {
          this.#finish(bytes.subarray(start, i));
          start = -1;
        }
        continue;
      }
      const byte = bytes[i] as number;
      switch (byte) {
        case quote:
          if (start < 0 && this.#depth === this.#base) start = this.#begin(i);
          this.#inString = true;
          this.#backslashes = 0;
          if (this.#depth === 1 && this.#base === 0) {
            this.#inKey = true;
            this.#key = [];
          }
          break;
        case openBrace:
          if (start < 0 && this.#depth === this.#base) start = this.#begin(i);
          this.#depth += 1;
          break;
        case openBracket:
          if (this.#depth === 0) {
            this.#depth = 1;
            this.#base = 1;
          } else if (this.#depth === 1 && this.#base === 0 && this.#startsRecords()) {
            this.#depth = 2;
            this.#base = 2;
            this.#isContainer = true;
            this.#drop();
            start = -1;
          } else {
            if (start < 0 && this.#depth === this.#base) start = this.#begin(i);
            this.#depth += 1;
          }
          break;
        case closeBrace:
        case closeBracket:
          // A number or a word right before the bracket that ends the array.
          if (start >= 0 && this.#depth === this.#base) {
            this.#finish(bytes.subarray(start, i));
            start = -1;
          }
          if (this.#depth > 0) this.#depth -= 1;
          if (start >= 0 && this.#depth === this.#base) {
            this.#finish(bytes.subarray(start, i + 1));
            start = -1;
          } else if (this.#depth < this.#base) this.#base = 0;
          if (this.#depth === 0) this.#isContainer = false;
          break;
        default:
          if (this.#depth === this.#base) {
            if (byte === comma || byte === newline) {
              if (start >= 0) this.#finish(bytes.subarray(start, i));
              start = -1;
            } else if (start < 0 && !isBlank(byte) && !this.#isMark(bytes, i)) start = this.#begin(i);
          }
      }
      i += 1;
    }
    if (start >= 0) this.#carry(bytes.subarray(start));
  }

  /** What is left when the bytes are over: the text of a record that was cut off, if there is one. */
  end(): { readonly cut: boolean; readonly rest: string } {
    const rest = this.#pieces === undefined ? "" : Buffer.concat(this.#pieces).toString("utf8");
    const cut = this.#depth > 0 || this.#inString;
    this.#pieces = undefined;
    if (rest !== "" && !cut) {
      this.#emit(rest);
      return { cut: false, rest: "" };
    }
    return { cut, rest };
  }

  #begin(at: number): number {
    this.#pieces = [];
    this.#pieceBytes = 0;
    return at;
  }

  #drop(): void {
    this.#pieces = undefined;
  }

  #finish(last: Uint8Array): void {
    const pieces = this.#pieces ?? [];
    this.#pieces = undefined;
    const text =
      pieces.length === 0
        ? Buffer.from(last.buffer, last.byteOffset, last.byteLength).toString("utf8")
        : Buffer.concat([...pieces, last]).toString("utf8");
    if (!(this.#base === 0 && this.#isContainer)) this.#emit(text.trimEnd());
  }

  #carry(piece: Uint8Array): void {
    // What is behind the array of a container is not kept: it may be long, and is not a record.
    if (this.#base === 0 && this.#isContainer) return;
    this.#pieces ??= [];
    this.#pieces.push(Uint8Array.from(piece));
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes <= longestRecordBytes) return;
    const text = Buffer.concat(this.#pieces).toString("utf8");
    this.#pieces = undefined;
    // A quote or a bracket is missing somewhere: hand over what there is and look for records from here on.
    this.#depth = this.#base;
    this.#inString = false;
    this.#emit(text);
  }

  /** Where the string ends that the scan is in, or -1. */
  #stringEnd(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      const found = bytes.indexOf(quote, at);
      const end = found < 0 ? bytes.length : found;
      let run = 0;
      while (end - 1 - run >= from && bytes[end - 1 - run] === backslash) run += 1;
      if (run === end - from) run += this.#backslashes;
      if (found < 0) {
        this.#backslashes = run % 2;
        return -1;
      }
      this.#backslashes = 0;
      if (run % 2 === 0) return found;
      at = found + 1;
      // The run in front of the next quote starts behind this one.
      from = at;
    }
  }

  #keepKey(piece: Uint8Array): void {
    for (const byte of piece) {
      if (this.#key.length > 8) return;
      this.#key.push(byte);
    }
  }

  #startsRecords(): boolean {
    const key = String.fromCharCode(...this.#key);
    return key === "Records" || key === "Events";
  }

  /** The byte order mark that some editors put in front. */
  #isMark(bytes: Buffer, i: number): boolean {
    const byte = bytes[i];
    return this.#depth === 0 && (byte === 0xef || byte === 0xbb || byte === 0xbf);
  }
}
