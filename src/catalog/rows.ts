import type { Engine } from "../engine/index.ts";

/**
 * Rows of a query as DuckDB writes their values as text; null is null. Memory stays at one chunk.
 *
 * @example
 * ```ts
 * import { textRows } from "bisonflow/catalog";
 * import { openEngine } from "bisonflow/engine";
 * const engine = await openEngine();
 * for await (const row of textRows(engine, "SELECT 1 AS n, NULL AS x")) console.log(row); // [ '1', null ]
 * engine.close();
 * ```
 */
export async function* textRows(engine: Engine, query: string): AsyncGenerator<(string | null)[]> {
  // The line feeds keep a comment at the query's end from swallowing what follows.
  for await (const columns of engine.chunks(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\n${query}\n)`)) {
    const rows = columns[0]?.length ?? 0;
    for (let row = 0; row < rows; row++) yield columns.map((column) => column[row] as string | null);
  }
}

/**
 * Rows of a query, each as the text of a JSON object; whole numbers keep all of their digits, NaN and infinities are null.
 *
 * @example
 * ```ts
 * import { jsonRows } from "bisonflow/catalog";
 * import { openEngine } from "bisonflow/engine";
 * const engine = await openEngine();
 * for await (const row of jsonRows(engine, "SELECT 1 AS n, NULL AS x")) console.log(row); // {"n":1,"x":null}
 * engine.close();
 * ```
 */
export async function* jsonRows(engine: Engine, query: string): AsyncGenerator<string> {
  const select = `SELECT to_json(bisonflow_row)::VARCHAR FROM (\n${query}\n) AS bisonflow_row`;
  for await (const [lines = []] of engine.chunks(select)) {
    for (const line of lines) yield strictJson(String(line));
  }
}

/** DuckDB writes NaN and Infinity as bare words, which JSON has not: null, as JSON.stringify has it. */
function strictJson(line: string): string {
  if (!/nan|inf/i.test(line)) return line;
  return line.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity|inf)\b/gi, (token) =>
    token.startsWith('"') ? token : "null",
  );
}
