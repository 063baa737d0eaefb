/** How rows and fields are told apart, in bytes of UTF-8. */
export interface RowFormat {
  readonly separator: Uint8Array;
  readonly terminator: Uint8Array;
  /** The quote character, or -1 where quotes are plain. */
  readonly quote: number;
  /** Whether a carriage return before the terminator belongs to it. */
  readonly stripReturn: boolean;
}

/** What is left to do with a field that was found: nothing, undouble its quotes, or drop its one pair of quotes as well. */
export const FieldShape = { plain: 0, doubled: 1, mixed: 2 } as const;

/** A quoted field longer than this is taken for a quote that was never closed. */
export const mostQuotedBytes = 16 * 1024 * 1024;

const carriageReturn = 13;
/** Answers of the search for a closing quote, beside a position. */
const none = -2;
const more = -1;

/**
 * Finds the rows of a delimited text, and within each the wanted fields, in bytes.
 *
 * A row ends at the terminator and nowhere else. With a quote character, fields that begin with it are read as
 * RFC 4180 says. A quote that is never closed must not swallow the rest of the file, so a field's opening quote
 * is plain where it has no closing one before the end of the text (or within 16 MiB), or where the quote that
 * would close it stands behind a row end and before something else than a separator or row end. Text between a
 * closing quote and the next separator belongs to the field.
 *
 * Life: one object a text; `scan` row by row; the positions of a row hold until the next.
 */
export class RowScanner {
  /** Begin and end of each wanted field in the bytes given to `scan`; both -1 where the row is too short. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly shapes: Uint8Array;
  /** Fields of the row. */
  fields = 0;
  /** The row is a line without a byte. */
  empty = false;
  /** Opening quotes of the row that were taken as plain. */
  unclosed = 0;
  /** Closing quotes of the row that had text behind them. */
  astray = 0;

  readonly #format: RowFormat;
  readonly #slotOf: Int32Array;
  #doubled = false;

  /** `wanted`: positions of the wanted fields in a row, each once; slots are numbered in this order. */
  constructor(format: RowFormat, wanted: readonly number[]) {
    this.#format = format;
    this.#slotOf = new Int32Array(Math.max(0, ...wanted.map((index) => index + 1))).fill(-1);
    wanted.forEach((index, slot) => {
      this.#slotOf[index] = slot;
    });
    this.starts = new Int32Array(wanted.length);
    this.ends = new Int32Array(wanted.length);
    this.shapes = new Uint8Array(wanted.length);
  }

  /**
   * Scans the row that begins at `from`; returns where the next begins, or -1 where the bytes up to `to` do not
   * hold its end. `last` says that no byte follows `to`.
   */
  scan(bytes: Uint8Array, from: number, to: number, last: boolean): number {
    const { separator, terminator, quote, stripReturn } = this.#format;
    const separator0 = separator[0] as number;
    const terminator0 = terminator[0] as number;
    // Most bytes of a text are greater than both: one comparison passes them.
    const top = Math.max(separator0, terminator0);
    const longest = Math.max(separator.length, terminator.length);
    this.starts.fill(-1);
    this.fields = 0;
    this.unclosed = 0;
    this.astray = 0;
    let at = from;
    for (;;) {
      let i = at;
      let closed = -1;
      if (quote >= 0) {
        if (at >= to && !last) return -1;
        if (at < to && bytes[at] === quote) {
          closed = this.#closingQuote(bytes, at, to, last);
          if (closed === more) return -1;
          if (closed === none) this.unclosed++;
          else i = closed + 1;
        }
      }
      let rowEnds = false;
      for (; i < to; i++) {
        const byte = bytes[i] as number;
        if (byte > top || (byte !== separator0 && byte !== terminator0)) continue;
        if (longest > 1 && !last && i + longest > to) return -1;
        if (byte === separator0 && matches(bytes, i, to, separator)) break;
        if (byte === terminator0 && matches(bytes, i, to, terminator)) {
          rowEnds = true;
          break;
        }
      }
      if (i >= to && !last) return -1;
      let end = i;
      if (rowEnds && stripReturn && end > at && end > closed + 1 && bytes[end - 1] === carriageReturn) end--;
      this.#keep(at, end, closed);
      this.fields++;
      if (rowEnds || i >= to) {
        this.empty = this.fields === 1 && end === from;
        return rowEnds ? i + terminator.length : to;
      }
      at = i + separator.length;
    }
  }

  #keep(start: number, end: number, closed: number): void {
    const clean = closed >= 0 && closed + 1 === end;
    if (closed >= 0 && !clean) this.astray++;
    if (this.fields >= this.#slotOf.length) return;
    const slot = this.#slotOf[this.fields] as number;
    if (slot < 0) return;
    this.starts[slot] = clean ? start + 1 : start;
    this.ends[slot] = clean ? closed : end;
    if (closed < 0) this.shapes[slot] = FieldShape.plain;
    else if (clean) this.shapes[slot] = this.#doubled ? FieldShape.doubled : FieldShape.plain;
    else this.shapes[slot] = FieldShape.mixed;
  }

  /** Where the quote that closes the field at `start` stands, `more` bytes needed to tell, or `none`. */
  #closingQuote(bytes: Uint8Array, start: number, to: number, last: boolean): number {
    const { quote, separator, terminator, stripReturn } = this.#format;
    this.#doubled = false;
    const limit = Math.min(to, start + mostQuotedBytes);
    for (let i = start + 1; i < limit; i++) {
      if (bytes[i] !== quote) continue;
      const after = i + 1;
      if (after + separator.length + terminator.length > to && !last) return more;
      if (after < to && bytes[after] === quote) {
        this.#doubled = true;
        i = after;
        continue;
      }
      const next = stripReturn && bytes[after] === carriageReturn ? after + 1 : after;
      if (after >= to || matches(bytes, after, to, separator) || matches(bytes, next, to, terminator))
        return i;
      return holds(bytes, start, i, terminator) ? none : i;
    }
    return last || limit < to ? none : more;
  }
}

function matches(bytes: Uint8Array, at: number, to: number, what: Uint8Array): boolean {
  if (at + what.length > to) return false;
  for (let k = 0; k < what.length; k++) if (bytes[at + k] !== what[k]) return false;
  return true;
}

function holds(bytes: Uint8Array, from: number, to: number, what: Uint8Array): boolean {
  for (let i = from; i < to; i++) if (matches(bytes, i, to, what)) return true;
  return false;
}
