import { type Engine, identifier, literal } from "../engine/index.ts";
import { isRemote, type StagedFile, type Store } from "../store/index.ts";
import { inParallel } from "./crawl/in-parallel.ts";
import type { DataFile } from "./crawl/recognize.ts";
import { isPacked, stageStart } from "./crawl/text-start.ts";
import { fileColumn, parquetScan, textScan } from "./scan-sql.ts";
import type { TableSource } from "./table-source.ts";

/** Files fetched at one time from elsewhere; most of the time goes into waiting. */
const filesAtOnce = 32;
/** A large text file elsewhere is looked at by so many bytes of its start. */
const lookedAtBytes = 64 * 1024 * 1024;

/** What to open as one table. */
export interface OpenFiles {
  readonly name: string;
  /** Of one format. */
  readonly files: readonly DataFile[];
  /** Keys whose values stand in the names of the folders below `location`. */
  readonly partition?: { readonly location: string; readonly keys: readonly string[] } | undefined;
  /** The table is only looked at: the start of large text files elsewhere will do. */
  readonly isLook?: boolean | undefined;
}

/**
 * Opens files as one relation. Of Parquet files elsewhere only the footers come; `fetch` and `stretch` bring what
 * is to be read.
 */
export async function openFiles(engine: Engine, store: Store, options: OpenFiles): Promise<TableSource> {
  const format = options.files[0]?.format ?? "parquet";
  const opened = new OpenedFiles(engine, store, options);
  try {
    return await (format === "parquet" ? opened.parquet() : opened.text());
  } catch (error) {
    await opened.release();
    throw error;
  }
}

interface Opened {
  readonly file: DataFile;
  readonly path: string;
}

class OpenedFiles {
  readonly #engine: Engine;
  readonly #store: Store;
  readonly #options: OpenFiles;
  readonly #staged: StagedFile[] = [];

  constructor(engine: Engine, store: Store, options: OpenFiles) {
    this.#engine = engine;
    this.#store = store;
    this.#options = options;
  }

  async release(): Promise<void> {
    await Promise.all(this.#staged.splice(0).map((staged) => staged.release()));
  }

  async parquet(): Promise<TableSource> {
    const { files } = this.#options;
    const footers = await this.#stage(files, []);
    const paths = footers.map(({ path }) => path);
    const relation = this.#relation(footers, parquetScan(paths));
    const columns = await this.#engine.columns(`SELECT * FROM ${relation}`);
    const names = columns.map(({ name }) => name);
    const byPath = new Map(footers.map((one) => [one.path, one]));
    const isHere = files.every(({ uri }) => !isRemote(uri));
    const fetch = async (wanted: readonly string[] = names) => {
      if (isHere || wanted.length === 0) return { relation, paths };
      const fetched = await this.#stage(files, wanted);
      const there = fetched.map(({ path }) => path);
      return { relation: this.#relation(fetched, parquetScan(there)), paths: there };
    };
    const stretch = async (path: string, rows: { start: number; end: number }): Promise<string> => {
      const file = byPath.get(path)?.file;
      if (file === undefined) return relation;
      const opened = isHere ? [{ file, path }] : await this.#stage([file], names, rows);
      const scan = parquetScan(
        opened.map((one) => one.path),
        { withPosition: true },
      );
      return this.#relation(
        opened,
        scan,
        `file_row_number >= ${rows.start} AND file_row_number < ${rows.end}`,
      );
    };
    return {
      ...this.#facts("parquet"),
      relation,
      columns,
      paths,
      parquet: { stretch },
      fetch,
      firstRows: async (count) =>
        isHere ? relation : firstStretches({ engine: this.#engine, paths, stretch, relation, count }),
      notes: [],
    };
  }

  async text(): Promise<TableSource> {
    const { files, isLook = false } = this.#options;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const [first] = files;
    const isCut = isLook && first !== undefined && isRemote(first.uri) && bytes > lookedAtBytes;
    const opened = isCut ? [await this.#stageStart(first)] : await this.#stage(files);
    const paths = opened.map(({ path }) => path);
    const delimiter = first?.delimiter ?? ",";
    const notes: string[] = [];
    if (isCut) notes.push("Only the start of the first file was fetched.");
    const packed = !isCut && files.every(({ uri }) => isPacked(uri));
    let relation = this.#relation(opened, textScan(paths, delimiter, { isPacked: packed }));
    if (!(await isReadable(this.#engine, relation))) {
      relation = this.#relation(opened, textScan(paths, delimiter, { asText: true, isPacked: packed }));
      notes.push(
        "Every column is read as text: some values do not fit the types that the first rows suggest.",
      );
    }
    return {
      ...this.#facts("csv"),
      relation,
      columns: await this.#engine.columns(`SELECT * FROM ${relation}`),
      paths,
      isCut,
      fetch: async () => ({ relation, paths }),
      firstRows: async () => relation,
      notes,
    };
  }

  #facts(format: string): Pick<TableSource, "name" | "format" | "files" | "bytes" | "release"> {
    const { name, files } = this.#options;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { name, format, files: files.length, bytes, release: () => this.release() };
  }

  async #stage(
    files: readonly DataFile[],
    columns?: readonly string[],
    rows?: { start: number; end: number },
  ): Promise<Opened[]> {
    return inParallel(files, filesAtOnce, async (file) => {
      const staged = await this.#store.stage(file.uri, {
        ...(columns === undefined ? {} : { columns }),
        ...(rows === undefined ? {} : { rows }),
        ...(file.identity === undefined ? {} : { identity: file.identity }),
      });
      this.#staged.push(staged);
      return { file, path: staged.path };
    });
  }

  async #stageStart(file: DataFile): Promise<Opened> {
    const staged = await stageStart(this.#store, file, lookedAtBytes);
    this.#staged.push(staged);
    return { file, path: staged.path };
  }

  #relation(opened: readonly Opened[], scan: string, where = ""): string {
    const { location = "", keys = [] } = this.#options.partition ?? {};
    const excluded = [fileColumn, ...(where === "" ? [] : ["file_row_number"])];
    // A key stands in the folders' names: the files' own column of that name, if any, gives way.
    const own =
      keys.length === 0
        ? `* EXCLUDE (${excluded.join(", ")})`
        : `COLUMNS(c -> lower(c) NOT IN (${[...excluded, ...keys].map(literal).join(", ")}))`;
    const uri = keys.length === 0 ? fileColumn : uriSql(opened);
    const folders = `string_split(substr(replace(${uri}, '\\', '/'), ${location.length + 1}), '/')`;
    const values = keys.map((key, i) => {
      const folder = `${folders}[${i + 1}]`;
      const value = key.startsWith("partition_")
        ? folder
        : `url_decode(regexp_replace(${folder}, '^[^=]*=', ''))`;
      return `, nullif(${value}, '__HIVE_DEFAULT_PARTITION__') AS ${identifier(key)}`;
    });
    return `(SELECT ${own}${values.join("")} FROM ${scan}${where === "" ? "" : ` WHERE ${where}`})`;
  }
}

/** The name of a row's file in its store, of which the file that is read may be a copy. */
function uriSql(opened: readonly Opened[]): string {
  const copies = opened.filter(({ file, path }) => file.uri !== path);
  if (copies.length === 0) return fileColumn;
  const pairs = copies.map(({ file, path }) => `${literal(path)}: ${literal(file.uri)}`);
  return `coalesce(MAP {${pairs.join(", ")}}[${fileColumn}], ${fileColumn})`;
}

/** The first rows of as many files as hold `count` of them. */
async function firstStretches(options: {
  engine: Engine;
  paths: readonly string[];
  stretch: (path: string, rows: { start: number; end: number }) => Promise<string>;
  relation: string;
  count: number;
}): Promise<string> {
  const { engine, paths, stretch, relation, count } = options;
  const selects: string[] = [];
  let left = count;
  for (const path of paths) {
    if (left <= 0) break;
    const [file] = await engine.rows<{ num_rows: bigint }>(
      `SELECT num_rows FROM parquet_file_metadata(${literal(path)})`,
    );
    const end = Math.min(left, Number(file?.num_rows ?? 0));
    if (end <= 0) continue;
    selects.push(`SELECT * FROM ${await stretch(path, { start: 0, end })}`);
    left -= end;
  }
  return selects.length === 0 ? relation : `(${selects.join(" UNION ALL BY NAME ")})`;
}

/** Text files small enough are read through once, so that a late surprise is met before anything is shown. */
async function isReadable(engine: Engine, relation: string): Promise<boolean> {
  try {
    await engine.rows(`SELECT count(COLUMNS(*)) FROM (SELECT * FROM ${relation} LIMIT 1000000)`);
    return true;
  } catch {
    return false;
  }
}
