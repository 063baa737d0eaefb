import { identifier } from "../../engine/index.ts";
import { UserError } from "../../trouble/index.ts";
import { type AnnotatedLayer, cellColumn, layerColumns, tableAlias } from "../annotate-sql.ts";
import type { LocatedLayers } from "../located-layers.ts";
import type { Coordinates } from "./find-coordinates.ts";
import type { OpenTable } from "./open-table.ts";

/** Names for the coordinates on the way; no table of a user's has columns called so. */
const longitude = "bf_longitude";
const latitude = "bf_latitude";

/** SQL of a point function's arguments over `pointRelation`. */
export const tablePoint = `${longitude}, ${latitude}`;

/**
 * SQL that is true where both coordinates are numbers in range, over a table's own columns. The function `abs` keeps
 * DuckDB from answering by a Parquet file's least and greatest value, which leave out what is no number.
 */
export function usableSql(coordinates: Coordinates): string {
  return `coalesce(abs(${coordinates.longitude}) <= 180 AND abs(${coordinates.latitude}) <= 90, false)`;
}

/** The table with its coordinates beside its columns; those that are no numbers are NaN, which is nowhere. */
export function pointRelation(table: OpenTable, coordinates: Coordinates): string {
  const number = (sql: string, name: string): string => `coalesce(${sql}, 'nan'::DOUBLE) AS ${name}`;
  return `SELECT *, ${number(coordinates.longitude, longitude)}, ${number(coordinates.latitude, latitude)} FROM ${table.relation}`;
}

/** How a table is written. */
export interface TableLook {
  /** SQL of each of the table's own columns by name, where it is not the column itself. */
  readonly own: ReadonlyMap<string, string>;
  /** Writes a list as one value; where absent lists stay lists. */
  readonly listSql?: (list: string) => string;
}

/**
 * The query of an annotated table: the table's columns, then each layer's. Rows keep their order in a session
 * whose joins run as written.
 */
export function tableQuery(options: {
  table: OpenTable;
  coordinates: Coordinates;
  located: Pick<LocatedLayers, "calls" | "layers" | "snapped">;
  look: TableLook;
}): string {
  const { table, coordinates, located, look } = options;
  const own = table.columns.map(({ name }) => {
    const sql = look.own.get(name);
    return sql === undefined ? `r.${identifier(name)}` : `${sql} AS ${identifier(name)}`;
  });
  const cells = located.calls.map(
    (call, index) => `${identifier(call)}(${tablePoint}) AS ${cellColumn(index)}`,
  );
  const added = located.layers.flatMap((layer) => {
    const columns =
      layer.overlap === "all" && look.listSql !== undefined
        ? asText(layer, look.listSql)
        : layerColumns(layer);
    const snapped = located.snapped.find((one) => one.layer === layer.name);
    return snapped === undefined ? columns : [...columns, howSql(layer, snapped.sql)];
  });
  const joins = located.layers.map(
    ({ table: regions, name, code }) =>
      `JOIN ${identifier(regions)} ${tableAlias(name)} ON ${tableAlias(name)}.code = ${code}`,
  );
  return `SELECT ${[...own, ...added].join(",\n  ")}
FROM (SELECT *, ${cells.join(", ")} FROM (${pointRelation(table, coordinates)})) r
${joins.join("\n")}`;
}

/** How a point came to its region; null where there is no point. */
function howSql({ name, code }: AnnotatedLayer, snapped: string): string {
  const usable = `abs(r.${longitude}) <= 180 AND abs(r.${latitude}) <= 90`;
  return `CASE WHEN NOT (${usable}) THEN NULL WHEN ${code} = 0 THEN 'outside' WHEN ${snapped} THEN 'nearest' ELSE 'inside' END AS ${identifier(`${name}_how`)}`;
}

function asText(layer: AnnotatedLayer, listSql: (list: string) => string): string[] {
  const alias = tableAlias(layer.name);
  return [
    `${listSql(`${alias}.region_id`)} AS ${identifier(`${layer.name}_id`)}`,
    `${listSql(`${alias}.region_name`)} AS ${identifier(`${layer.name}_name`)}`,
    ...layer.coarser.flatMap((name) =>
      ["id", "name"].map(
        (what) =>
          `${listSql(`${alias}.${identifier(`${name}_${what}`)}`)} AS ${identifier(`${name}_${what}`)}`,
      ),
    ),
  ];
}

/**
 * Leaves out the coarser layers whose columns the table has already, and refuses a layer whose own it has.
 * Returns the layers and the names of those left out.
 */
export function withoutClashes(
  table: OpenTable,
  layers: readonly AnnotatedLayer[],
): { layers: AnnotatedLayer[]; leftOut: string[] } {
  const taken = new Set(table.columns.map(({ name }) => name.toLowerCase()));
  const clash = (name: string): string | undefined =>
    [`${name}_id`, `${name}_name`, `${name}_how`].find((column) => taken.has(column));
  const leftOut: string[] = [];
  const kept = layers.map((layer) => {
    const column = clash(layer.name);
    if (column !== undefined) {
      throw new UserError({
        code: "column-taken",
        message: `The table has a column ${column} already, which the layer ${layer.name} would add.`,
        hint: `Call the layer something else: --layer ${layer.name}2=FILE.`,
      });
    }
    const coarser = layer.coarser.filter((name) => clash(name) === undefined);
    leftOut.push(...layer.coarser.filter((name) => !coarser.includes(name)));
    return { ...layer, coarser };
  });
  return { layers: kept, leftOut };
}
