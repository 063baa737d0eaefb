import { createHash } from "node:crypto";
import type { Engine } from "../../engine/index.ts";
import { identifier, literal, parquetScan } from "../../engine/index.ts";
import { type CopiedColumn, copiedColumn, type Geometry } from "./column-types.ts";
import type { ResultFile } from "./result-folder.ts";

/** A table as it will stand in the database. */
export interface PlannedTable {
  readonly name: string;
  readonly file: ResultFile;
  readonly columns: readonly CopiedColumn[];
  readonly primaryKey: readonly string[];
  /** Columns that get an index of their own. */
  readonly indexes: readonly string[];
  readonly shape: string | undefined;
  readonly references: readonly Reference[];
  /** Values that held a NUL, replaced by U+FFFD. */
  readonly nuls: number;
}

/** A column whose values are those of another table's key. */
export interface Reference {
  readonly column: string;
  readonly table: string;
  readonly key: string;
}

/** Plans a table from its Parquet file, which is staged at `path`. */
export async function planTable(
  engine: Engine,
  options: { file: ResultFile; path: string; geometry: Geometry; files: readonly ResultFile[] },
): Promise<PlannedTable> {
  const { file, path, geometry } = options;
  const found = (await engine.columns(`SELECT * FROM ${parquetScan(path)}`)).filter(
    // The box serves readers of Parquet; PostgreSQL has an index for it.
    ({ name }) => file.kind !== "map" || name !== "bbox",
  );
  const make = (replaceNul: boolean): CopiedColumn[] =>
    found.map(({ name, type }) =>
      copiedColumn({ name, duckdbType: type, comment: file.columns.get(name) ?? "", geometry, replaceNul }),
    );
  const nuls = await countNuls(engine, path, make(false));
  const names = new Set(found.map(({ name }) => name));
  const primaryKey = file.primaryKey.filter((name) => names.has(name));
  const isIndexed = (name: string): boolean => names.has(name) && primaryKey[0] !== name;
  return {
    name: databaseName(file.name),
    file,
    columns: make(nuls > 0),
    primaryKey,
    indexes: ["region_id", "species_key", "species"].filter(isIndexed),
    shape: names.has("geometry") && geometry.as === "postgis" ? "geometry" : undefined,
    references: referencesOf(file, names, options.files),
    nuls,
  };
}

/** Regions are those of the layer's counts, species those of the list of species. */
function referencesOf(
  file: ResultFile,
  names: ReadonlySet<string>,
  files: readonly ResultFile[],
): Reference[] {
  const keyed = (table: string, column: string): Reference[] => {
    const other = files.find(({ name }) => name === table);
    const isKey = other?.primaryKey.length === 1 && other.primaryKey[0] === column;
    return names.has(column) && isKey && other !== file
      ? [{ column, table: databaseName(table), key: column }]
      : [];
  };
  const layer = /^(.+?)(?:_x_species_\w+|_map)$/.exec(file.name)?.[1];
  return [
    ...(layer === undefined ? [] : keyed(`${layer}_counts`, "region_id")),
    ...keyed("species_list", "species_key"),
  ];
}

async function countNuls(engine: Engine, path: string, columns: readonly CopiedColumn[]): Promise<number> {
  const texts = columns.filter(({ isText }) => isText);
  if (texts.length === 0) return 0;
  const sums = texts.map(
    ({ name }) => `count(*) FILTER (contains(CAST(${identifier(name)} AS VARCHAR), chr(0)))`,
  );
  const { nuls } = await engine.row<{ nuls: bigint }>(
    `SELECT CAST(${sums.join(" + ")} AS BIGINT) AS nuls FROM ${parquetScan(path)}`,
  );
  return Number(nuls);
}

/** PostgreSQL cuts names at 63 bytes without a word: longer ones end in a hash instead. */
export function databaseName(name: string): string {
  if (Buffer.byteLength(name) <= 63) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  let front = name;
  while (Buffer.byteLength(front) > 54) front = front.slice(0, -1);
  return `${front}_${hash}`;
}

/** The statement that makes a table, without keys: those come when the rows are there. */
export function createTableSql(
  table: string,
  columns: readonly CopiedColumn[],
  primaryKey: readonly string[],
) {
  const lines = columns.map(
    ({ name, type }) => `  ${identifier(name)} ${type}${primaryKey.includes(name) ? " NOT NULL" : ""}`,
  );
  return `CREATE TABLE ${table} (\n${lines.join(",\n")}\n)`;
}

/** Key, indexes and comments of a table that is loaded; names follow `name`, which it will have. */
export function finishSql(schema: string, table: string, planned: PlannedTable): string[] {
  const { name, file } = planned;
  const at = `${identifier(schema)}.${identifier(table)}`;
  const comment = [file.title, file.description].filter((text) => text !== undefined).join(". ");
  const index = (column: string, method = ""): string =>
    `CREATE INDEX ${identifier(databaseName(`${table}_${column}_idx`))} ON ${at}${method} (${identifier(column)})`;
  return [
    ...(planned.primaryKey.length === 0
      ? []
      : [
          `ALTER TABLE ${at} ADD CONSTRAINT ${identifier(databaseName(`${table}_pkey`))} PRIMARY KEY (${planned.primaryKey.map(identifier).join(", ")})`,
        ]),
    ...planned.indexes.map((column) => index(column)),
    ...(planned.shape === undefined ? [] : [index(planned.shape, " USING gist")]),
    `COMMENT ON TABLE ${at} IS ${literal(`${comment === "" ? name : comment} (bisonflow: ${file.path})`)}`,
    ...planned.columns
      .filter((column) => column.comment !== "")
      .map((column) => `COMMENT ON COLUMN ${at}.${identifier(column.name)} IS ${literal(column.comment)}`),
    `ANALYZE ${at}`,
  ];
}
