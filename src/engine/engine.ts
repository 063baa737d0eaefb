import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBScalarFunction,
  type DuckDBValue,
  type DuckDBVector,
  INTEGER,
} from "@duckdb/node-api";

/** One row of an answer, by column name. BIGINT comes as bigint, lists as arrays, timestamps as ISO 8601 text. */
export type Row = Record<string, unknown>;

/** What a session may use; every field has a default. */
export interface EngineOptions {
  /** Threads of the session; JavaScript functions run on one whatever this says. Default 1. */
  threads?: number;
  /** What DuckDB may use before it spills, in MiB. Default: DuckDB's own, 80 % of the machine. */
  memoryLimitMiB?: number;
  /** Where it spills. Default: a folder beside nothing, so no spill for a session in memory. */
  tempDirectory?: string;
  /** File of the database; in memory when absent. */
  path?: string;
  readOnly?: boolean;
  /**
   * Joins run as they are written, the right side looked up from the left, whatever DuckDB guesses of the sizes:
   * memory is that of the right sides, and the same input gives the same output. The order of rows is not kept: a
   * left join puts those that match before those that don't, some thousand rows at a time.
   */
  joinsAsWritten?: boolean;
}

/**
 * A function of points, called by SQL for up to 2,048 rows at once, on the main thread.
 * `xs` and `ys` are DuckDB's own memory (read only, gone after the call); `out` has one 32-bit
 * integer a row for `integer`, two (low, high) for `bigint`. Null arguments arrive as garbage:
 * let SQL filter or coalesce them.
 */
export interface CellFunction {
  readonly name: string;
  readonly returns: "integer" | "bigint";
  readonly call: (xs: Float64Array, ys: Float64Array, out: Int32Array) => void;
}

/**
 * Opens a DuckDB session that reaches nothing outside this machine: it installs and loads no extension.
 *
 * @example
 * ```ts
 * import { openEngine } from "bisonflow/engine";
 * const engine = await openEngine();
 * console.log(await engine.rows("SELECT 1 + 1 AS two")); // [ { two: 2 } ]
 * engine.close();
 * ```
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const config: Record<string, string> = {
    threads: String(options.threads ?? 1),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // Same rows in, same rows out, whatever the number of threads.
    preserve_insertion_order: "true",
  };
  if (options.memoryLimitMiB !== undefined) config.memory_limit = `${options.memoryLimitMiB}MiB`;
  if (options.tempDirectory !== undefined) config.temp_directory = options.tempDirectory;
  if (options.readOnly === true) config.access_mode = "READ_ONLY";
  const instance = await DuckDBInstance.create(options.path ?? ":memory:", config);
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  if (options.joinsAsWritten === true) {
    await connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
  }
  return new Engine(instance, connection);
}

/** A DuckDB session: the one thing in bisonflow that speaks SQL. Close it when done. */
export class Engine {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** Runs a statement for its effect; returns how many rows it changed. */
  async run(sql: string, values?: readonly DuckDBValue[]): Promise<number> {
    const result = await this.#connection.run(sql, values === undefined ? undefined : [...values]);
    return result.rowsChanged;
  }

  /** Runs a query and returns all of its rows: for answers that are small by nature. */
  async rows<T extends Row = Row>(sql: string, values?: readonly DuckDBValue[]): Promise<T[]> {
    const reader = await this.#connection.runAndReadAll(sql, values === undefined ? undefined : [...values]);
    return reader.getRowObjectsJS().map(plain) as T[];
  }

  /** The one row of a query that has one. */
  async row<T extends Row = Row>(sql: string, values?: readonly DuckDBValue[]): Promise<T> {
    const [first] = await this.rows<T>(sql, values);
    if (first === undefined) throw new Error(`Bug in bisonflow: a query without its one row: ${sql}`);
    return first;
  }

  /** Names and types of a query's columns, without running it. */
  async columns(query: string): Promise<{ name: string; type: string }[]> {
    const rows = await this.rows<{ column_name: string; column_type: string }>(`DESCRIBE ${query}`);
    return rows.map((row) => ({ name: row.column_name, type: row.column_type }));
  }

  /** Reads a query chunk by chunk, as columns of plain values: memory stays at one chunk. */
  async *chunks(sql: string): AsyncGenerator<unknown[][]> {
    const result = await this.#connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getColumns().map((column) => column.map((value) => value as unknown));
    }
  }

  /** Makes a function of points callable from SQL as `name(x DOUBLE, y DOUBLE)`. */
  register(cell: CellFunction): void {
    this.#connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name: cell.name,
        parameterTypes: [DOUBLE, DOUBLE],
        returnType: cell.returns === "integer" ? INTEGER : BIGINT,
        mainFunction: (_info, input, output) => {
          const { buffer, byteOffset, byteLength } = items(output);
          cell.call(
            items(input.getColumnVector(0)) as Float64Array,
            items(input.getColumnVector(1)) as Float64Array,
            new Int32Array(buffer, byteOffset, byteLength / Int32Array.BYTES_PER_ELEMENT),
          );
          output.flush();
        },
      }),
    );
  }

  /** How far the running statement is: rows done and to do, as DuckDB estimates; undefined when it does not know. */
  get progress(): { fraction: number; rows: number; totalRows: number } | undefined {
    const { percentage, rows_processed, total_rows_to_process } = this.#connection.progress;
    if (percentage < 0) return undefined;
    return {
      fraction: percentage / 100,
      rows: Number(rows_processed),
      totalRows: Number(total_rows_to_process),
    };
  }

  /** Stops the running statement; it then rejects. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

/** The typed array under a numeric vector: private in the binding's types, and all that a kernel needs. */
function items(vector: DuckDBVector): Float64Array | Int32Array | BigInt64Array {
  return (vector as unknown as { items: Float64Array | Int32Array | BigInt64Array }).items;
}

function plain(row: Record<string, unknown>): Row {
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof Date) row[name] = value.toISOString();
  }
  return row;
}
