import type { RegisterFormat } from "./register-row.ts";
import { fold, tidy } from "./tidy-text.ts";

/** The three places of US-RIIS: Alaska, Hawaii, and the lower 48 states with the District of Columbia. */
export type RiisPlace = "AK" | "HI" | "L48";

// FIPS code, postal code, name.
const states = `01 AL Alabama|02 AK Alaska|04 AZ Arizona|05 AR Arkansas|06 CA California|08 CO Colorado|09 CT Connecticut
10 DE Delaware|11 DC District of Columbia|12 FL Florida|13 GA Georgia|15 HI Hawaii|16 ID Idaho|17 IL Illinois|18 IN Indiana
19 IA Iowa|20 KS Kansas|21 KY Kentucky|22 LA Louisiana|23 ME Maine|24 MD Maryland|25 MA Massachusetts|26 MI Michigan
27 MN Minnesota|28 MS Mississippi|29 MO Missouri|30 MT Montana|31 NE Nebraska|32 NV Nevada|33 NH New Hampshire
34 NJ New Jersey|35 NM New Mexico|36 NY New York|37 NC North Carolina|38 ND North Dakota|39 OH Ohio|40 OK Oklahoma
41 OR Oregon|42 PA Pennsylvania|44 RI Rhode Island|45 SC South Carolina|46 SD South Dakota|47 TN Tennessee|48 TX Texas
49 UT Utah|50 VT Vermont|51 VA Virginia|53 WA Washington|54 WV West Virginia|55 WI Wisconsin|56 WY Wyoming`;

const placeByState = new Map<string, RiisPlace>();
for (const state of states.split(/[|\n]/)) {
  const [fips = "", postal = "", ...name] = state.split(" ");
  const place = postal === "AK" || postal === "HI" ? postal : "L48";
  for (const word of [fips, String(Number(fips)), postal, `us-${postal}`, name.join(" ")]) {
    placeByState.set(word.toLowerCase(), place);
  }
}
for (const word of ["washington dc", "washington, dc", "washington d.c.", "washington, d.c.", "d.c."]) {
  placeByState.set(word, "L48");
}
placeByState.set("hawai'i", "HI");

/**
 * Tells which place of US-RIIS a state belongs to.
 *
 * @param state FIPS code (`02`), postal code (`AK`), ISO 3166-2 code (`US-AK`) or name, in any case.
 * @returns null for the territories (PR, GU, VI, AS, MP) and for what is no state: US-RIIS says nothing of them.
 * @example
 * ```ts
 * import { placeOfState } from "bisonflow/register";
 * console.log(placeOfState("15"), placeOfState("dc"), placeOfState("Alaska"), placeOfState("72")); // HI L48 AK null
 * ```
 */
export function placeOfState(state: string): RiisPlace | null {
  return placeByState.get(fold(tidy(state)).replace(/[‘’ʻ`]/g, "'")) ?? null;
}

/**
 * Tells how a record's place is found for a register: by its state (US-RIIS) or by its countryCode (GRIIS).
 *
 * @example
 * ```ts
 * import { placesOf } from "bisonflow/register";
 * console.log(placesOf("us-riis-v2").kind, placesOf("griis").kind); // us-states country-code
 * ```
 */
export function placesOf(format: RegisterFormat): { kind: "us-states" } | { kind: "country-code" } {
  return format === "griis" ? { kind: "country-code" } : { kind: "us-states" };
}

/** Whether a register's place can be that of a record: one of US-RIIS's three, or a country code. */
export function canHoldRecords(place: string | null, format: RegisterFormat): boolean {
  if (place === null) return false;
  return placesOf(format).kind === "us-states"
    ? place === "AK" || place === "HI" || place === "L48"
    : /^[A-Z]{2}$/.test(place);
}

const localities = new Map<string, RiisPlace>([
  ["ak", "AK"],
  ["alaska", "AK"],
  ["hi", "HI"],
  ["hawaii", "HI"],
  ["l48", "L48"],
  ["lower 48", "L48"],
  ["lower 48 states", "L48"],
  ["conterminous 48 united states", "L48"],
  ["conterminous united states", "L48"],
]);

/** The place of US-RIIS that its locality names, in any case; null where it names none. */
export function placeOfLocality(locality: string): RiisPlace | null {
  return localities.get(fold(tidy(locality))) ?? null;
}

/**
 * The place of a GRIIS distribution: its country code, else the country in an ISO location id
 * (`ISO_3166-2:BE-VLG`, `ISO3166:BE`), else the location id itself.
 */
export function placeOfDistribution(countryCode: string | null, locationId: string | null): string | null {
  if (countryCode !== null && /^[a-z]{2}$/i.test(countryCode)) return countryCode.toUpperCase();
  const country =
    locationId === null
      ? undefined
      : /^ISO[_ -]?3166(?:-[12])?[:_ ]([A-Z]{2})(?:-\w+)?$/i.exec(locationId)?.[1];
  return country?.toUpperCase() ?? locationId;
}
