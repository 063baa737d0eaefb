import { displayWidth, printable, truncate } from "./display-width.ts";
import { bold, type Terminal } from "./terminal.ts";

export interface TableColumn {
  readonly title: string;
  /** Numbers stand right and are never cut. */
  readonly align?: "left" | "right";
  /** What the rows are known by: cut last. */
  readonly isKey?: true;
}

export interface TextTable {
  /** Lines, each ending in a line feed. */
  readonly text: string;
  /** Titles of the columns for which there was no room. */
  readonly hidden: readonly string[];
}

const gap = "  ";
/** A text column is cut no narrower than this, a key column than that. */
const narrowest = 8;
const narrowestKey = 40;

/**
 * Draws rows as a table that fits the terminal: wide text columns are cut with `…` first, then columns on the right
 * are left out and named. Where lines may be of any length nothing is cut. Null cells are empty.
 */
export function renderTable(
  terminal: Terminal,
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | null)[])[],
): TextTable {
  const layout = layOut(terminal, columns, rows);
  return { text: layout.head() + layout.lines(rows), hidden: layout.hidden };
}

/** Widths decided on some rows, for tables that are printed as they come. */
export function layOut(
  terminal: Terminal,
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | null)[])[],
) {
  const natural = columns.map(({ title }, i) =>
    rows.reduce(
      (most, row) => Math.max(most, displayWidth(printable(row[i] ?? ""))),
      displayWidth(printable(title)),
    ),
  );
  const widths = terminal.width === undefined ? natural : fitted(natural, columns, terminal.width);
  const line = (cells: readonly (string | null)[], format = (cell: string): string => cell): string => {
    const drawn = widths.map((width, i) => {
      const cell = truncate(
        printable(cells[i] ?? ""),
        terminal.width === undefined ? Number.POSITIVE_INFINITY : width,
      );
      const padding = " ".repeat(Math.max(0, width - displayWidth(cell)));
      return columns[i]?.align === "right" ? padding + format(cell) : format(cell) + padding;
    });
    return `${drawn.join(gap).trimEnd()}\n`;
  };
  return {
    hidden: columns.slice(widths.length).map(({ title }) => title),
    head: (): string =>
      `${line(
        columns.map(({ title }) => title),
        (cell) => bold(terminal, cell),
      )}${widths.map((width) => (terminal.isInteractive ? "─" : "-").repeat(width)).join(gap)}\n`,
    lines: (some: readonly (readonly (string | null)[])[]): string => some.map((row) => line(row)).join(""),
  };
}

/** Widths of as many columns as fit, the widest text columns giving way first. */
function fitted(natural: readonly number[], columns: readonly TableColumn[], total: number): number[] {
  const least = natural.map((width, i) => {
    const column = columns[i];
    if (column?.align === "right") return width;
    return Math.min(width, column?.isKey === true ? narrowestKey : narrowest);
  });
  let shown = 0;
  let taken = 0;
  for (const width of least) {
    const next = taken + (shown === 0 ? 0 : gap.length) + width;
    if (next > total && shown > 0) break;
    taken = next;
    shown++;
  }
  const widths = least.slice(0, shown);
  // Room that is left goes to the narrowest cut column, cell by cell, so that short columns come whole first.
  for (let room = total - taken; room > 0; room--) {
    let chosen = -1;
    for (const [i, width] of widths.entries()) {
      const isCut = width < (natural[i] ?? 0);
      if (isCut && (chosen < 0 || width < (widths[chosen] ?? 0))) chosen = i;
    }
    if (chosen < 0) break;
    widths[chosen] = (widths[chosen] ?? 0) + 1;
  }
  return widths.map((width) => Math.min(width, total));
}

/** Words wrapped to the terminal, each line after the first indented. */
export function wrapped(terminal: Terminal, text: string, indent = "  "): string {
  if (terminal.width === undefined) return `${text}\n`;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (displayWidth(longer) > terminal.width && line.trim() !== "") {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].map((one) => `${truncate(one, terminal.width ?? 80)}\n`).join("");
}

/** Whether a DuckDB or Hive type's values are numbers, which stand right. */
export function alignOf(type: string): "left" | "right" {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/i.test(type) ? "right" : "left";
}
