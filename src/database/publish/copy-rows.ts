import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from } from "pg-copy-streams";
import type { Engine } from "../../engine/index.ts";
import { identifier, parquetScan } from "../../engine/index.ts";
import type { CopiedColumn } from "./column-types.ts";

/**
 * Copies a Parquet file into a table that this transaction has made: DuckDB writes COPY's text lines, the socket's
 * own pace holds the reading back, so memory stays at some chunks. Returns the rows copied.
 */
export async function copyRows(options: {
  engine: Engine;
  client: pg.Client;
  path: string;
  /** Quoted, with its schema. */
  table: string;
  columns: readonly CopiedColumn[];
  onRows: (rows: number) => void;
}): Promise<number> {
  const { engine, client, path, table, columns, onRows } = options;
  const fields = columns.map(({ text }) => `coalesce(${text}, '\\N')`).join("\n    || chr(9) || ");
  const lines = `SELECT ${fields} AS line FROM ${parquetScan(path)}`;
  const names = columns.map(({ name }) => identifier(name)).join(", ");
  // FREEZE: nobody has seen the table yet, so its rows need no second look by vacuum.
  const sink = client.query(from(`COPY ${table} (${names}) FROM STDIN WITH (FORMAT text, FREEZE)`));
  let rows = 0;
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const [chunk = []] of engine.chunks(lines)) {
      rows += chunk.length;
      yield Buffer.from(`${(chunk as string[]).join("\n")}\n`);
      onRows(rows);
    }
  }
  await pipeline(Readable.from(bytes()), sink);
  return rows;
}
