import { type Engine, literal, stringList } from "../../engine/index.ts";
import type { Store } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import { fileColumn, parquetScan, textScan } from "../scan-sql.ts";
import { inParallel } from "./in-parallel.ts";
import type { DataFile, StrayFile } from "./recognize.ts";
import { hasQuotes, isPacked, stageStart, unpackedStart } from "./text-start.ts";

/** A data file with what its footer, or its first lines, say. */
export interface FileSchema extends DataFile {
  /** Names as in the file, types as DuckDB spells them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: number;
  /** `footer` and `count` are exact; `estimate` is the file's length by the mean length of its first lines. */
  readonly rowsFrom: "footer" | "count" | "estimate";
  /** The columns with shapes, of a GeoParquet file. */
  readonly geometry: readonly string[];
  /** Of a text file: some values of its rows stand in quotes. */
  readonly isQuoted?: boolean | undefined;
}

const filesAtOnce = 32;
const filesPerQuery = 64;
/** Text files up to this size are read through to count their rows. */
const countedBytes = 16 * 1024 * 1024;

/**
 * Reads the schemas of files from their footers alone (Parquet) or first lines (text; small ones are counted). A file that cannot be
 * read is no failure of the crawl: it comes back among the unreadable with DuckDB's words.
 */
export async function readSchemas(
  engine: Engine,
  store: Store,
  files: readonly DataFile[],
): Promise<{ read: FileSchema[]; unreadable: StrayFile[] }> {
  const read: FileSchema[] = [];
  const unreadable: StrayFile[] = [];
  const attempt = async (batch: readonly DataFile[]): Promise<void> => {
    try {
      const format = batch[0]?.format;
      read.push(
        ...(await (format === "csv" ? textSchemas(engine, store, batch) : footers(engine, store, batch))),
      );
    } catch (error) {
      // What concerns the account or the network concerns every file.
      if (error instanceof UserError && error.code.startsWith("aws-")) throw error;
      const [only] = batch;
      if (batch.length > 1) for (const one of batch) await attempt([one]);
      else if (only !== undefined)
        unreadable.push({
          uri: only.uri,
          reason: `cannot be read: ${firstLine(error).replace(`${only.uri}: `, "")}`,
        });
    }
  };
  const parquet = files.filter(({ format }) => format === "parquet");
  for (let i = 0; i < parquet.length; i += filesPerQuery) await attempt(parquet.slice(i, i + filesPerQuery));
  for (const file of files) if (file.format === "csv") await attempt([file]);
  read.sort((a, b) => (a.uri < b.uri ? -1 : 1));
  return { read, unreadable };
}

async function footers(engine: Engine, store: Store, files: readonly DataFile[]): Promise<FileSchema[]> {
  const staged = await inParallel(files, filesAtOnce, (file) => store.stage(file.uri, { columns: [] }));
  try {
    const paths = staged.map(({ path }) => path);
    const facts = await engine.rows<FooterRow>(footersSql(paths));
    const byPath = new Map(facts.map((fact) => [fact.file_name, fact]));
    // Files that agree in their schema elements agree in their types: one of them is asked.
    const columnsOf = new Map<string, { columns: FileSchema["columns"]; geometry: string[] }>();
    const schemas: FileSchema[] = [];
    for (const [i, file] of files.entries()) {
      const path = paths[i] ?? "";
      const fact = byPath.get(path);
      if (fact === undefined) throw new Error(`no footer of ${path}`);
      let known = columnsOf.get(fact.signature);
      if (known === undefined) {
        const columns = await engine.columns(`SELECT * EXCLUDE (${fileColumn}) FROM ${parquetScan([path])}`);
        known = { columns, geometry: fact.is_geo ? await geometryColumns(engine, path) : [] };
        columnsOf.set(fact.signature, known);
      }
      schemas.push({ ...file, ...known, rows: Number(fact.num_rows), rowsFrom: "footer" });
    }
    return schemas;
  } finally {
    await Promise.all(staged.map(({ release }) => release()));
  }
}

interface FooterRow extends Record<string, unknown> {
  readonly file_name: string;
  readonly num_rows: bigint;
  readonly signature: string;
  readonly is_geo: boolean;
}

function footersSql(paths: readonly string[]): string {
  const list = stringList(paths);
  return `
    WITH schemas AS (
      SELECT file_name, md5(string_agg(concat_ws('|', name, type, converted_type, logical_type, repetition_type,
        num_children, scale, "precision"), ';' ORDER BY column_id)) AS signature
      FROM parquet_schema(${list}) GROUP BY file_name
    ), geo AS (
      SELECT DISTINCT file_name FROM parquet_kv_metadata(${list}) WHERE decode(key) = 'geo'
    )
    SELECT f.file_name, f.num_rows, s.signature || (g.file_name IS NOT NULL)::VARCHAR AS signature,
      g.file_name IS NOT NULL AS is_geo
    FROM parquet_file_metadata(${list}) f JOIN schemas s USING (file_name) LEFT JOIN geo g USING (file_name)`;
}

async function geometryColumns(engine: Engine, path: string): Promise<string[]> {
  const { geo } = await engine.row<{ geo: string }>(
    `SELECT decode(value) AS geo FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = 'geo' LIMIT 1`,
  );
  try {
    const columns = (JSON.parse(geo) as { columns?: Record<string, unknown> }).columns;
    return Object.keys(columns ?? {});
  } catch {
    return [];
  }
}

async function textSchemas(engine: Engine, store: Store, files: readonly DataFile[]): Promise<FileSchema[]> {
  const schemas: FileSchema[] = [];
  for (const file of files) {
    const isCounted = file.bytes <= countedBytes;
    const staged = isCounted ? await store.stage(file.uri) : await stageStart(store, file);
    try {
      const packed = isCounted && isPacked(file.uri);
      const scan = textScan([staged.path], file.delimiter ?? ",", { isPacked: packed });
      const columns = await engine.columns(`SELECT * EXCLUDE (${fileColumn}) FROM ${scan}`);
      const counted = isCounted ? await countedRows(engine, scan) : undefined;
      const rows = counted ?? (await estimatedRows(store, file));
      schemas.push({
        ...file,
        columns,
        rows,
        rowsFrom: counted === undefined ? "estimate" : "count",
        geometry: [],
        isQuoted: file.delimiter !== "\t" && (await hasQuotes(staged.path, packed)),
      });
    } finally {
      await staged.release();
    }
  }
  return schemas;
}

async function countedRows(engine: Engine, scan: string): Promise<number | undefined> {
  try {
    return Number((await engine.row<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${scan}`)).rows);
  } catch {
    return undefined;
  }
}

async function estimatedRows(store: Store, { uri, bytes }: DataFile): Promise<number> {
  const read = await store.read(uri, { start: 0, end: 1 << 18 });
  const start = isPacked(uri) ? unpackedStart(read) : read;
  let lines = 0;
  for (const byte of start) if (byte === 10) lines++;
  if (read.length === bytes) return Math.max(0, start[start.length - 1] === 10 ? lines - 1 : lines);
  return Math.max(0, Math.round((bytes * lines) / read.length) - 1);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
