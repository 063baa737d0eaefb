/** How a delimited text file is written. */
export interface DelimitedLayout {
  readonly delimiter: string;
  /** What encloses fields; null where nothing does and a quote character is a letter like another. */
  readonly quote: string | null;
  /** What ends a row; `\n` allows `\r\n` too. */
  readonly rowEnd: string;
}

/**
 * Guesses the layout of a file by its head: the most frequent of tab, comma, semicolon and bar in the first row.
 * Tab-separated files as GBIF writes them have no quoting: theirs counts only where the header itself is quoted.
 */
export function guessLayout(head: string): DelimitedLayout {
  const rowEnd = head.includes("\n") || !head.includes("\r") ? "\n" : "\r";
  const first = head.slice(0, firstRowEnd(head, rowEnd));
  let delimiter = ",";
  let most = 0;
  for (const candidate of ["\t", ",", ";", "|"]) {
    const count = first.split(candidate).length - 1;
    if (count > most) [delimiter, most] = [candidate, count];
  }
  const quote = delimiter === "\t" && !first.includes('"') ? null : '"';
  return { delimiter, quote, rowEnd };
}

function firstRowEnd(head: string, rowEnd: string): number {
  let quoted = false;
  for (let at = 0; at < head.length; at++) {
    if (head[at] === '"') quoted = !quoted;
    else if (!quoted && head[at] === rowEnd) return at;
  }
  // A stray quote in the header: the first line it is.
  const end = head.indexOf(rowEnd);
  return end < 0 ? head.length : end;
}
