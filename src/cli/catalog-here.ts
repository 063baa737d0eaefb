import type { Command } from "commander";
import { type Catalog, defaultCatalogFolder, localCatalog, type Table } from "../catalog/index.ts";
import { UserError } from "../trouble/index.ts";
import { awsAccessHere } from "./aws-access.ts";
import { catalogFromEnvironment } from "./environment.ts";

/** Which catalog a command works on. */
export interface CatalogOptions {
  readonly catalog?: string;
  readonly region?: string;
}

/** The catalog named by --catalog or BISONFLOW_CATALOG: `glue`, `local` (the default) or a folder. */
export async function catalogHere(options: CatalogOptions): Promise<Catalog> {
  const name = catalogName(options);
  if (name === "glue") {
    const access = await awsAccessHere({ region: options.region });
    return (await import("../aws/glue/index.ts")).glueCatalog(access);
  }
  return localCatalog(name === "local" ? defaultCatalogFolder() : name);
}

/** `glue`, `local` or a folder. */
export function catalogName({ catalog }: CatalogOptions): string {
  return catalog ?? catalogFromEnvironment() ?? "local";
}

/** Adds the options that all commands on the catalog share. */
export function addCatalogOptions(command: Command): Command {
  return command
    .option(
      "--catalog <local|glue|folder>",
      "the user's own catalog, the Glue Data Catalog, or a catalog's folder (default: BISONFLOW_CATALOG, else local)",
    )
    .option(
      "--region <name>",
      "AWS region of the Glue Data Catalog (default: AWS_REGION, else the profile's)",
    );
}

/** All tables of all databases, sorted. */
export async function allTables(catalog: Catalog): Promise<Table[]> {
  const tables: Table[] = [];
  for (const { Name } of await catalog.listDatabases()) tables.push(...(await catalog.listTables(Name)));
  return tables;
}

/** The table of a name, with or without its database; undefined when there is none. */
export async function findTable(catalog: Catalog, name: string): Promise<Table | undefined> {
  const at = name.indexOf(".");
  const direct = at < 0 ? undefined : await catalog.getTable(name.slice(0, at), name.slice(at + 1));
  if (direct !== undefined) return direct;
  const found = (await allTables(catalog)).filter(
    ({ DatabaseName, Name }) => name === Name || name === `${DatabaseName}.${Name}`,
  );
  if (found.length > 1) {
    throw new UserError({
      code: "table-ambiguous",
      message: `${name}: ${found.length} databases have a table of this name.`,
      hint: `Say which: ${found.map(({ DatabaseName, Name }) => `${DatabaseName}.${Name}`).join(", ")}`,
    });
  }
  return found[0];
}

/** A table's own figures, as numbers. */
export function figuresOf(table: Table): { rows: number; bytes: number; files: number } {
  const number = (name: string): number => Number(table.Parameters[name] ?? 0);
  return { rows: number("recordCount"), bytes: number("sizeKey"), files: number("objectCount") };
}
