import { type Catalog, defaultCatalogFolder, localCatalog, type Table } from "../catalog/index.ts";
import { UserError } from "../trouble/index.ts";
import { catalogFromEnvironment } from "./environment.ts";

/** The catalog that a command works on: the folder given, else BISONFLOW_CATALOG, else the user's own. */
export function catalogHere(folder: string | undefined): Catalog {
  return localCatalog(folder ?? catalogFromEnvironment() ?? defaultCatalogFolder());
}

/** The option that all commands on the catalog share. */
export const catalogOption = [
  "--catalog <folder>",
  "folder of the catalog (default: BISONFLOW_CATALOG, else the user's own)",
] as const;

/** All tables of all databases, sorted. */
export async function allTables(catalog: Catalog): Promise<Table[]> {
  const tables: Table[] = [];
  for (const { Name } of await catalog.listDatabases()) tables.push(...(await catalog.listTables(Name)));
  return tables;
}

/** The table of a name, with or without its database; undefined when there is none. */
export async function findTable(catalog: Catalog, name: string): Promise<Table | undefined> {
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
