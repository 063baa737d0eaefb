import type { CrawledTable, CrawlResult } from "../catalog/index.ts";
import { isRemote } from "../store/index.ts";
import { bytes, count } from "./numbers.ts";
import { renderTable, wrapped } from "./table.ts";
import { bold, type Terminal } from "./terminal.ts";

/** What a crawl found, for people. */
export function crawlText(terminal: Terminal, result: CrawlResult): string {
  const { text } = renderTable(
    terminal,
    [
      { title: "table", isKey: true },
      { title: "change" },
      { title: "rows", align: "right" },
      { title: "bytes", align: "right" },
      { title: "files", align: "right" },
      { title: "columns", align: "right" },
      { title: "partitions" },
    ],
    result.tables.map((table) => [
      table.name,
      table.change,
      `${table.rowsAreExact ? "" : "~"}${count(table.rows)}`,
      bytes(table.bytes),
      count(table.files),
      count(table.columns),
      partitionsText(table),
    ]),
  );
  const created = result.databaseCreated ? " (new)" : "";
  return [
    `${bold(terminal, `Database ${result.database}`)}${created}\n\n${text}`,
    ...result.tables
      .flatMap((table) => [...moves(table), ...drifts(table), ...differences(table)])
      .map((line) => `\n${wrapped(terminal, line)}`),
    ...clashText(result.tables).map((line) => `\n${wrapped(terminal, line)}`),
    ...troubleText(result.tables).map((line) => `\n${wrapped(terminal, line)}`),
    ...strayText(terminal, result),
  ].join("");
}

function partitionsText({ partitionKeys, partitions }: CrawledTable): string {
  if (partitionKeys.length === 0) return "";
  const total = partitions.added + partitions.updated + partitions.unchanged;
  return `${count(total)} by ${partitionKeys.join(", ")}`;
}

function moves({ name, change, movedFrom, location }: CrawledTable): string[] {
  if (movedFrom === undefined) return [];
  if (change !== "left") return [`${name} was at ${movedFrom}, is at ${location}`];
  return [
    `${name}: left as it is: somebody else made a table of this name, at ${movedFrom}. Give --prefix or --database for another name, or --overwrite to take its place.`,
  ];
}

function drifts(table: CrawledTable): string[] {
  return table.drift.map(({ file, files, added, removed, changed }) => {
    const parts = [
      ...(added.length > 0 ? [`adds ${added.map(({ name, type }) => `${name} ${type}`).join(", ")}`] : []),
      ...(removed.length > 0 ? [`lacks ${removed.map(({ name }) => name).join(", ")}`] : []),
      ...changed.map(({ name, usual, seen }) => `${name} is ${seen} instead of ${usual}`),
    ];
    const others = files > 1 ? ` and ${count(files - 1)} more` : "";
    return `${table.name}: ${file.slice(file.lastIndexOf("/") + 1)}${others} ${parts.join("; ")}`;
  });
}

function differences(table: CrawledTable): string[] {
  const words = (some: CrawledTable["differences"]): string =>
    some
      .map(
        ({ column, inCatalog = "not there", inFiles = "not there" }) =>
          `${column} was ${inCatalog}, is ${inFiles} in the files`,
      )
      .join("; ");
  const kept = table.differences.filter(({ isKept }) => isKept);
  const followed = table.differences.filter(({ isKept }) => !isKept);
  return [
    ...(followed.length > 0 ? [`${table.name}: the files have changed: ${words(followed)}`] : []),
    ...(kept.length > 0
      ? [
          `${table.name}: changed in the catalog by hand, and kept: ${words(kept).replaceAll(" was ", " is ")}. --overwrite follows the files.`,
        ]
      : []),
  ];
}

function clashText(tables: readonly CrawledTable[]): string[] {
  // Tables of this machine are DuckDB's, which reads them all.
  return tables
    .filter(({ clashes, location }) => clashes.length > 0 && isRemote(location))
    .map(({ name, clashes }) => {
      const columns = clashes.map(({ column, seen }) => `${column} (${seen.join(", ")})`).join(", ");
      return `${name}: Athena, Trino and Spark cannot read these columns from all files, whose types differ too much: ${columns}. bisonflow sql can; write the files again with one type for the others.`;
    });
}

/** Of a folder of many such tables, a line. */
function troubleText(tables: readonly CrawledTable[]): string[] {
  const troubled = tables.filter(({ trouble }) => trouble !== undefined);
  const [first] = troubled;
  if (first === undefined) return [];
  const names = troubled
    .slice(0, 3)
    .map(({ name }) => name)
    .join(", ");
  const others = troubled.length > 3 ? ` and ${count(troubled.length - 3)} more` : "";
  return [
    `Athena, Trino and Spark cannot read ${names}${others}: ${first.trouble}. Give --links s3://your-bucket/links/ for lists of the files, which they can read.`,
  ];
}

function strayText(terminal: Terminal, { strays, unreadable }: CrawlResult): string[] {
  const byReason = new Map<string, string[]>();
  for (const { uri, reason } of strays) byReason.set(reason, [...(byReason.get(reason) ?? []), uri]);
  const lines = unreadable.map(({ uri, reason }) => `${uri} ${reason}`);
  for (const [reason, uris] of byReason) {
    const names = uris.slice(0, 3).map((uri) => uri.slice(uri.lastIndexOf("/") + 1));
    const others = uris.length > names.length ? ` and ${count(uris.length - names.length)} more` : "";
    lines.push(`Not a table: ${names.join(", ")}${others} (${reason})`);
  }
  return lines.map((line, i) => `${i === 0 ? "\n" : ""}${wrapped(terminal, line)}`);
}
