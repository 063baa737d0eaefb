import type { Engine } from "../engine/index.ts";

interface PlanNode {
  readonly extra_info?: Readonly<Record<string, string | readonly string[]>>;
  readonly children?: readonly PlanNode[];
}

/**
 * Says, by DuckDB's plan of a query, which columns of a table it will read: those that scans give or filter by, and
 * those that the text itself names. A column of the same name in two tables counts for both. A query that the
 * footers answer (a count of all rows) needs none.
 */
export async function neededColumns(
  engine: Engine,
  sql: string,
): Promise<(columns: readonly string[]) => string[]> {
  const [plan] = await engine.rows<{ explain_value: string }>(
    `EXPLAIN (FORMAT json) SELECT * FROM (\n${sql}\n)`,
  );
  const given = new Set<string>();
  const filters: string[] = [];
  const walk = (node: PlanNode): void => {
    const { Projections = [], Filters = [] } = node.extra_info ?? {};
    for (const name of [Projections].flat()) given.add(name.toLowerCase());
    filters.push(...[Filters].flat().map((text) => text.toLowerCase()));
    for (const child of node.children ?? []) walk(child);
  };
  const roots = JSON.parse(plan?.explain_value ?? "[]") as PlanNode | readonly PlanNode[];
  for (const root of [roots].flat() as PlanNode[]) walk(root);
  if (given.size === 0 && filters.length === 0) return () => [];
  return (columns) =>
    columns.filter((column) => {
      const name = column.toLowerCase();
      // A field of a column is given as column.field.
      const isGiven = [...given].some((one) => one === name || one.startsWith(`${name}.`));
      return isGiven || filters.some((text) => text.includes(name));
    });
}
