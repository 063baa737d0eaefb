import { identifier, literal } from "../engine/index.ts";
import { UserError } from "../trouble/index.ts";
import { checkIssueName } from "./issue-names.ts";

export interface Centroid {
  /** Degrees, WGS84. */
  readonly lon: number;
  readonly lat: number;
}

/** What flags need to know beside the record. */
export interface FlagContext {
  /** Centres of countries and of states; `centroids` stands for either where it is absent. */
  readonly centroids?: readonly Centroid[];
  readonly countryCentroids?: readonly Centroid[];
  readonly stateCentroids?: readonly Centroid[];
  /** How near a centre counts as at it, in degrees of latitude and of longitude. Default 0.01. */
  readonly toleranceDegrees?: number;
  /** SQL booleans: the point lies in no region, but does so with its coordinates swapped, or with a sign turned. */
  readonly swappedInside?: string;
  readonly negatedInside?: string;
  /** SQL of a column of the relation; its quoted name when absent. */
  readonly column?: (name: string) => string;
}

/** A quality flag as SQL. */
export interface QualityFlag {
  /** The column that it becomes. */
  readonly name: string;
  /** Boolean, never null. */
  readonly sql: string;
  /** Columns of the relation that it reads. */
  readonly columns: readonly string[];
  readonly description: string;
}

const coordinates = ["decimallatitude", "decimallongitude"];

/** Names of the flags that are no issues of GBIF's. */
export const QUALITY_FLAGS = [
  "zero_coordinates",
  "equal_coordinates",
  "country_centroid",
  "state_centroid",
  "swapped_coordinates",
  "negated_coordinates",
] as const;

/**
 * Makes quality flags: those of `QUALITY_FLAGS`, and one for any issue of GBIF's, by its name (ZERO_COORDINATE).
 *
 * @example
 * ```ts
 * import { qualityFlags } from "bisonflow/occurrence";
 * const [flag] = qualityFlags(["equal_coordinates"], {});
 * console.log(flag?.name, flag?.sql); // flag_equal_coordinates coalesce("decimallatitude" = "decimallongitude", false)
 * ```
 */
export function qualityFlags(names: readonly string[], context: FlagContext): QualityFlag[] {
  return names.map((name) => qualityFlag(name, context));
}

/**
 * The columns of the relation that flags read.
 *
 * @example
 * ```ts
 * import { qualityFlagColumns } from "bisonflow/occurrence";
 * const columns = qualityFlagColumns(["zero_coordinates", "COUNTRY_COORDINATE_MISMATCH"]);
 * console.log(columns); // [ 'decimallatitude', 'decimallongitude', 'issue' ]
 * ```
 */
export function qualityFlagColumns(names: readonly string[]): string[] {
  return [...new Set(names.flatMap((name) => (isIssueName(name) ? ["issue"] : coordinates)))];
}

function isIssueName(name: string): boolean {
  return /[A-Z]/.test(name);
}

function qualityFlag(name: string, context: FlagContext): QualityFlag {
  const column = context.column ?? identifier;
  const [lat, lon] = [column("decimallatitude"), column("decimallongitude")];
  const flag = (condition: string, description: string): QualityFlag => ({
    name: `flag_${name}`,
    sql: `coalesce(${condition}, false)`,
    columns: coordinates,
    description,
  });
  switch (name) {
    case "zero_coordinates":
      return flag(`${lat} = 0 AND ${lon} = 0`, "Latitude and longitude are both zero");
    case "equal_coordinates":
      return flag(`${lat} = ${lon}`, "Latitude equals longitude");
    case "country_centroid":
      return flag(nearSql(lat, lon, context.countryCentroids, context), "At the centre of a country");
    case "state_centroid":
      return flag(nearSql(lat, lon, context.stateCentroids, context), "At the centre of a state");
    case "swapped_coordinates":
      return flag(
        context.swappedInside ?? "swapped_inside",
        "Outside every region, but inside with the coordinates swapped",
      );
    case "negated_coordinates":
      return flag(
        context.negatedInside ?? "negated_inside",
        "Outside every region, but inside with a sign turned",
      );
  }
  if (!isIssueName(name)) {
    throw new UserError({
      code: "flag-unknown",
      message: `${name}: no such quality flag.`,
      hint: `Known are ${QUALITY_FLAGS.join(", ")}, and the issues of GBIF in upper case, for example ZERO_COORDINATE.`,
    });
  }
  const issue = checkIssueName(name, "flags");
  return {
    name: `flag_${issue.toLowerCase()}`,
    sql: `coalesce(list_contains(${column("issue")}, ${literal(issue)}), false)`,
    columns: ["issue"],
    description: `GBIF found the issue ${issue}`,
  };
}

/** SQL that is true within the tolerance of a centroid: a look-up of cells first, then those near them exactly. */
function nearSql(
  lat: string,
  lon: string,
  own: readonly Centroid[] | undefined,
  context: FlagContext,
): string {
  const centroids = own ?? context.centroids ?? [];
  const tolerance = context.toleranceDegrees ?? 0.01;
  if (centroids.length === 0) return "false";
  // A tenth of a cell more than the tolerance, so that a neighbour's neighbour is never within it.
  const cell = tolerance * 1.1 || 1e-9;
  const columns = Math.ceil(360 / cell) + 8;
  const cells = new Set<number>();
  for (const centroid of centroids) {
    const [row, place] = [Math.floor((centroid.lat + 90) / cell), Math.floor((centroid.lon + 180) / cell)];
    for (let i = -1; i <= 1; i++) for (let j = -1; j <= 1; j++) cells.add((row + i) * columns + place + j);
  }
  const key = `(floor((${lat} + 90) / ${cell}) * ${columns} + floor((${lon} + 180) / ${cell}))`;
  const near = (centroid: string): string =>
    `abs(${lat} - ${centroid}.lat) <= ${tolerance} AND abs(${lon} - ${centroid}.lon) <= ${tolerance}`;
  const all = `[${centroids.map((centroid) => `{lat: ${centroid.lat}::DOUBLE, lon: ${centroid.lon}::DOUBLE}`).join(", ")}]`;
  return `CASE WHEN ${key} IN (${[...cells].map((item) => `${item}::DOUBLE`).join(", ")}) THEN len(list_filter(${all}, lambda c: ${near("c")})) > 0 END`;
}
