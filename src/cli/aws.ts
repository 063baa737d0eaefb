import { Command } from "commander";

/**
 * The commands of `bisonflow aws`, in the order of the help, each loaded when it is asked for: one that only
 * prints a template need not load the SDK's clients.
 */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  plan: async () => (await import("./aws/plan.ts")).planStackCommand(),
  up: async () => (await import("./aws/up.ts")).upCommand(),
  down: async () => (await import("./aws/down.ts")).downCommand(),
  cost: async () => (await import("./aws/cost.ts")).costCommand(),
  template: async () => (await import("./aws/template.ts")).templateCommand(),
  step: async () => (await import("./aws/step.ts")).stepCommand(),
  doctor: async () => (await import("./aws/doctor.ts")).doctorCommand(),
  audit: async () => (await import("./aws/audit.ts")).auditCommand(),
};

/**
 * `bisonflow aws …`: what has to do with an account of Amazon Web Services rather than with records.
 *
 * `wanted` is the word after `aws` on the command line; without one of ours all commands are loaded, for help.
 */
export async function awsCommand(wanted?: string): Promise<Command> {
  const command = new Command("aws").description(
    "Set up an account of Amazon Web Services for runs, look at it, and say what it costs.",
  );
  const names = wanted !== undefined && wanted in commands ? [wanted] : Object.keys(commands);
  for (const name of names) {
    const make = commands[name];
    if (make !== undefined) command.addCommand(await make());
  }
  return command;
}
