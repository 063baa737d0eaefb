import { identifier, literal } from "../engine/index.ts";
import { hasWordSql } from "./issue-sql.ts";
import type { Profile } from "./profile.ts";
import { trimSql } from "./whitespace.ts";

/** A rule of a profile as SQL over the one relation. */
export interface ProfileRule {
  /** Its name in the table of dropped records. */
  readonly rule: string;
  /** True where the record passes; never null. */
  readonly keep: string;
  /** Columns of the relation that it reads; `in_polygon` (BOOLEAN) is the caller's to supply. */
  readonly columns: readonly string[];
}

/**
 * The rules of a profile in their order: country, coordinates, occurrence_status, taxon_rank, basis_of_record,
 * then years, taxa, coordinate_uncertainty, issues, zero_coordinates, those that the profile has.
 *
 * Words are compared trimmed and in upper case: on Parquet's dictionaries that costs no more than plain
 * equality. Not-a-number and infinite coordinates fail `coordinates`. Numbers with a fraction are compared as the
 * result of a function, never bare: DuckDB answers a bare comparison from a Parquet file's least and greatest
 * value where it can, and not-a-number is in neither.
 *
 * @example
 * ```ts
 * import { loadProfile, profileRules } from "bisonflow/occurrence";
 * const rules = profileRules(await loadProfile("bison"));
 * console.log(rules.map(({ rule }) => rule).join(" ")); // country coordinates occurrence_status taxon_rank basis_of_record
 * console.log(rules[1]?.columns); // [ 'decimallatitude', 'decimallongitude' ]
 * ```
 */
export function profileRules(profile: Profile): ProfileRule[] {
  const rules: ProfileRule[] = [];
  if (profile.country !== undefined) rules.push(countryRule(profile.country));
  if (profile.coordinates) {
    rules.push({
      rule: "coordinates",
      keep: "coalesce(abs(decimallatitude) <= 90 AND abs(decimallongitude) <= 180, false)",
      columns: ["decimallatitude", "decimallongitude"],
    });
  }
  if (profile.occurrenceStatus !== undefined) {
    const accepted = profile.occurrenceStatus.includes("PRESENT")
      ? [...profile.occurrenceStatus, ""]
      : profile.occurrenceStatus;
    rules.push(wordRule("occurrence_status", "occurrencestatus", accepted));
  }
  if (profile.taxonRanks !== undefined) rules.push(wordRule("taxon_rank", "taxonrank", profile.taxonRanks));
  if (profile.basisOfRecord !== undefined)
    rules.push(wordRule("basis_of_record", "basisofrecord", profile.basisOfRecord));
  if (profile.years !== undefined) rules.push(yearsRule(profile.years));
  if (profile.taxa !== undefined) rules.push(taxaRule(profile.taxa));
  if (profile.maxCoordinateUncertaintyInMeters !== undefined) {
    const { maxCoordinateUncertaintyInMeters: most } = profile;
    rules.push({
      rule: "coordinate_uncertainty",
      keep: `coalesce(coordinateuncertaintyinmeters <= ${literal(most)} OR isnan(coordinateuncertaintyinmeters), true)`,
      columns: ["coordinateuncertaintyinmeters"],
    });
  }
  if (profile.excludeIssues !== undefined) {
    rules.push({
      rule: "issues",
      keep: `NOT coalesce(${hasWordSql("issue", profile.excludeIssues)}, false)`,
      columns: ["issue"],
    });
  }
  if (profile.zeroCoordinates === "drop") {
    rules.push({
      rule: "zero_coordinates",
      keep: "NOT coalesce(abs(decimallatitude) = 0 AND abs(decimallongitude) = 0, false)",
      columns: ["decimallatitude", "decimallongitude"],
    });
  }
  return rules;
}

/**
 * SQL of the number of the first rule that a record fails, counted from 1; 0 for a record that is kept.
 *
 * @example
 * ```ts
 * import { ruleNumberSql } from "bisonflow/occurrence";
 * console.log(ruleNumberSql([{ rule: "years", keep: "year > 1999", columns: ["year"] }])); // CASE WHEN NOT (year > 1999) THEN 1 ELSE 0 END
 * ```
 */
export function ruleNumberSql(rules: readonly ProfileRule[]): string {
  if (rules.length === 0) return "0";
  return `CASE ${rules.map(({ keep }, index) => `WHEN NOT (${keep}) THEN ${index + 1}`).join(" ")} ELSE 0 END`;
}

function list(values: readonly string[]): string {
  return values.map((value) => literal(value)).join(", ");
}

function wordSql(column: string): string {
  return `upper(${trimSql(identifier(column))})`;
}

/** An empty text among the accepted words stands for blank, null included. */
function wordRule(rule: string, column: string, accepted: readonly string[]): ProfileRule {
  const keep = `coalesce(${wordSql(column)} IN (${list(accepted)}), ${accepted.includes("")})`;
  return { rule, keep, columns: [column] };
}

function countryRule({ codes, polygon }: NonNullable<Profile["country"]>): ProfileRule {
  const byCode =
    codes.length === 0 ? "false" : `coalesce(${wordSql("countrycode")} IN (${list(codes)}), false)`;
  if (polygon === undefined) return { rule: "country", keep: byCode, columns: ["countrycode"] };
  if (polygon.when === "always")
    return { rule: "country", keep: "coalesce(in_polygon, false)", columns: ["in_polygon"] };
  const blank = `coalesce(${trimSql("countrycode")} = '', true)`;
  return {
    rule: "country",
    keep: `(${byCode} OR (${blank} AND coalesce(in_polygon, false)))`,
    columns: ["countrycode", "in_polygon"],
  };
}

function yearsRule({ from, to }: NonNullable<Profile["years"]>): ProfileRule {
  const known = `coalesce("year", year(eventdate))`;
  const bounds = [
    ...(from === undefined ? [] : [`${known} >= ${from}`]),
    ...(to === undefined ? [] : [`${known} <= ${to}`]),
  ];
  return { rule: "years", keep: `coalesce(${bounds.join(" AND ")}, false)`, columns: ["year", "eventdate"] };
}

const keyColumns = [
  "taxonkey",
  "acceptedtaxonkey",
  "specieskey",
  "genuskey",
  "familykey",
  "orderkey",
  "classkey",
  "phylumkey",
  "kingdomkey",
];
const nameColumns = ["species", "genus", "family", "order", "class", "phylum", "kingdom"];

function taxaRule({ keys, names }: NonNullable<Profile["taxa"]>): ProfileRule {
  const tests = [
    ...(keys.length === 0
      ? []
      : keyColumns.map((column) => `coalesce(${trimSql(identifier(column))} IN (${list(keys)}), false)`)),
    ...(names.length === 0
      ? []
      : nameColumns.map(
          (column) =>
            `coalesce(${wordSql(column)} IN (${list(names.map((name) => name.toUpperCase()))}), false)`,
        )),
  ];
  const columns = [...(keys.length === 0 ? [] : keyColumns), ...(names.length === 0 ? [] : nameColumns)];
  return { rule: "taxa", keep: `(${tests.join(" OR ")})`, columns };
}
