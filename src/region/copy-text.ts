/** A row of PostgreSQL's COPY text: the bytes of each field, null for \N. */
export interface CopyTable {
  readonly columns: readonly string[];
  readonly rows: Iterable<(Uint8Array | null)[]>;
}

const [tab, newline, backslash, capitalN, dot] = [9, 10, 92, 78, 46];

/** Finds the COPY block of a PostgreSQL dump; undefined where it has none. Rows are views on the dump. */
export function parseCopyDump(dump: Uint8Array): CopyTable | undefined {
  let at = 0;
  while (at < dump.length) {
    const end = lineEnd(dump, at);
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
    const end = lineEnd(dump, at);
    if (end - at === 2 && dump[at] === backslash && dump[at + 1] === dot) return;
    const fields: (Uint8Array | null)[] = [];
    let from = at;
    while (from <= end) {
      let to = dump.indexOf(tab, from);
      if (to < 0 || to > end) to = end;
      const empty = to - from === 2 && dump[from] === backslash && dump[from + 1] === capitalN;
      fields.push(empty ? null : dump.subarray(from, to));
      from = to + 1;
    }
    yield fields;
    at = end + 1;
  }
}

/** The text of a field, its escapes undone. */
export function copyText(field: Uint8Array): string {
  const text = new TextDecoder().decode(field);
  if (!text.includes("\\")) return text;
  const named: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
  return text.replace(/\\(.)/gs, (_, letter: string) => named[letter] ?? letter);
}

function lineEnd(dump: Uint8Array, from: number): number {
  const end = dump.indexOf(newline, from);
  return end < 0 ? dump.length : end;
}

function startsWith(dump: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (dump[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
