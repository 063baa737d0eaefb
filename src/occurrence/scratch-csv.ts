import { isUtf8 } from "node:buffer";

/** Between fields of the scratch text: a character that hardly any field holds. */
export const scratchSeparator = 0x1f;
const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** A field that begins with the first byte of a byte order mark is quoted, for the reader drops a mark. */
const markByte = 0xef;

/** What to do with finished text: rows end where it ends. */
export type Sink = (bytes: Buffer) => void;

/**
 * Writes rows as the one dialect in which they are handed to DuckDB: UTF-8, fields ended by U+001F, quoted where
 * they must be, an absent field empty, each row ended by a line feed after one constant field, so that no row
 * is an empty line.
 */
export class ScratchCsv {
  #bytes = Buffer.allocUnsafe(2 * 1024 * 1024);
  #length = 0;
  #rowStart = 0;
  /** Bytes of the longest row so far. */
  longestRow = 0;

  /** Ends a field that is absent. */
  absent(): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = scratchSeparator;
  }

  /** Writes and ends a field that is known to need no quotes. */
  clean(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + 1);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = start; i < end; i++) bytes[at++] = source[i] as number;
    bytes[at++] = scratchSeparator;
    this.#length = at;
  }

  /** Writes and ends a field of any bytes. */
  field(source: Uint8Array, start: number, end: number): void {
    this.#reserve(2 * (end - start) + 3);
    const bytes = this.#bytes;
    const begin = this.#length;
    let at = begin;
    if (source[start] !== markByte || start === end) {
      let i = start;
      for (; i < end; i++) {
        const byte = source[i] as number;
        if (
          byte <= quote &&
          (byte === quote || byte === lineFeed || byte === carriageReturn || byte === scratchSeparator)
        )
          break;
        bytes[at++] = byte;
      }
      if (i === end) {
        bytes[at++] = scratchSeparator;
        this.#length = at;
        return;
      }
    }
    at = begin;
    bytes[at++] = quote;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      if (byte === quote) bytes[at++] = quote;
      bytes[at++] = byte;
    }
    bytes[at++] = quote;
    bytes[at++] = scratchSeparator;
    this.#length = at;
  }

  /** Writes and ends a field of ASCII text that needs no quotes. */
  text(text: string): void {
    this.#reserve(text.length + 1);
    this.#length += this.#bytes.write(text, this.#length, "latin1");
    this.#bytes[this.#length++] = scratchSeparator;
  }

  endRow(): void {
    this.#reserve(2);
    this.#bytes[this.#length++] = 0x31;
    this.#bytes[this.#length++] = lineFeed;
    if (this.#length - this.#rowStart > this.longestRow) this.longestRow = this.#length - this.#rowStart;
    this.#rowStart = this.#length;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Hands the finished rows to `sink` and forgets them. Bytes that are no UTF-8 become U+FFFD; returns how many
   * were put in.
   */
  flush(sink: Sink): number {
    const finished = this.#bytes.subarray(0, this.#rowStart);
    let replaced = 0;
    if (isUtf8(finished)) sink(finished);
    else {
      // Separators, quotes and line feeds are ASCII: replacing never touches them.
      const mended = Buffer.from(finished.toString("utf8"), "utf8");
      replaced = countReplacements(mended) - countReplacements(finished);
      sink(mended);
    }
    this.#bytes.copyWithin(0, this.#rowStart, this.#length);
    this.#length -= this.#rowStart;
    this.#rowStart = 0;
    return replaced;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function countReplacements(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf("\ufffd"); at >= 0; at = bytes.indexOf("\ufffd", at + 3)) count++;
  return count;
}
