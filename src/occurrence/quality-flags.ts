import { identifier } from "../engine/index.ts";
import { UserError } from "../trouble/index.ts";
import { checkIssueName } from "./issue-names.ts";
import { hasWordSql } from "./issue-sql.ts";

/** A point that stands for a country or a state, in degrees. */
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
 * console.log(flag?.name, flag?.sql); // flag_equal_coordinates coalesce("decimallatitude" - "decimallongitude" = 0, false)
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
      return flag(`abs(${lat}) = 0 AND abs(${lon}) = 0`, "Latitude and longitude are both zero");
    case "equal_coordinates":
      // Not-a-number equals itself, and its difference from itself is none.
      return flag(`${lat} - ${lon} = 0`, "Latitude equals longitude");
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
    sql: `coalesce(${hasWordSql(column("issue"), [issue])}, false)`,
    columns: ["issue"],
    description: `GBIF found the issue ${issue}`,
  };
}

/** SQL that is true within the tolerance of a centroid. */
function nearSql(
  lat: string,
  lon: string,
  own: readonly Centroid[] | undefined,
  context: FlagContext,
): string {
  const centroids = own ?? context.centroids ?? [];
  if (centroids.length === 0) return "false";
  return nearestTree(centroids, { lat, lon, tolerance: context.toleranceDegrees ?? 0.01 }, "lat");
}

/** A list of constants is searched from end to end for every row; a tree of comparisons is not. */
function nearestTree(
  centroids: readonly Centroid[],
  of: { readonly lat: string; readonly lon: string; readonly tolerance: number },
  axis: "lat" | "lon",
): string {
  const { lat, lon, tolerance } = of;
  const sorted = [...centroids].sort((a, b) => a[axis] - b[axis]);
  const split = (sorted[sorted.length >> 1] as Centroid)[axis];
  // Those near the split belong to both sides.
  const below = sorted.filter((centroid) => centroid[axis] - tolerance <= split);
  const above = sorted.filter((centroid) => centroid[axis] + tolerance >= split);
  if (centroids.length <= 3 || below.length === centroids.length || above.length === centroids.length) {
    const near = (centroid: Centroid): string =>
      `(abs(${lat} - ${centroid.lat}::DOUBLE) <= ${tolerance} AND abs(${lon} - ${centroid.lon}::DOUBLE) <= ${tolerance})`;
    return `(${centroids.map(near).join(" OR ")})`;
  }
  const other = axis === "lat" ? "lon" : "lat";
  return `CASE WHEN ${of[axis]} < ${split}::DOUBLE THEN ${nearestTree(below, of, other)} ELSE ${nearestTree(above, of, other)} END`;
}
