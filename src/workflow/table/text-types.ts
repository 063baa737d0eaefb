import { type Engine, identifier } from "../../engine/index.ts";
import type { OpenTable } from "./open-table.ts";

/** Types that text may turn into, the first that fits all values of a column; SQL that says whether one fits. */
const candidates: readonly { readonly type: string; readonly fits: (column: string) => string }[] = [
  // Only what reads back the same: 007 and 1e3 are no whole numbers, and codes keep their zeros.
  { type: "BIGINT", fits: (c) => `try_cast(${c} AS BIGINT)::VARCHAR = ${c}` },
  {
    type: "DOUBLE",
    fits: (c) =>
      `regexp_full_match(${c}, '-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?') AND isfinite(try_cast(${c} AS DOUBLE))`,
  },
  { type: "BOOLEAN", fits: (c) => `${c} IN ('true', 'false')` },
  {
    type: "DATE",
    fits: (c) =>
      `regexp_full_match(${c}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND try_cast(${c} AS DATE) IS NOT NULL`,
  },
  {
    type: "TIMESTAMP",
    fits: (c) =>
      `regexp_full_match(${c}, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z?') AND try_cast(${c} AS TIMESTAMP) IS NOT NULL`,
  },
];

/** The types that the columns of a text table can have without loss, by name; read from every row. */
export async function textTypes(engine: Engine, table: OpenTable): Promise<Map<string, string>> {
  const counts = table.columns.flatMap(({ name }, index) => {
    const column = identifier(name);
    return [
      `count(${column}) AS n${index}`,
      ...candidates.map(({ fits }, which) => `count(*) FILTER (${fits(column)}) AS n${index}_${which}`),
    ];
  });
  const row = await engine.row<Record<string, bigint>>(`SELECT ${counts.join(", ")} FROM ${table.relation}`);
  const types = new Map<string, string>();
  table.columns.forEach(({ name }, index) => {
    const values = row[`n${index}`] ?? 0n;
    const found = candidates.find((_, which) => row[`n${index}_${which}`] === values);
    if (values > 0n && found !== undefined) types.set(name, found.type);
  });
  return types;
}
