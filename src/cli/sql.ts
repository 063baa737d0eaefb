import { Command, InvalidArgumentError, Option } from "commander";
import { type CatalogAnswer, queryCatalog } from "../catalog/index.ts";
import { addCatalogOptions, type CatalogOptions, catalogHere } from "./catalog-here.ts";
import { servicesHere } from "./environment.ts";
import { count } from "./numbers.ts";
import { alignOf, layOut, wrapped } from "./table.ts";
import { standardOutput, type Terminal } from "./terminal.ts";
import { trafficText } from "./traffic-text.ts";

interface Options extends CatalogOptions {
  readonly json?: true;
  readonly csv?: true;
  readonly limit?: number;
}

/** Rows that a terminal is given when nobody asks for more. */
const terminalRows = 200;
/** Rows on which column widths are decided where all are printed. */
const rowsForLayout = 1000;

/** `bisonflow sql`: a query over the tables of the catalog. */
export function sqlCommand(terminal: Terminal = standardOutput()): Command {
  return addCatalogOptions(new Command("sql"))
    .description("Ask the tables of the catalog in SQL (DuckDB's); reads their files and nothing else.")
    .argument("<query>", 'for example "SELECT state_id, count(*) FROM occurrences GROUP BY ALL"')
    .addOption(
      new Option(
        "--limit <rows>",
        `rows to print (default: ${terminalRows} on a terminal, otherwise all)`,
      ).argParser(rowCount),
    )
    .addOption(new Option("--json", "print a JSON array of objects").conflicts("csv"))
    .option("--csv", "print CSV")
    .action(async (sql: string, options: Options) => {
      const catalog = await catalogHere(options);
      const { store } = servicesHere();
      const answer = await queryCatalog({ catalog, store, sql });
      try {
        const limit = options.limit ?? Number.POSITIVE_INFINITY;
        if (options.json) await writeJson(terminal, answer, limit);
        else if (options.csv) await writeCsv(terminal, answer, limit);
        else {
          await writeTable(
            terminal,
            answer,
            options.limit ?? (terminal.isInteractive ? terminalRows : limit),
          );
          if (terminal.isInteractive) await terminal.write(trafficText(store.traffic?.()));
        }
      } finally {
        await answer.close();
      }
    });
}

/** A number of rows given on the command line. */
export function rowCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("a whole number was expected.");
  return Number(text);
}

async function writeJson(terminal: Terminal, answer: CatalogAnswer, limit: number): Promise<void> {
  let written = 0;
  for await (const line of answer.jsonLines()) {
    if (written >= limit) break;
    await terminal.write(`${written++ === 0 ? "[\n" : ",\n"}${line}`);
  }
  await terminal.write(written === 0 ? "[]\n" : "\n]\n");
}

async function writeCsv(terminal: Terminal, answer: CatalogAnswer, limit: number): Promise<void> {
  await terminal.write(csvLine(answer.columns.map(({ name }) => name)));
  let written = 0;
  for await (const row of answer.texts()) {
    if (written++ >= limit) break;
    await terminal.write(csvLine(row));
  }
}

/** RFC 4180 with line feeds; null is empty, the empty text is `""`. */
function csvLine(cells: readonly (string | null)[]): string {
  const written = cells.map((cell) => {
    if (cell === null) return "";
    return cell === "" || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  });
  return `${written.join(",")}\n`;
}

async function writeTable(terminal: Terminal, answer: CatalogAnswer, limit: number): Promise<void> {
  const columns = answer.columns.map(({ name, type }) => ({ title: name, align: alignOf(type) }));
  const first: (string | null)[][] = [];
  let layout: ReturnType<typeof layOut> | undefined;
  let rows = 0;
  let isCut = false;
  for await (const row of answer.texts()) {
    if (rows >= limit) {
      isCut = true;
      break;
    }
    rows++;
    if (layout !== undefined) await terminal.write(layout.lines([row]));
    else if (first.push(row) === rowsForLayout) {
      layout = layOut(terminal, columns, first);
      await terminal.write(layout.head() + layout.lines(first));
    }
  }
  if (layout === undefined) {
    layout = layOut(terminal, columns, first);
    await terminal.write(layout.head() + layout.lines(first));
  }
  if (layout.hidden.length > 0)
    await terminal.write(wrapped(terminal, `No room for: ${layout.hidden.join(", ")}`));
  if (isCut)
    await terminal.write(
      `The first ${count(rows)} rows; more with --limit ROWS, all with --csv or --json.\n`,
    );
  else if (terminal.isInteractive) await terminal.write(`${count(rows)} ${rows === 1 ? "row" : "rows"}\n`);
}
