import { Command } from "commander";
import { nameOfTarget, type SavedConnection, sslModeOf } from "../database/index.ts";
import { addCommand, secretText } from "./connection/add.ts";
import { testCommand } from "./connection/test.ts";
import { connectionsHere, savedConnection } from "./database-here.ts";
import { renderTable } from "./table.ts";
import { standardOutput, type Terminal } from "./terminal.ts";

/** `bisonflow connection add|test|list|remove`: PostgreSQL databases, by name. */
export function connectionCommand(terminal: Terminal = standardOutput()): Command {
  const command = new Command("connection").description(
    "Store, test and list connections to PostgreSQL databases (RDS or any). Passwords are never stored.",
  );
  command.addCommand(addCommand(terminal));
  command.addCommand(testCommand(terminal));
  command
    .command("list")
    .description("List the stored connections.")
    .option("--json", "print JSON")
    .action(async (options: { json?: true }) => {
      const all = await connectionsHere().list();
      await terminal.write(options.json ? `${JSON.stringify(all, null, 2)}\n` : listText(terminal, all));
    });
  command
    .command("remove")
    .description("Forget a stored connection.")
    .argument("<name>", "name of a stored connection")
    .action(async (name: string) => {
      const { name: found } = await savedConnection(name);
      await connectionsHere().remove(found);
      await terminal.write(`Forgot ${found}.\n`);
    });
  return command;
}

function listText(terminal: Terminal, all: readonly SavedConnection[]): string {
  if (all.length === 0)
    return "No connections yet: store one with `bisonflow connection add NAME postgres://USER@HOST/DATABASE`.\n";
  const { text } = renderTable(
    terminal,
    [{ title: "name", isKey: true }, { title: "database" }, { title: "sslmode" }, { title: "password" }],
    all.map((connection) => [
      connection.name,
      nameOfTarget(connection.target),
      sslModeOf(connection.target),
      secretText(connection).replace(/^password /, ""),
    ]),
  );
  return text;
}
