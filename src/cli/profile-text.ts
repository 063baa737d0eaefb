import type { ColumnProfile, Figure, HistogramBin, TableProfile, TableSource } from "../catalog/index.ts";
import { displayWidth, printable, truncate } from "./display-width.ts";
import { bytes, count } from "./numbers.ts";
import { wrapped } from "./table.ts";
import { bold, type Terminal } from "./terminal.ts";

/** What a table is, in a line or two. */
export function titleText(
  terminal: Terminal,
  source: TableSource,
  profile: TableProfile | undefined,
): string {
  const rows =
    profile === undefined
      ? []
      : [`${profile.rows.isExact ? "" : "at least "}${count(profile.rows.value)} rows`];
  const facts = [
    ...rows,
    `${count(source.columns.length)} columns`,
    bytes(source.bytes),
    `${count(source.files)} ${source.files === 1 ? "file" : "files"}`,
    source.format,
  ];
  return [
    `${bold(terminal, printable(source.name))}\n`,
    wrapped(terminal, facts.join(", ")),
    ...source.notes.map((note) => wrapped(terminal, note)),
  ].join("");
}

/** Two lines a column: how full and how varied it is, then its spread or its most frequent values. */
export function profileText(terminal: Terminal, profile: TableProfile): string {
  const width = terminal.width ?? 100;
  const names = profile.columns.map(({ name }) => displayWidth(printable(name)));
  const nameWidth = Math.min(Math.max(...names, 6), Math.max(20, width - 50));
  const lines = profile.columns.flatMap((column) => [
    headLine(terminal, column, profile, nameWidth),
    ...valueLines(column, width),
  ]);
  return `${basisText(terminal, profile)}\n${lines.map((line) => `${line}\n`).join("")}`;
}

function basisText(terminal: Terminal, { basis, rows, columns }: TableProfile): string {
  if (basis.kind === "all") {
    const isApproximate = columns.some(({ distinct }) => distinct?.isExact === false);
    const figures = isApproximate
      ? "figures with ~ are approximations, the others exact"
      : "all figures exact";
    return wrapped(terminal, `Profile of all ${count(basis.rows)} rows, ${figures}.`);
  }
  const fromFooters = columns.some(({ nulls, min }) => nulls.from === "footer" || min?.from === "footer");
  const where = basis.kind === "first" ? "the first rows" : "stretches all over the table";
  const total = rows.isExact ? ` of ${count(rows.value)}` : "";
  const footers = fromFooters
    ? " Nulls, min and max without ~ come from the Parquet footers and hold for all rows."
    : "";
  return wrapped(
    terminal,
    `Profile of a sample, ${count(basis.rows)} rows${total} (${where}): figures with ~ are the sample's.${footers} --full reads every row.`,
  );
}

function headLine(
  terminal: Terminal,
  column: ColumnProfile,
  profile: TableProfile,
  nameWidth: number,
): string {
  const name = truncate(printable(column.name), nameWidth);
  const padding = " ".repeat(nameWidth - displayWidth(name));
  const type = truncate(column.type, 12).padEnd(12);
  const { nulls, distinct } = column;
  const share = nulls.value / Math.max(1, nulls.from === "footer" ? profile.rows.value : profile.basis.rows);
  const full = `nulls ${(mark(nulls) + percent(share)).padStart(6)}`;
  const varied = distinct === undefined ? "" : `  distinct ${mark(distinct)}${count(distinct.value)}`;
  return `${bold(terminal, name)}${padding}  ${type}  ${full}${varied}`.trimEnd();
}

function valueLines(column: ColumnProfile, width: number): string[] {
  const { top, histogram, min, max, quantiles } = column;
  const room = width - 2;
  if (top !== undefined) return [`  ${topText(top, column, room)}`];
  if (column.kind === "list") return ["  no elements"];
  if (min === undefined || max === undefined) return [];
  const shape = histogram === undefined ? "" : `${histogramText(histogram.value, width < 100 ? 12 : 24)}  `;
  const show =
    column.kind === "number" ? short : (value: string | number) => String(value).replace(/ 00:00:00$/, "");
  const ends = `min ${mark(min)}${show(min.value)}`;
  const end = `max ${mark(max)}${show(max.value)}`;
  const point = (label: string, i: number): string[] =>
    quantiles === undefined ? [] : [`${label} ${mark(quantiles)}${show(quantiles.value[i] ?? "")}`];
  const quarters = column.kind === "number";
  const middle = [
    ...(quarters ? point("25%", 1) : []),
    ...point("50%", 2),
    ...(quarters ? point("75%", 3) : []),
  ];
  const everything = [ends, ...middle, end].join("  ");
  return [`  ${truncate(printable(shape + everything), room)}`];
}

function topText(top: NonNullable<ColumnProfile["top"]>, column: ColumnProfile, room: number): string {
  const most = Math.max(12, Math.floor(room / 2));
  const [first] = top.value;
  if (first?.count === 1 && (column.distinct?.value ?? 0) > top.value.length) {
    return truncate(`all different, for example ${printable(first.value)}`, room);
  }
  let text = "";
  for (const { value, count: rows } of top.value) {
    const shown = value === "" ? '""' : truncate(printable(value), most);
    const next = `${text === "" ? "" : "  "}${shown} ${mark(top)}${count(rows)}`;
    if (displayWidth(text + next) > room && text !== "") return text;
    text += next;
  }
  const rest = (column.distinct?.value ?? 0) > top.value.length ? "  …" : "";
  return displayWidth(text + rest) <= room ? text + rest : text;
}

const blocks = " ▁▂▃▄▅▆▇█";

/** One block a bin, its height the share of the fullest; a bin with any row is never blank. */
export function histogramText(bins: readonly HistogramBin[], width: number): string {
  const counts = new Array<number>(Math.min(width, bins.length)).fill(0);
  for (const [i, bin] of bins.entries()) {
    const at = Math.floor((i * counts.length) / bins.length);
    counts[at] = (counts[at] ?? 0) + bin.count;
  }
  const most = Math.max(...counts, 1);
  return counts.map((rows) => blocks[rows === 0 ? 0 : Math.max(1, Math.round((rows / most) * 8))]).join("");
}

function mark(figure: Figure<unknown>): string {
  return figure.isExact ? "" : "~";
}

function percent(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share < 1 && share > 0.999) return ">99.9%";
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)}%`;
}

/** Whole numbers whole, others to five significant digits. */
function short(value: string | number): string {
  const number = Number(value);
  if (value === "" || Number.isNaN(number)) return String(value);
  if (Number.isInteger(number)) return Math.abs(number) < 1e15 ? String(number) : number.toExponential(4);
  return String(Number(number.toPrecision(5)));
}
