import { mkdtemp, rm, symlink } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Command, Option } from "commander";
import {
  jsonRows,
  openCatalogTable,
  openPath,
  profileTable,
  type TableProfile,
  type TableSource,
  textRows,
} from "../catalog/index.ts";
import { type Engine, openEngine } from "../engine/index.ts";
import { isRemote, type Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import { addCatalogOptions, type CatalogOptions, catalogHere, findTable } from "./catalog-here.ts";
import { servicesHere } from "./environment.ts";
import { count } from "./numbers.ts";
import { profileText, titleText } from "./profile-text.ts";
import { rowCount } from "./sql.ts";
import { alignOf, renderTable, wrapped } from "./table.ts";
import { standardOutput, type Terminal } from "./terminal.ts";
import { trafficText } from "./traffic-text.ts";

/**
 * Opens what a preview itself cannot (zips of GBIF downloads) as a table of the session; undefined for a file that
 * is none of its kinds.
 */
export type OpenTable = (engine: Engine, path: string) => Promise<TableSource | undefined>;

interface Options extends CatalogOptions {
  readonly rows: number;
  readonly profile: boolean;
  readonly full?: true;
  readonly json?: true;
}

/** `bisonflow preview`: the first rows of a table or file and what its columns hold. */
export function previewCommand(outside: { terminal?: Terminal; openTable?: OpenTable } = {}): Command {
  const terminal = outside.terminal ?? standardOutput();
  return addCatalogOptions(new Command("preview"))
    .description("Show the first rows of a table or file and a profile of its columns.")
    .argument(
      "<table|file>",
      "table of the catalog; Parquet, CSV or TSV file or folder, here or s3://…; zip of a GBIF download",
    )
    .addOption(new Option("--rows <count>", "rows to show").argParser(rowCount).default(10))
    .option("--no-profile", "rows alone")
    .option("--profile", "rows and profile (the default)")
    .option("--full", "profile every row, however many there are")
    .option("--json", "print JSON")
    .action(async (name: string, options: Options) => {
      const engine = await openEngine({ threads: availableParallelism() });
      const { store } = servicesHere();
      let source: TableSource | undefined;
      try {
        source = await openNamed({ engine, store, openTable: outside.openTable }, name, options);
        const profile = options.profile
          ? await profileTable(engine, source, { full: options.full === true })
          : undefined;
        const show = options.json ? writeJson : writeText;
        await show(terminal, { engine, source, profile, rows: options.rows });
        if (!options.json) await terminal.write(trafficText(store.traffic?.()));
      } finally {
        await source?.release();
        engine.close();
      }
    });
}

/** A file when there is one of this name, a table of the catalog otherwise. */
async function openNamed(
  { engine, store, openTable }: { engine: Engine; store: Store; openTable: OpenTable | undefined },
  name: string,
  options: Options,
): Promise<TableSource> {
  const isLook = options.full !== true;
  const isFile = (await store.stat(name)) !== undefined;
  const isFolder = !isFile && (await hasFiles(store.list(`${name.replace(/[/\\]+$/, "")}/`)));
  // A name without a slash may be both a folder here and a table: the table is what was crawled, so it is meant.
  const table = isFile || /[/\\]/.test(name) ? undefined : await findTable(await catalogHere(options), name);
  if (table !== undefined) return openCatalogTable(engine, store, table, { isLook });
  if (!isFile && !isFolder) {
    throw new UserError({
      code: "preview-not-found",
      message: `${name}: no file here and no table of the catalog has this name.`,
      hint: "Check the path, or see the tables with `bisonflow catalog list`.",
    });
  }
  try {
    const occurrences =
      openTable !== undefined && isRemote(name) && /\.zip$/i.test(name)
        ? await openStaged(engine, name, { store, openTable })
        : await openTable?.(engine, name);
    const opened = occurrences ?? (await openPath(engine, store, name, { isLook }));
    if (opened !== undefined) return opened;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw cannotRead(name, `it cannot be read (${(error as Error).message.split("\n", 1)[0]})`, error);
  }
  throw cannotRead(name, "this is no table");
}

/** A zip elsewhere is read here. */
async function openStaged(
  engine: Engine,
  name: string,
  { store, openTable }: { store: Store; openTable: OpenTable },
): Promise<TableSource | undefined> {
  const staged = await store.stage(name);
  const folder = await mkdtemp(join(tmpdir(), "bisonflow-preview-"));
  try {
    // What is staged has a name of its own, and what a file is goes by its name.
    const path = join(folder, basename(name));
    await symlink(staged.path, path);
    const opened = await openTable(engine, path);
    return opened === undefined ? undefined : { ...opened, name };
  } finally {
    await rm(folder, { recursive: true, force: true });
    await staged.release();
  }
}

function cannotRead(name: string, seen: string, cause?: unknown): UserError {
  return new UserError({
    code: "preview-unreadable",
    message: `${name}: ${seen}; a Parquet, CSV or TSV file, a folder of them or a GBIF download was expected.`,
    hint: "A file whose download broke off has to be fetched again.",
    cause,
  });
}

async function hasFiles(files: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of files) return true;
  return false;
}

interface Shown {
  readonly engine: Engine;
  readonly source: TableSource;
  readonly profile: TableProfile | undefined;
  readonly rows: number;
}

async function writeJson(terminal: Terminal, { engine, source, profile, rows }: Shown): Promise<void> {
  const { name, format, files, bytes, columns, notes } = source;
  const lines: string[] = [];
  for await (const line of jsonRows(engine, await firstRows(source, rows))) lines.push(line);
  const facts = JSON.stringify({
    name,
    format,
    files,
    bytes,
    columns,
    notes,
    ...(profile === undefined ? {} : { profile }),
  });
  await terminal.write(`${facts.slice(0, -1)},"rows":[${lines.join(",")}]}\n`);
}

async function writeText(terminal: Terminal, { engine, source, profile, rows }: Shown): Promise<void> {
  await terminal.write(titleText(terminal, source, profile));
  if (rows > 0) {
    const cells: (string | null)[][] = [];
    for await (const row of textRows(engine, await firstRows(source, rows))) cells.push(row);
    const columns = source.columns.map(({ name, type }) => ({ title: name, align: alignOf(type) }));
    const table = renderTable(terminal, columns, cells);
    await terminal.write(`\n${table.text}`);
    if (table.hidden.length > 0) {
      const names = `${count(table.hidden.length)} more columns: ${table.hidden.join(", ")}`;
      await terminal.write(wrapped(terminal, names));
    }
  }
  if (profile !== undefined) await terminal.write(`\n${profileText(terminal, profile)}`);
}

async function firstRows(source: TableSource, rows: number): Promise<string> {
  return `SELECT * FROM ${await source.firstRows(rows)} LIMIT ${rows}`;
}
