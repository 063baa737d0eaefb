import { type Engine, identifier, literal } from "../engine/index.ts";

/** More values than this, and writing all of them into every row group costs more than they save. */
const mostValues = 1 << 14;

/**
 * Gives the text columns of a small table, which many records are joined to, a type of their own values.
 *
 * DuckDB then carries numbers where it would carry text, and writes Parquet's dictionary as it is instead of
 * finding it value by value; whoever reads the file reads text.
 */
export async function useEnums(engine: Engine, table: string, columns: readonly string[]): Promise<void> {
  if (columns.length === 0) return;
  const counts = await engine.row<Record<string, bigint>>(
    `SELECT ${columns.map((column) => `count(DISTINCT ${identifier(column)}) AS ${identifier(column)}`).join(", ")}
     FROM ${identifier(table)}`,
  );
  for (const column of columns) {
    const values = Number(counts[column] ?? 0n);
    if (values === 0 || values > mostValues) continue;
    const type = identifier(`${table}_${column}`);
    await engine.run(
      `CREATE TYPE ${type} AS ENUM (SELECT DISTINCT ${identifier(column)}::VARCHAR AS value FROM ${identifier(table)} WHERE value IS NOT NULL ORDER BY value)`,
    );
    await engine.run(`ALTER TABLE ${identifier(table)} ALTER COLUMN ${identifier(column)} TYPE ${type}`);
  }
}

/** SQL type of one of a few words. */
export function enumOf(words: readonly string[]): string {
  return `ENUM(${words.map(literal).join(", ")})`;
}
