import { Command } from "commander";
import { type CrawledTable, type CrawlResult, crawl } from "../catalog/index.ts";
import { localStore } from "../store/index.ts";
import { catalogHere, catalogOption } from "./catalog-here.ts";
import { bytes, count } from "./numbers.ts";
import { renderTable, wrapped } from "./table.ts";
import { bold, standardOutput, type Terminal } from "./terminal.ts";

/** `bisonflow crawl`: the tables of a folder into the catalog. */
export function crawlCommand(terminal: Terminal = standardOutput()): Command {
  return new Command("crawl")
    .description(
      "Find the tables in a folder and write them to the catalog: columns, types, partitions, rows, bytes.",
    )
    .argument("<folder>", "folder of Parquet, CSV or TSV files, of a GBIF snapshot, or of a run")
    .option("--database <name>", "database that the tables go into", "bison_metadata")
    .option("--prefix <text>", "in front of every table's name (default: gbif_odr_ for a GBIF snapshot)")
    .option(...catalogOption)
    .option("--json", "print JSON")
    .action(
      async (
        folder: string,
        options: { database: string; prefix?: string; catalog?: string; json?: true },
      ) => {
        const result = await crawl(localStore(), catalogHere(options.catalog), {
          folder,
          database: options.database,
          tablePrefix: options.prefix,
        });
        await terminal.write(
          options.json ? `${JSON.stringify(result, null, 2)}\n` : crawlText(terminal, result),
        );
      },
    );
}

function crawlText(terminal: Terminal, result: CrawlResult): string {
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
    ...result.tables.flatMap((table) => remarks(terminal, table)),
    ...strayText(terminal, result),
  ].join("");
}

function partitionsText({ partitionKeys, partitions }: CrawledTable): string {
  if (partitionKeys.length === 0) return "";
  const total = partitions.added + partitions.updated + partitions.unchanged;
  return `${count(total)} by ${partitionKeys.join(", ")}`;
}

function remarks(terminal: Terminal, table: CrawledTable): string[] {
  const lines: string[] = [];
  if (table.movedFrom !== undefined)
    lines.push(`${table.name} was at ${table.movedFrom}, is at ${table.location}`);
  for (const { file, files, added, removed, changed } of table.drift) {
    const parts = [
      ...(added.length > 0 ? [`adds ${added.map(({ name, type }) => `${name} ${type}`).join(", ")}`] : []),
      ...(removed.length > 0 ? [`lacks ${removed.map(({ name }) => name).join(", ")}`] : []),
      ...changed.map(({ name, usual, seen }) => `${name} is ${seen} instead of ${usual}`),
    ];
    const others = files > 1 ? ` and ${count(files - 1)} more` : "";
    lines.push(`${table.name}: ${file.slice(file.lastIndexOf("/") + 1)}${others} ${parts.join("; ")}`);
  }
  return lines.map((line) => `\n${wrapped(terminal, line)}`);
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
