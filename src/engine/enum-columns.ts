import type { Engine } from "./engine.ts";
import { identifier, literal } from "./sql-text.ts";

/** More values than this, and writing all of them into every row group costs more than they save. */
const mostValues = 1 << 14;

/**
 * Gives the text columns of a small table, which many records are joined to, a type of their own values: those that
 * have any and at most `most` different ones (16,384 unless said otherwise).
 *
 * DuckDB then carries numbers where it would carry text, and writes Parquet's dictionary as it is instead of
 * finding it value by value; whoever reads the file reads text.
 *
 * @example
 * ```ts
 * import { openEngine, useEnums } from "bisonflow/engine";
 * const engine = await openEngine();
 * await engine.run("CREATE TABLE states AS SELECT unnest(['Ohio', 'Iowa']) AS name");
 * await useEnums(engine, "states", ["name"]);
 * console.log(await engine.columns("FROM states")); // [ { name: 'name', type: "ENUM('Iowa', 'Ohio')" } ]
 * engine.close();
 * ```
 */
export async function useEnums(
  engine: Engine,
  table: string,
  columns: readonly string[],
  most: number = mostValues,
): Promise<void> {
  if (columns.length === 0) return;
  const counts = await engine.row<Record<string, bigint>>(
    `SELECT ${columns.map((column) => `count(DISTINCT ${identifier(column)}) AS ${identifier(column)}`).join(", ")}
     FROM ${identifier(table)}`,
  );
  for (const column of columns) {
    const values = Number(counts[column] ?? 0n);
    if (values === 0 || values > most) continue;
    const type = identifier(`${table}_${column}`);
    // A table made anew leaves the type of the one before.
    await engine.run(`DROP TYPE IF EXISTS ${type}`);
    await engine.run(
      `CREATE TYPE ${type} AS ENUM (SELECT DISTINCT ${identifier(column)}::VARCHAR AS value FROM ${identifier(table)} WHERE value IS NOT NULL ORDER BY value)`,
    );
    await engine.run(`ALTER TABLE ${identifier(table)} ALTER COLUMN ${identifier(column)} TYPE ${type}`);
  }
}

/**
 * SQL type of one of a few words.
 *
 * @example
 * ```ts
 * import { enumOf } from "bisonflow/engine";
 * console.log(enumOf(["inside", "outside"])); // ENUM('inside', 'outside')
 * ```
 */
export function enumOf(words: readonly string[]): string {
  return `ENUM(${words.map(literal).join(", ")})`;
}
