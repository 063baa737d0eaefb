import { identifier, literal } from "../../engine/index.ts";

/** A column on its way from Parquet to PostgreSQL. */
export interface CopiedColumn {
  readonly name: string;
  /** PostgreSQL's type. */
  readonly type: string;
  /** DuckDB's expression of its value in COPY's text format, escaped; NULL for null. */
  readonly text: string;
  /** Whether its text may hold a NUL, which PostgreSQL takes nowhere. */
  readonly isText: boolean;
  readonly comment: string;
}

/** How shapes are kept: as PostGIS geometry, whose type stands in a schema, or as bytes where there is no PostGIS. */
export type Geometry = { readonly as: "postgis"; readonly schema: string } | { readonly as: "bytea" };

const numbers: Readonly<Record<string, string>> = {
  BOOLEAN: "boolean",
  TINYINT: "smallint",
  SMALLINT: "smallint",
  INTEGER: "integer",
  BIGINT: "bigint",
  UTINYINT: "smallint",
  USMALLINT: "integer",
  UINTEGER: "bigint",
  UBIGINT: "numeric(20,0)",
  HUGEINT: "numeric(39,0)",
  FLOAT: "real",
  DOUBLE: "double precision",
  DATE: "date",
  TIMESTAMP: "timestamp",
  "TIMESTAMP WITH TIME ZONE": "timestamptz",
};

/** PostgreSQL's column for one of DuckDB's. What has no counterpart (lists, structures) becomes jsonb. */
export function copiedColumn(options: {
  name: string;
  duckdbType: string;
  comment: string;
  geometry: Geometry;
  replaceNul: boolean;
}): CopiedColumn {
  const { name, duckdbType, geometry } = options;
  const column = identifier(name);
  const base = { name, comment: options.comment, isText: false };
  if (name === "geometry" && /^(GEOMETRY|BLOB)/.test(duckdbType)) {
    const hex = duckdbType === "BLOB" ? `hex(${column})` : `hex(ST_AsWKB(${column}))`;
    if (geometry.as === "bytea") return { ...base, type: "bytea", text: `'\\\\x' || ${hex}` };
    const type = `${identifier(geometry.schema)}.geometry(MultiPolygon, 4326)`;
    return { ...base, type, text: extendedWkb(hex) };
  }
  const decimal = /^DECIMAL\((\d+), ?(\d+)\)$/.exec(duckdbType);
  const type = decimal === null ? numbers[duckdbType] : `numeric(${decimal[1]}, ${decimal[2]})`;
  if (type !== undefined) return { ...base, type, text: `CAST(${column} AS VARCHAR)` };
  const isPlain = /^(VARCHAR|ENUM|UUID|TIME)/.test(duckdbType) && !duckdbType.endsWith("]");
  const value = isPlain ? `CAST(${column} AS VARCHAR)` : `CAST(to_json(${column}) AS VARCHAR)`;
  return {
    ...base,
    type: isPlain ? "text" : "jsonb",
    text: escaped(options.replaceNul ? `replace(${value}, chr(0), '\uFFFD')` : value),
    isText: isPlain,
  };
}

/** COPY's text format: backslash, tab, line feed and carriage return are written with a backslash. */
function escaped(text: string): string {
  const pairs: readonly (readonly [string, string])[] = [
    [literal("\\"), literal("\\\\")],
    ["chr(9)", literal("\\t")],
    ["chr(10)", literal("\\n")],
    ["chr(13)", literal("\\r")],
  ];
  return pairs.reduce((inner, [from, to]) => `replace(${inner}, ${from}, ${to})`, text);
}

/**
 * PostGIS's extended well-known binary of a polygon or multipolygon, as a multipolygon with SRID 4326
 * (https://postgis.net/docs/using_postgis_dbmanagement.html#EWKB_EWKT).
 */
function extendedWkb(hex: string): string {
  const head = "0106000020E6100000";
  const kind = `substr(${hex}, 3, 8)`;
  return `CASE WHEN ${hex} IS NULL THEN NULL
      WHEN ${kind} = '03000000' THEN '${head}01000000' || ${hex}
      WHEN ${kind} = '06000000' THEN '${head}' || substr(${hex}, 11)
      ELSE error('a shape that is neither polygon nor multipolygon') END`;
}
