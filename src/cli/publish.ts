import { Command } from "commander";
import type { PublishEvent, PublishReport } from "../database/index.ts";
import { databaseHere } from "./database-here.ts";
import { servicesHere } from "./environment.ts";
import { interruptSignal } from "./interrupt.ts";
import { count, duration } from "./numbers.ts";
import { renderTable, wrapped } from "./table.ts";
import { bold, standardOutput, type Terminal } from "./terminal.ts";

interface Options {
  readonly to: string;
  readonly schema: string;
  readonly json?: true;
}

/** `bisonflow publish`: a run's tables and regions into a PostgreSQL database. */
export function publishCommand(terminal: Terminal = standardOutput()): Command {
  return new Command("publish")
    .description(
      "Load a run's tables and regions into PostgreSQL: in one transaction, with keys, indexes and comments; regions as PostGIS shapes where the extension is. The same run again changes nothing.",
    )
    .argument("<out>", "folder of a run (its --out), or its s3:// prefix")
    .requiredOption("--to <database>", "postgres://USER@HOST/DATABASE, or a stored connection's name")
    .option("--schema <name>", "schema that the tables go into; made when it is not there", "bison")
    .option("--json", "print JSON")
    .action(async (out: string, options: Options) => {
      const { publishResult } = await import("../database/index.ts");
      const { target, credentials } = await databaseHere(options.to);
      const report = await publishResult({
        out,
        store: servicesHere().store,
        target,
        credentials,
        schema: options.schema,
        signal: interruptSignal(),
        observe: options.json ? undefined : progress(),
      });
      await terminal.write(
        options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(terminal, report),
      );
    });
}

/** One line that is redrawn on a terminal; elsewhere only what a log should have. */
function progress(): (event: PublishEvent) => void {
  const { stderr } = process;
  const isLive = stderr.isTTY === true;
  let last = 0;
  return (event) => {
    if (event.type === "waiting") stderr.write(`${event.message}\n`);
    else if (event.type === "table" && isLive) stderr.write("\r\x1b[2K");
    else if (event.type === "rows" && isLive && Date.now() - last > 100) {
      last = Date.now();
      stderr.write(`\r\x1b[2K${event.table}  ${count(event.rows)} rows`);
    }
  };
}

function reportText(terminal: Terminal, report: PublishReport): string {
  const { database, schema, change, tables, rows, seconds } = report;
  const said = {
    published: `Published to schema ${schema} of ${database}: ${count(rows)} rows in ${duration(seconds)}.`,
    replaced: `Replaced what stood in schema ${schema} of ${database}: ${count(rows)} rows in ${duration(seconds)}.`,
    unchanged: `Nothing to do: this result stands in schema ${schema} of ${database} already.`,
  }[change];
  const { text } = renderTable(
    terminal,
    [
      { title: "table", isKey: true },
      { title: "rows", align: "right" },
    ],
    tables.map((table) => [table.name, count(table.rows)]),
  );
  const remarks = [
    ...(report.removed.length === 0
      ? []
      : [`Gone, since this result has none of them: ${report.removed.join(", ")}.`]),
    ...report.issues.map((issue) => `${count(issue.count)} x ${issue.code}: ${issue.example}.`),
    ...report.notes.map((note) => `Note: ${note}`),
  ];
  return [
    wrapped(terminal, bold(terminal, said)),
    `\n${text}`,
    ...remarks.map((line, i) => `${i === 0 ? "\n" : ""}${wrapped(terminal, line)}`),
  ].join("");
}
