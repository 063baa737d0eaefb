#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { ExitCode } from "../trouble/index.ts";
import { packageVersion } from "../workflow/identity.ts";
import { sayTrouble } from "./say-trouble.ts";

/**
 * The commands, in the order of the help. Each is loaded when it is asked for: a worker process that does one
 * task need not load what asks questions or draws tables.
 */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./run.ts")).runCommand(),
  init: async () => (await import("./init.ts")).initCommand(),
  demo: async () => (await import("./demo.ts")).demoCommand(),
  plan: async () => (await import("./plan.ts")).planCommand(),
  annotate: async () => (await import("./annotate.ts")).annotateCommand(),
  crawl: async () => (await import("./crawl.ts")).crawlCommand(),
  catalog: async () => (await import("./catalog.ts")).catalogCommand(),
  connection: async () => (await import("./connection.ts")).connectionCommand(),
  publish: async () => (await import("./publish.ts")).publishCommand(),
  sql: async () => (await import("./sql.ts")).sqlCommand(),
  preview: async () => {
    const { openOccurrences } = await import("./open-occurrences.ts");
    return (await import("./preview.ts")).previewCommand({ openTable: openOccurrences });
  },
  aws: async () => (await import("./aws.ts")).awsCommand(process.argv[3]),
  task: async () => (await import("./task.ts")).taskCommand(),
};

/** Asked for, it needs none of the commands. */
const versionFlag = "--version";

/** The command line. The only place that ends the process. */
async function program(first: string | undefined): Promise<Command> {
  const command = new Command("bisonflow")
    .description(
      "Places biodiversity occurrence records in their regions, compares them with a register of introduced and invasive species, and counts them.",
    )
    .version(packageVersion(), `-V, ${versionFlag}`)
    .showHelpAfterError("Run `bisonflow --help` to see what there is.");
  const wanted =
    first === versionFlag ? [] : first !== undefined && first in commands ? [first] : Object.keys(commands);
  for (const name of wanted) {
    const make = commands[name];
    if (make !== undefined) command.addCommand(await make());
  }
  const endEverywhere = (one: Command): void => {
    one.exitOverride();
    for (const sub of one.commands) endEverywhere(sub);
  };
  endEverywhere(command);
  return command;
}

// A reader that closes early (`bisonflow sql … | head`) is no error; a run goes on to its end without one.
// A task sees to its own: its reader is the run that started it (task.ts).
const [, , commandName = ""] = process.argv;
if (commandName !== "task") {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" && !["run", "demo"].includes(commandName)) process.exit(ExitCode.done);
  });
}

try {
  await (await program(process.argv[2])).parseAsync(process.argv);
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
