import { Command } from "commander";
import type { Catalog, Table } from "../catalog/index.ts";
import { UserError } from "../trouble/index.ts";
import {
  addCatalogOptions,
  allTables,
  type CatalogOptions,
  catalogHere,
  figuresOf,
  findTable,
} from "./catalog-here.ts";
import { bytes, count } from "./numbers.ts";
import { renderTable, wrapped } from "./table.ts";
import { bold, standardOutput, type Terminal } from "./terminal.ts";

interface Options extends CatalogOptions {
  readonly json?: true;
}

/** `bisonflow catalog list|show`: what the catalog holds. */
export function catalogCommand(terminal: Terminal = standardOutput()): Command {
  const command = new Command("catalog").description("Show the databases and tables of the catalog.");
  addCatalogOptions(command.command("list"))
    .description("List the tables of a database, or of all.")
    .argument("[database]", "name of a database")
    .option("--json", "print JSON")
    .action(async (database: string | undefined, options: Options) => {
      const tables = await tablesOf(await catalogHere(options), database);
      await terminal.write(
        options.json ? `${JSON.stringify(tables, null, 2)}\n` : listText(terminal, tables),
      );
    });
  addCatalogOptions(command.command("show"))
    .description("Show a table: its figures, columns and partitions.")
    .argument("<table>", "table, or database.table")
    .option("--json", "print JSON")
    .action(async (name: string, options: Options) => {
      const catalog = await catalogHere(options);
      const table = await findTable(catalog, name);
      if (table === undefined) throw noSuch(`${name}: no such table in the catalog.`);
      const partitions = await catalog.listPartitions(table.DatabaseName, table.Name);
      const json = () => `${JSON.stringify({ ...table, Partitions: partitions }, null, 2)}\n`;
      await terminal.write(options.json ? json() : showText(terminal, table, partitions.length));
    });
  return command;
}

async function tablesOf(catalog: Catalog, database: string | undefined): Promise<Table[]> {
  if (database === undefined) return allTables(catalog);
  if ((await catalog.getDatabase(database)) === undefined)
    throw noSuch(`${database}: no such database in the catalog.`);
  return catalog.listTables(database);
}

function noSuch(message: string): UserError {
  return new UserError({
    code: "catalog-entry-not-found",
    message,
    hint: "See what there is with `bisonflow catalog list`; add tables with `bisonflow crawl FOLDER`.",
  });
}

function listText(terminal: Terminal, tables: readonly Table[]): string {
  if (tables.length === 0) return "No tables yet: add some with `bisonflow crawl FOLDER`.\n";
  const { text } = renderTable(
    terminal,
    [
      { title: "table", isKey: true },
      { title: "rows", align: "right" },
      { title: "bytes", align: "right" },
      { title: "columns", align: "right" },
      { title: "format" },
      { title: "location" },
    ],
    tables.map((table) => {
      const { rows, bytes: size } = figuresOf(table);
      return [
        `${table.DatabaseName}.${table.Name}`,
        `${isEstimated(table) ? "~" : ""}${count(rows)}`,
        bytes(size),
        count(table.StorageDescriptor.Columns.length + table.PartitionKeys.length),
        formatOf(table),
        table.StorageDescriptor.Location,
      ];
    }),
  );
  return text;
}

function showText(terminal: Terminal, table: Table, partitions: number): string {
  const { rows, bytes: size, files } = figuresOf(table);
  const { Columns, Location } = table.StorageDescriptor;
  const isCommented = Columns.some(({ Comment }) => Comment !== undefined);
  const keys = new Set(table.PartitionKeys.map(({ Name }) => Name));
  const columns = renderTable(
    terminal,
    [
      { title: "column", isKey: true },
      { title: "type" },
      ...(keys.size > 0 ? [{ title: "" }] : []),
      ...(isCommented ? [{ title: "comment" }] : []),
    ],
    [...Columns, ...table.PartitionKeys].map(({ Name, Type, Comment }) => [
      Name,
      Type,
      ...(keys.size > 0 ? [keys.has(Name) ? "partition" : ""] : []),
      ...(isCommented ? [Comment ?? ""] : []),
    ]),
  );
  const facts = [
    `${isEstimated(table) ? "about " : ""}${count(rows)} rows`,
    bytes(size),
    `${count(files)} ${files === 1 ? "file" : "files"}`,
    formatOf(table),
    ...(keys.size > 0 ? [`${count(partitions)} partitions`] : []),
    ...(table.VersionId === undefined ? [] : [`version ${table.VersionId}`]),
  ];
  return [
    `${bold(terminal, `${table.DatabaseName}.${table.Name}`)}\n`,
    wrapped(terminal, facts.join(", ")),
    `${Location}\n`,
    ...(table.Description === undefined ? [] : [wrapped(terminal, table.Description)]),
    `\n${columns.text}`,
  ].join("");
}

function formatOf({ Parameters }: Table): string {
  return Parameters.geoparquet === undefined ? (Parameters.classification ?? "") : "geoparquet";
}

/** Rows of large text files are estimated from their length. */
function isEstimated({ Parameters }: Table): boolean {
  return Parameters.recordCountIsEstimate === "true";
}
