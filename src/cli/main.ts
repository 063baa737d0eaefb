#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { ExitCode } from "../trouble/index.ts";
import { packageVersion } from "../workflow/index.ts";
import { annotateCommand } from "./annotate.ts";
import { catalogCommand } from "./catalog.ts";
import { crawlCommand } from "./crawl.ts";
import { demoCommand } from "./demo.ts";
import { initCommand } from "./init.ts";
import { planCommand } from "./plan.ts";
import { previewCommand } from "./preview.ts";
import { runCommand } from "./run.ts";
import { sayTrouble } from "./say-trouble.ts";
import { sqlCommand } from "./sql.ts";
import { taskCommand } from "./task.ts";

/** The command line. The only place that ends the process. */
function program(): Command {
  const command = new Command("bisonflow")
    .description(
      "Places biodiversity occurrence records in their regions, compares them with a register of introduced and invasive species, and counts them.",
    )
    .version(packageVersion())
    .showHelpAfterError("Run `bisonflow --help` to see what there is.");
  for (const make of [
    runCommand,
    initCommand,
    demoCommand,
    planCommand,
    annotateCommand,
    crawlCommand,
    catalogCommand,
    sqlCommand,
    previewCommand,
    taskCommand,
  ]) {
    command.addCommand(make());
  }
  const endEverywhere = (one: Command): void => {
    one.exitOverride();
    for (const sub of one.commands) endEverywhere(sub);
  };
  endEverywhere(command);
  return command;
}

// A reader that closes early (`bisonflow sql … | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(ExitCode.done);
});

try {
  await program().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? ExitCode.done : ExitCode.userError;
  } else {
    process.exitCode = sayTrouble(error, { json: process.argv.includes("--json") });
  }
}
// Nothing may keep a finished command alive (GDAL's WebAssembly leaves handles open), but what was printed
// must be out first.
await new Promise((resolve) => process.stdout.write("", resolve));
process.exit(process.exitCode ?? ExitCode.done);
