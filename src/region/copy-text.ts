/** The block of COPY text in a PostgreSQL dump of GDAL's. */
export interface CopyTable {
  readonly columns: readonly string[];
  /** The bytes of each field, null for \N: views on the dump. */
  readonly rows: Iterable<(Uint8Array | null)[]>;
}

const [tab, newline, backslash, capitalN, dot] = [9, 10, 92, 78, 46];

/** Finds the COPY block of a PostgreSQL dump; undefined where it has none. */
export function parseCopyDump(dump: Uint8Array): CopyTable | undefined {
  let at = 0;
  while (at < dump.length) {
    const end = next(dump, newline, at, dump.length);
    if (startsWith(dump, at, "COPY ")) {
      const line = new TextDecoder().decode(dump.subarray(at, end));
      const list = line.slice(line.indexOf("(") + 1, line.lastIndexOf(")"));
      const columns = [...list.matchAll(/"((?:[^"]|"")*)"/g)].map((match) =>
        (match[1] ?? "").replaceAll('""', '"'),
      );
      return { columns, rows: copyRows(dump, end + 1) };
    }
    at = end + 1;
  }
  return undefined;
}

function* copyRows(dump: Uint8Array, start: number): Generator<(Uint8Array | null)[]> {
  let at = start;
  while (at < dump.length) {
    const end = next(dump, newline, at, dump.length);
    if (end - at === 2 && dump[at] === backslash && dump[at + 1] === dot) return;
    const fields: (Uint8Array | null)[] = [];
    let from = at;
    while (from <= end) {
      const to = next(dump, tab, from, end);
      const empty = to - from === 2 && dump[from] === backslash && dump[from + 1] === capitalN;
      fields.push(empty ? null : dump.subarray(from, to));
      from = to + 1;
    }
    yield fields;
    at = end + 1;
  }
}

/** The text of a field: GDAL puts a backslash before a tab, an end of line and a backslash, which else stand as they are. */
export function copyText(field: Uint8Array): string {
  const text = new TextDecoder().decode(field);
  return text.includes("\\") ? text.replace(/\\(.)/gs, "$1") : text;
}

/** Where a byte comes next without a backslash of its own before it; `end` where it does not. */
function next(dump: Uint8Array, byte: number, from: number, end: number): number {
  let at = from - 1;
  for (;;) {
    at = dump.indexOf(byte, at + 1);
    if (at < 0 || at >= end) return end;
    let escapes = at;
    while (escapes > from && dump[escapes - 1] === backslash) escapes--;
    if ((at - escapes) % 2 === 0) return at;
  }
}

function startsWith(dump: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (dump[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
