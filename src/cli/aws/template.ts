import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { stackTemplate, type Variant } from "../../aws/stack/index.ts";

interface Options {
  vpc: Variant["network"];
  database?: boolean;
  out?: string;
}

/** `bisonflow aws template`: the stack as CloudFormation takes it. Asks nothing of AWS. */
export function templateCommand(): Command {
  return new Command("template")
    .description("Print the CloudFormation template of the stack, to read or to apply by other means.")
    .addOption(
      new Option("--vpc <vpc>", "with a VPC of its own, or for an existing one")
        .choices(["new", "existing"])
        .default("new"),
    )
    .option("--database", "with a PostgreSQL database")
    .option("--out <file>", "write it to a file")
    .action(async ({ vpc, database, out }: Options) => {
      const template = stackTemplate({ network: vpc, database: database === true });
      const text = `${JSON.stringify(template, null, 2)}\n`;
      if (out === undefined) process.stdout.write(text);
      else await writeFile(out, text);
    });
}
