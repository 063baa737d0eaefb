import { existsSync } from "node:fs";
import { UserError } from "../trouble/index.ts";
import { type CatalogOptions, catalogHere } from "./catalog-here.ts";
import { crawlText } from "./crawl-text.ts";
import type { Terminal } from "./terminal.ts";

interface Options extends CatalogOptions {
  readonly database: string;
  readonly prefix?: string;
  readonly schema?: readonly string[];
  readonly json?: true;
}

/** Whether what is to be crawled is a database: its URL, or a stored connection that is no folder, too. */
export async function isDatabase(given: string): Promise<boolean> {
  if (/^postgres(ql)?:/i.test(given)) return true;
  if (/[/\\]/.test(given)) return false;
  const { connectionsHere } = await import("./database-here.ts");
  if ((await connectionsHere().find(given)) === undefined) return false;
  if (!existsSync(given)) return true;
  throw new UserError({
    code: "crawl-ambiguous",
    message: `${given}: there is a folder of this name and a stored connection.`,
    hint: `Write ./${given} for the folder, or the connection's postgres:// address.`,
  });
}

/** The tables of a PostgreSQL database into the catalog. */
export async function crawlPostgres(terminal: Terminal, nameOrUrl: string, options: Options): Promise<void> {
  const { databaseHere } = await import("./database-here.ts");
  const { crawlDatabase } = await import("../database/index.ts");
  const { target, credentials, saved } = await databaseHere(nameOrUrl);
  const result = await crawlDatabase({
    catalog: await catalogHere(options),
    target,
    credentials,
    connection: saved?.name,
    schemas: options.schema,
    database: options.database,
    tablePrefix: options.prefix,
  });
  await terminal.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : crawlText(terminal, result));
}
