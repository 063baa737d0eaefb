import { type Engine, identifier, literal, stringList } from "../engine/index.ts";
import type { ColumnProfile, Figure } from "./profile-columns.ts";
import { kindOf } from "./profile-sql.ts";
import type { TableSource } from "./table-source.ts";

/**
 * Nulls, least and greatest value of the columns for which the footers of all row groups have them; they hold for
 * every row. Writers may cut long texts: such bounds are given as not exact.
 */
export async function footerFigures(
  engine: Engine,
  source: TableSource,
  totalRows: number,
): Promise<Map<string, Partial<Pick<ColumnProfile, "nulls" | "min" | "max">>>> {
  const figures = new Map<string, Partial<Pick<ColumnProfile, "nulls" | "min" | "max">>>();
  if (source.parquet === undefined) return figures;
  const flat = source.columns.filter(({ type }) =>
    ["number", "time", "text", "boolean"].includes(kindOf(type)),
  );
  if (flat.length === 0) return figures;
  const answers = await engine.row(sqlOf(source.paths, flat));
  for (const [i, { name, type }] of flat.entries()) {
    const get = (what: string): unknown => answers[`${what}_${i}`];
    const values = Number(get("values"));
    const nulls = get("nulls");
    // A column that is not in the files stands in their folders' names.
    if (values === 0 || get("has_nulls") !== true || nulls === null) continue;
    const found: { nulls?: Figure<number>; min?: Figure<string>; max?: Figure<string> } = {};
    // Files without the column have it null in all their rows.
    found.nulls = { value: Number(nulls) + (totalRows - values), from: "footer", isExact: true };
    const isCut = kindOf(type) === "text" && get("is_exact") !== true;
    const [min, max] = [get("min"), get("max")];
    if (get("has_range") === true && typeof min === "string" && typeof max === "string") {
      found.min = { value: min, from: "footer", isExact: !isCut };
      found.max = { value: max, from: "footer", isExact: !isCut };
    }
    figures.set(name, found);
  }
  return figures;
}

function sqlOf(
  paths: readonly string[],
  columns: readonly { readonly name: string; readonly type: string }[],
): string {
  const figures = columns.map(({ name, type }, i) => {
    const own = `FILTER (column_name = ${literal(name.toLowerCase())})`;
    // The stored text in the column's own order: 9 before 10.
    const typed = (what: string) => `TRY_CAST(${what} AS ${type.startsWith("ENUM") ? "VARCHAR" : type})`;
    return `
      coalesce(sum(num_values) ${own}, 0) AS ${identifier(`values_${i}`)},
      sum(stats_null_count) ${own} AS nulls_${i},
      bool_and(stats_null_count IS NOT NULL) ${own} AS has_nulls_${i},
      bool_and(stats_null_count = num_values
        OR (${typed("stats_min_value")} IS NOT NULL AND ${typed("stats_max_value")} IS NOT NULL)) ${own} AS has_range_${i},
      bool_and(stats_null_count = num_values OR (min_is_exact AND max_is_exact)) ${own} AS is_exact_${i},
      (min(${typed("stats_min_value")}) ${own})::VARCHAR AS min_${i},
      (max(${typed("stats_max_value")}) ${own})::VARCHAR AS max_${i}`;
  });
  return `SELECT ${figures.join(",")} FROM (
    SELECT lower(path_in_schema) AS column_name, num_values, stats_null_count, stats_min_value, stats_max_value,
      min_is_exact, max_is_exact
    FROM parquet_metadata(${stringList(paths)}))`;
}
