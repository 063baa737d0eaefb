/** Rows as a relation; NaN and infinity, which JSON lacks, as text. */
export function textRelation(
  rows: readonly object[],
  columns: Record<string, string>,
): { sql: string; values: [string] } {
  const shape = Object.keys(columns).map((name) => `"${name}": "VARCHAR"`);
  const items = Object.entries(columns).map(([name, type]) =>
    type.endsWith("[]") ? `string_split(o.${name}, ';') AS "${name}"` : `(o."${name}")::${type} AS "${name}"`,
  );
  const text = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
    ),
  );
  return {
    sql: `(SELECT ${items.join(", ")} FROM (SELECT unnest(from_json($1, '[{${shape.join(", ")}}]')) AS o))`,
    values: [JSON.stringify(text)],
  };
}
