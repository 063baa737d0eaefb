import { readFile } from "node:fs/promises";
import { z } from "zod";
import { UserError } from "../trouble/index.ts";
import { checkIssueName } from "./issue-names.ts";

const words = z.array(z.string().trim().min(1)).min(1);
const upperWords = words.transform((items) => [...new Set(items.map((item) => item.toUpperCase()))]);

const countrySchema = z
  .strictObject({
    codes: z
      .array(z.string().regex(/^[A-Za-z]{2}$/, "a country code is two letters, for example US"))
      .default([])
      .transform((codes) => [...new Set(codes.map((code) => code.toUpperCase()))])
      .describe("ISO 3166-1 codes of the countries to keep."),
    polygon: z
      .strictObject({
        layer: z.string().min(1).describe("A layer of the run, whose regions together are the country."),
        when: z
          .enum(["blank", "always"])
          .default("blank")
          .describe(
            "Whether the polygons decide for records without a country code alone, or for every record.",
          ),
      })
      .optional()
      .describe("Choose the country by polygons."),
  })
  .refine(
    (country) => country.codes.length > 0 || country.polygon !== undefined,
    "give codes, a polygon layer or both",
  );

const yearsSchema = z
  .strictObject({
    from: z.number().int().optional().describe("First year."),
    to: z.number().int().optional().describe("Last year."),
  })
  .refine(({ from, to }) => from !== undefined || to !== undefined, "give from, to or both")
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, "from is after to");

const taxaSchema = z
  .strictObject({
    keys: z
      .array(z.union([z.string().trim().min(1), z.number().int()]).transform(String))
      .default([])
      .describe(
        "GBIF keys, compared with the record's taxon, accepted taxon, species and, where the input has them, its genus up to its kingdom.",
      ),
    names: z
      .array(z.string().trim().min(1))
      .default([])
      .describe(
        "Names without authorship, compared with the record's kingdom, phylum, class, order, family, genus and species.",
      ),
  })
  .refine(({ keys, names }) => keys.length + names.length > 0, "give keys, names or both");

/**
 * What a profile file may say; unknown keys fail. What it leaves out is as in the profile that it extends,
 * `null` turns a rule off.
 */
export const profileSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .optional()
    .describe("What the report calls the profile; the file's name when absent."),
  extends: z
    .enum(["bison", "all"])
    .default("bison")
    .describe("The profile to start from: bison, or all for no rules."),
  country: countrySchema
    .nullable()
    .optional()
    .describe("Countries to keep; a blank country code is none of them."),
  coordinates: z.boolean().optional().describe("Keep only records with both coordinates, numbers in range."),
  occurrenceStatus: upperWords
    .nullable()
    .optional()
    .describe("Occurrence statuses to keep, for example PRESENT; blank counts as PRESENT."),
  taxonRanks: upperWords.nullable().optional().describe("Taxon ranks to keep, for example SPECIES."),
  basisOfRecord: upperWords
    .nullable()
    .optional()
    .describe("Bases of record to keep, for example HUMAN_OBSERVATION."),
  years: yearsSchema.nullable().optional().describe("Years to keep; records without a year are dropped."),
  taxa: taxaSchema.nullable().optional().describe("Taxa to keep, by key or name, with all that they hold."),
  maxCoordinateUncertaintyInMeters: z
    .number()
    .min(0)
    .nullable()
    .optional()
    .describe("Greatest coordinate uncertainty, in metres; records that state none are kept."),
  excludeIssues: words
    .transform((names) => [...new Set(names.map((name) => checkIssueName(name, "excludeIssues")))])
    .nullable()
    .optional()
    .describe("Issues of GBIF whose records are dropped, for example ZERO_COORDINATE."),
  zeroCoordinates: z
    .enum(["keep", "drop"])
    .optional()
    .describe("What to do with records at latitude 0 and longitude 0."),
});

/** A profile as a user writes it. */
export type ProfileSpec = z.input<typeof profileSchema>;

/** Which records to keep, every choice made; a rule that is absent keeps all. Plain JSON. */
export interface Profile {
  readonly name: string;
  readonly country?: {
    readonly codes: readonly string[];
    readonly polygon?: { readonly layer: string; readonly when: "blank" | "always" };
  };
  readonly coordinates: boolean;
  readonly occurrenceStatus?: readonly string[];
  readonly taxonRanks?: readonly string[];
  readonly basisOfRecord?: readonly string[];
  readonly years?: { readonly from?: number; readonly to?: number };
  readonly taxa?: { readonly keys: readonly string[]; readonly names: readonly string[] };
  readonly maxCoordinateUncertaintyInMeters?: number;
  readonly excludeIssues?: readonly string[];
  readonly zeroCoordinates: "keep" | "drop";
}

/** The profile of the USGS's Biodiversity Information Serving Our Nation: species of the United States. */
export const BISON: Profile = {
  name: "bison",
  country: { codes: ["US"] },
  coordinates: true,
  occurrenceStatus: ["PRESENT"],
  taxonRanks: ["SPECIES", "SUBSPECIES", "VARIETY", "FORM", "INFRASPECIFIC_NAME", "INFRASUBSPECIFIC_NAME"],
  basisOfRecord: ["HUMAN_OBSERVATION", "OBSERVATION", "OCCURRENCE", "PRESERVED_SPECIMEN"],
  zeroCoordinates: "keep",
};

/** The profile that keeps every record; those without coordinates lie outside every layer. */
export const ALL: Profile = { name: "all", coordinates: false, zeroCoordinates: "keep" };

/**
 * Makes a profile of what a user wrote; throws a UserError that names every mistake.
 *
 * @example
 * ```ts
 * import { parseProfile } from "bisonflow/occurrence";
 * const profile = parseProfile({ name: "recent", years: { from: 2000 }, basisOfRecord: null });
 * console.log(profile.country?.codes, profile.years, profile.basisOfRecord); // [ 'US' ] { from: 2000 } undefined
 * ```
 */
export function parseProfile(spec: unknown, options: { name?: string } = {}): Profile {
  const label = options.name ?? "the profile";
  const parsed = profileSchema.safeParse(spec);
  if (!parsed.success) {
    throw new UserError({
      code: "profile-wrong",
      message: `${label}: ${z.prettifyError(parsed.error).replace(/\s*\n\s*/g, " ")}.`,
      hint: `A profile may hold: ${Object.keys(profileSchema.shape).join(", ")}.`,
    });
  }
  const { extends: base, name, ...chosen } = parsed.data;
  const merged: Record<string, unknown> = {
    ...(base === "all" ? ALL : BISON),
    name: name ?? options.name ?? "custom",
  };
  for (const [key, value] of Object.entries(chosen)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = value;
  }
  return merged as unknown as Profile;
}

/**
 * The profile of a name (`bison`, `all`), of a JSON file, or of the rules themselves.
 *
 * @example
 * ```ts
 * import { loadProfile } from "bisonflow/occurrence";
 * const profile = await loadProfile("bison");
 * console.log(profile.taxonRanks?.[0]); // SPECIES
 * ```
 */
export async function loadProfile(from: string | ProfileSpec): Promise<Profile> {
  if (typeof from !== "string") return parseProfile(from);
  if (from === "bison") return BISON;
  if (from === "all") return ALL;
  let text: string;
  try {
    text = await readFile(from, "utf8");
  } catch (error) {
    throw new UserError({
      code: "profile-not-found",
      message: `Profile ${from}: neither bison nor all, and no file that can be read: ${(error as Error).message}.`,
      hint: "Give bison, all or a JSON file.",
      cause: error,
    });
  }
  let spec: unknown;
  try {
    spec = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw new UserError({
      code: "profile-wrong",
      message: `${from}: no JSON: ${(error as Error).message}.`,
      hint: 'A profile is a JSON object, for example {"extends": "bison", "years": {"from": 2000}}.',
      cause: error,
    });
  }
  return parseProfile(spec, { name: from });
}
