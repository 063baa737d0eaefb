import { identifier } from "../../engine/index.ts";
import { UserError } from "../../trouble/index.ts";
import type { OpenTable } from "./open-table.ts";

/** Where a table holds its points: two columns, or one of geometries. SQL is DOUBLE, null where it is no number. */
export interface Coordinates {
  readonly columns: readonly string[];
  readonly longitude: string;
  readonly latitude: string;
}

/** Pairs of names that columns of coordinates go by, in lower case; the first pair that is there is taken. */
const pairs = [
  ["decimallongitude", "decimallatitude"],
  ["decimal_longitude", "decimal_latitude"],
  ["longitude", "latitude"],
  ["lon", "lat"],
  ["lng", "lat"],
  ["long", "lat"],
  ["x", "y"],
] as const;

type Columns = OpenTable["columns"];

/** Finds the coordinates of a table, by the columns that were named or else by convention. */
export function findCoordinates(
  columns: Columns,
  named: { longitude?: string | undefined; latitude?: string | undefined },
): Coordinates {
  if (named.longitude !== undefined || named.latitude !== undefined) {
    if (named.longitude === undefined || named.latitude === undefined) {
      throw new UserError({
        code: "coordinates-half-named",
        message: `Only ${named.longitude === undefined ? "--lat" : "--lon"} is given.`,
        hint: "Give both --lon COLUMN and --lat COLUMN.",
      });
    }
    return numbers(
      namedColumn(columns, named.longitude, "--lon"),
      namedColumn(columns, named.latitude, "--lat"),
    );
  }
  const found = pairs.flatMap(([x, y]) => {
    const xs = columns.filter((column) => key(column.name) === x);
    const ys = columns.filter((column) => key(column.name) === y);
    return xs.length > 0 && ys.length > 0 ? [{ xs, ys }] : [];
  });
  const [pair] = found;
  if (pair !== undefined) {
    const [x, y] = [pair.xs[0], pair.ys[0]];
    // Beside decimalLongitude a verbatim "longitude" is common and no doubt; two of one rank are.
    const several =
      pair.xs.length > 1 ||
      pair.ys.length > 1 ||
      (key(pair.ys[0]?.name ?? "") === "lat" && sharesLatitude(found));
    if (several || x === undefined || y === undefined) {
      throw doubt(columns, "several columns could hold the coordinates");
    }
    return numbers(x, y);
  }
  const geometries = columns.filter(({ type }) => type.startsWith("GEOMETRY"));
  const [geometry] = geometries;
  if (geometry === undefined) throw doubt(columns, "no columns are called as coordinates usually are");
  if (geometries.length > 1) throw doubt(columns, "several columns hold geometries");
  return points(geometry);
}

/** lon, lng and long beside one lat: any of them could be meant. */
function sharesLatitude(found: readonly { ys: Columns }[]): boolean {
  return found.filter(({ ys }) => key(ys[0]?.name ?? "") === "lat").length > 1;
}

function key(name: string): string {
  return name.trim().toLowerCase();
}

function namedColumn(columns: Columns, name: string, flag: string): Columns[number] {
  const found =
    columns.find((column) => column.name === name) ??
    columns.find((column) => key(column.name) === key(name));
  if (found === undefined) {
    throw new UserError({
      code: "column-unknown",
      message: `${flag} ${name}: the table has no such column.`,
      hint: `Its columns: ${listed(columns)}.`,
    });
  }
  return found;
}

function numbers(x: Columns[number], y: Columns[number]): Coordinates {
  return { columns: [x.name, y.name], longitude: numberSql(x), latitude: numberSql(y) };
}

/** Trimmed; neither a decimal comma nor anything else that only resembles a number is one. */
function numberSql({ name, type }: Columns[number]): string {
  if (type !== "VARCHAR") return `try_cast(${identifier(name)} AS DOUBLE)`;
  const text = `trim(${identifier(name)}, E' \\t\\r\\n' || chr(160))`;
  const pattern = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?";
  return `CASE WHEN regexp_full_match(${text}, '${pattern}') THEN try_cast(${text} AS DOUBLE) END`;
}

function points({ name, type }: Columns[number]): Coordinates {
  if (type.includes("ProjectedCRS")) {
    throw new UserError({
      code: "points-projected",
      message: `The column ${name} holds points in a projected coordinate reference system.`,
      hint: "Reproject the table to longitude and latitude (EPSG:4326) first.",
    });
  }
  const text = `ST_AsText(${identifier(name)})`;
  const part = (group: number): string =>
    `try_cast(regexp_extract(${text}, '^POINT(?: Z| M| ZM)? [(]([^ )]+) ([^ )]+)', ${group}) AS DOUBLE)`;
  return { columns: [name], longitude: part(1), latitude: part(2) };
}

function doubt(columns: Columns, why: string): UserError {
  return new UserError({
    code: "coordinates-unclear",
    message: `Where are longitude and latitude? In this table ${why}. Its columns: ${listed(columns)}.`,
    hint: "Name them with --lon COLUMN --lat COLUMN.",
  });
}

function listed(columns: Columns): string {
  const names = columns.slice(0, 60).map(({ name }) => name);
  return (
    names.join(", ") + (columns.length > names.length ? ` and ${columns.length - names.length} more` : "")
  );
}
