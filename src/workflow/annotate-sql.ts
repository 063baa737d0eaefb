import { enumOf, identifier, literal } from "../engine/index.ts";
import { assessments } from "../summary/index.ts";

/** Bits of a cell code that one layer takes: 20 for the region, 1 for "only by snapping". */
const layerBits = 21;
export const snappedBit = 1 << 20;
/** Layers that one call of a function answers for: their codes share one BIGINT. */
export const layersPerCall = 3;

/** A layer as annotate sees it: where its code stands and which table its codes lead to. */
export interface AnnotatedLayer {
  readonly name: string;
  readonly overlap: "one" | "all";
  /** Coarser layers whose ids and names the layer's region table carries. */
  readonly coarser: readonly string[];
  /** SQL of the layer's region code over the located rows, 0 for outside. */
  readonly code: string;
  /** Region table: code, region_id, region_name, COARSER_id and COARSER_name, riis_region. */
  readonly table: string;
}

/** The column in which a located row carries the codes of call number `call`. */
export function cellColumn(call: number): string {
  return `bf_cell_${call}`;
}

/**
 * SQL of a layer's code within the codes of a call: `position` counts the layers of the call; a call for one
 * layer alone answers an INTEGER that needs no shift.
 */
export function codeSql(options: { call: number; position: number; alone: boolean }): string {
  const cell = `r.${cellColumn(options.call)}`;
  if (options.alone) return `(${cell} & ${snappedBit - 1})`;
  const shifted = options.position === 0 ? cell : `(${cell} >> ${options.position * layerBits})`;
  return `(${shifted} & ${snappedBit - 1})::INTEGER`;
}

/** SQL that is true where a layer's code came only by snapping. */
export function snappedSql(options: { call: number; position: number; alone: boolean }): string {
  const cell = `r.${cellColumn(options.call)}`;
  const shifted =
    options.alone || options.position === 0 ? cell : `(${cell} >> ${options.position * layerBits})`;
  return `(${shifted} & ${snappedBit}) != 0`;
}

export interface AnnotateSql {
  /** SELECT of the input with types one; has every column named here. */
  readonly relation: string;
  /** SQL boolean, never null: the records to keep. */
  readonly keep: string;
  /** Columns of the input to write, in order. */
  readonly columns: readonly string[];
  /** SQL over the located rows, alias r, of columns that are written otherwise than as they stand. */
  readonly written?: ReadonlyMap<string, string>;
  /** Columns of the input needed on the way, written or not. */
  readonly needed: readonly string[];
  /** One call of a point function each. */
  readonly calls: readonly string[];
  readonly layers: readonly AnnotatedLayer[];
  /** SQL of the record's place in the register; null when there is no register. */
  readonly place: string | null;
  /** Columns that hold keys to match, in the order in which they are tried, with the word for `riis_match`. */
  readonly keys: readonly { readonly column: string; readonly match: string }[];
  /** Table of the register: place, key, assessment, row_id. */
  readonly entries: string;
  /** Further boolean columns: name and SQL over the located rows, alias r. */
  readonly flags: readonly { readonly name: string; readonly sql: string }[];
}

/**
 * The query of annotate: filter, locate, name the regions, match the register.
 *
 * The regions come by inner joins on small dense integers, 0 for outside, which DuckDB answers by an array
 * look-up; the names are joined after the filter, so only integers cross from JavaScript.
 */
export function annotateSql(options: AnnotateSql): string {
  const point = `coalesce("decimallongitude", 'nan'::DOUBLE), coalesce("decimallatitude", 'nan'::DOUBLE)`;
  const cells = options.calls.map((call, index) => `${identifier(call)}(${point}) AS ${cellColumn(index)}`);
  const inner = [...options.needed.map(identifier), ...cells].join(", ");
  const selected = [
    ...options.columns.map((column) => writtenColumn(column, options.written?.get(column))),
    ...options.layers.flatMap((layer) => layerColumns(layer)),
    ...registerColumns(options),
    ...options.flags.map((flag) => `${flag.sql} AS ${identifier(flag.name)}`),
  ];
  const joins = [
    ...options.layers.map(
      (layer) =>
        `JOIN ${identifier(layer.table)} ${tableAlias(layer.name)} ON ${tableAlias(layer.name)}.code = ${layer.code}`,
    ),
    ...(options.place === null
      ? []
      : options.keys.map(
          ({ column }, index) =>
            `LEFT JOIN ${identifier(options.entries)} e${index} ON e${index}.key = ${keySql(column, options.keys[index - 1]?.column)} AND e${index}.place = ${options.place}`,
        )),
  ];
  return `SELECT ${selected.join(",\n  ")}
FROM (SELECT ${inner} FROM (${options.relation}) WHERE ${options.keep}) r
${joins.join("\n")}`;
}

function writtenColumn(column: string, sql: string | undefined): string {
  return sql === undefined ? `r.${identifier(column)}` : `${sql} AS ${identifier(column)}`;
}

/** A key that has been tried under another name is not looked up again: most records' taxon is a species. */
function keySql(column: string, before: string | undefined): string {
  const key = `r.${identifier(column)}`;
  return before === undefined
    ? key
    : `CASE WHEN ${key} IS DISTINCT FROM r.${identifier(before)} THEN ${key} END`;
}

/** The alias under which a layer's region table is joined. */
export function tableAlias(layer: string): string {
  return identifier(`region_${layer}`);
}

/** The columns that a layer gives a located row: its own id and name, then those of its coarser layers. */
export function layerColumns(layer: AnnotatedLayer): string[] {
  const alias = tableAlias(layer.name);
  return [
    `${alias}.region_id AS ${identifier(`${layer.name}_id`)}`,
    `${alias}.region_name AS ${identifier(`${layer.name}_name`)}`,
    ...layer.coarser.flatMap((name) => [
      `${alias}.${identifier(`${name}_id`)}`,
      `${alias}.${identifier(`${name}_name`)}`,
    ]),
  ];
}

function registerColumns(options: AnnotateSql): string[] {
  if (options.place === null) {
    return ["riis_region", "riis_assessment", "riis_match", "riis_occurrence_id"].map(
      (name) => `NULL::VARCHAR AS ${name}`,
    );
  }
  // Records without any key match nothing: no joins, and so nothing to choose from.
  const first = (field: string): string =>
    options.keys.length === 0
      ? "NULL::VARCHAR"
      : `coalesce(${options.keys.map((_, index) => `e${index}.${field}`).join(", ")})`;
  const words = options.keys.map(({ match }) => match);
  const match = words.map(
    (word, index) => `WHEN e${index}.key IS NOT NULL THEN ${literal(word)}::${enumOf(words)}`,
  );
  const native = `'presumed_native'::${enumOf(assessments)}`;
  const assessed = options.keys.length === 0 ? native : `coalesce(${first("assessment")}, ${native})`;
  return [
    `${options.place} AS riis_region`,
    `CASE WHEN ${options.place} IS NOT NULL THEN ${assessed} END AS riis_assessment`,
    `${match.length === 0 ? "NULL::VARCHAR" : `CASE ${match.join(" ")} END`} AS riis_match`,
    `${first("row_id")} AS riis_occurrence_id`,
  ];
}
