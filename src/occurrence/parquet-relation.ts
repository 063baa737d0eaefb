import { identifier, plainPath, stringList } from "../engine/index.ts";
import { bug } from "../trouble/index.ts";
import { castSql, keySql } from "./cast-sql.ts";
import { columnNamed, isTaxonKey } from "./columns.ts";
import { matchColumns } from "./match-column.ts";

/** Parquet files of one schema, and what to read of them. */
export interface ParquetRelation {
  /** Files that DuckDB can read, all of one schema, in order. */
  readonly files: readonly string[];
  /** Their columns, with DuckDB's types. */
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  /** Columns of the relation to give, in order. */
  readonly columns: readonly string[];
  /** Rows [start, end) of the one file; all rows when absent. */
  readonly range?: { readonly start: number; readonly end: number };
}

/**
 * Writes the SELECT that gives exactly these columns, with the one relation's types, from Parquet files of any
 * column typing that GBIF has published: a column of the right type comes bare, one that the files lack is null.
 *
 * Keys become text (3044.0 is 3044), those of taxa as from a text file (trimmed, null where blank), text dates moments
 * in UTC, text with semicolons lists. Not-a-number coordinates stay as they are; the rule `coordinates` drops them.
 *
 * @example
 * ```ts
 * import { parquetRelation } from "bisonflow/occurrence";
 * const schema = [{ name: "gbifID", type: "BIGINT" }, { name: "species", type: "VARCHAR" }];
 * const sql = parquetRelation({ files: ["000000"], schema, columns: ["gbifid", "species", "year"] });
 * console.log(sql.split("\n")[0]); // SELECT "gbifID"::VARCHAR AS "gbifid", "species", NULL::INTEGER AS "year"
 * console.log(sql.split("\n")[1]); // FROM read_parquet(['000000'], hive_partitioning = false)
 * ```
 */
export function parquetRelation(relation: ParquetRelation): string {
  const { files, schema, columns, range } = relation;
  const matched = matchColumns(
    schema.map(({ name }) => name),
    { aliases: true },
  ).columns;
  const selected = columns.map((name) => {
    const { type } = columnNamed(name) ?? bug(`a relation with the unknown column ${name}`);
    const source = schema[matched.indexOf(name)];
    if (source === undefined) return `NULL::${type} AS ${identifier(name)}`;
    // Text in gbifid comes bare: every record has another, and nothing is looked up by it.
    const isKey = isTaxonKey(name) || (name === "gbifid" && source.type !== "VARCHAR");
    const sql = isKey ? keySql(source.name, source.type) : castSql(source.name, source.type, type);
    return sql === identifier(name) ? sql : `${sql} AS ${identifier(name)}`;
  });
  const rowNumber = range === undefined ? "" : ", file_row_number = true";
  const where =
    range === undefined ? "" : `\nWHERE file_row_number >= ${range.start} AND file_row_number < ${range.end}`;
  return `SELECT ${selected.join(", ")}
FROM read_parquet(${stringList(files.map(plainPath))}, hive_partitioning = false${rowNumber})${where}`;
}

/**
 * The columns of a Parquet file, by their own names, that a relation with these columns reads.
 *
 * @example
 * ```ts
 * import { columnsRead } from "bisonflow/occurrence";
 * const schema = [{ name: "gbifID" }, { name: "species" }, { name: "locality" }];
 * console.log(columnsRead(schema, ["gbifid", "species", "year"])); // [ 'gbifID', 'species' ]
 * ```
 */
export function columnsRead(
  schema: readonly { readonly name: string }[],
  columns: readonly string[],
): string[] {
  const names = schema.map(({ name }) => name);
  const matched = matchColumns(names, { aliases: true }).columns;
  return names.filter((_, index) => columns.includes(matched[index] ?? ""));
}

/** SQL of the relation with these columns and no row. */
export function emptyRelation(columns: readonly string[]): string {
  const nulls = columns.map((name) => {
    const { type } = columnNamed(name) ?? bug(`a relation with the unknown column ${name}`);
    return `NULL::${type} AS ${identifier(name)}`;
  });
  return `SELECT ${nulls.join(", ")} WHERE false`;
}
