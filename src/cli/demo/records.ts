import { datasetShares, datasets } from "./datasets.ts";
import { makePlaces } from "./places.ts";
import { type Random, seededRandom } from "./random.ts";
import { keysOf, sampleSpecies } from "./species.ts";
import { commonness, spreadOf } from "./spread.ts";

/** Columns of a SIMPLE_CSV download, in its order, and acceptedTaxonKey, which archives have. */
// biome-ignore format: as wide as a header
export const sampleColumns = [
  "gbifID", "datasetKey", "occurrenceID", "kingdom", "phylum", "class", "order", "family", "genus",
  "species", "infraspecificEpithet", "taxonRank", "scientificName", "verbatimScientificName",
  "verbatimScientificNameAuthorship", "countryCode", "locality", "stateProvince", "occurrenceStatus",
  "individualCount", "publishingOrgKey", "decimalLatitude", "decimalLongitude",
  "coordinateUncertaintyInMeters", "coordinatePrecision", "elevation", "elevationAccuracy", "depth",
  "depthAccuracy", "eventDate", "day", "month", "year", "taxonKey", "acceptedTaxonKey", "speciesKey",
  "basisOfRecord", "institutionCode", "collectionCode", "catalogNumber", "recordNumber", "identifiedBy",
  "dateIdentified", "license", "rightsHolder", "recordedBy", "typeStatus", "establishmentMeans",
  "lastInterpreted", "mediaType", "issue",
] as const;

export type SampleRecord = Partial<Record<(typeof sampleColumns)[number], string>>;

/** Makes the sample's records, one after the other, the same for the same `records` and counties. */
export function* sampleRecords(options: { records: number; countiesPath: string }): Generator<SampleRecord> {
  const random = seededRandom(19_950_101);
  const places = makePlaces(options.countiesPath, random);
  const spread = spreadOf(places);
  const common = commonness();
  for (let number = 1; number <= options.records; number++) {
    const index = random.pick(common);
    const dataset = datasets[random.pick(datasetShares)] ?? datasets[0];
    const place = places[random.pick(spread[index] ?? [])];
    if (dataset === undefined || place === undefined) continue;
    const record: SampleRecord = {
      gbifID: String(990_000_000_000_000 + number),
      datasetKey: dataset.key,
      occurrenceID: `synthetic:${number}`,
      publishingOrgKey: "00000000-0000-0000-0000-000000000000",
      countryCode: countryCode(place.state, random),
      locality: `Invented place in ${place.county}`,
      stateProvince: place.stateName,
      occurrenceStatus: dataset.status,
      basisOfRecord: dataset.basis,
      institutionCode: dataset.code,
      catalogNumber: String(number),
      license: dataset.licence,
      rightsHolder: "Nobody: an invented record",
      recordedBy: "Nobody",
      lastInterpreted: "2026-07-01T00:00:00.000Z",
      decimalLatitude: (place.lat + random.bell() * place.spread).toFixed(5),
      decimalLongitude: (place.lon + random.bell() * place.spread).toFixed(5),
      ...taxon(index, dataset.acceptedKeys, random),
      ...date(random),
    };
    if (dataset.uncertaintyMeters !== null) {
      record.coordinateUncertaintyInMeters = String(
        Math.ceil(dataset.uncertaintyMeters * 4 ** random.bell()),
      );
    }
    spoil(record, random);
    yield record;
  }
}

/** Puerto Rico has a code of its own, and part of its records carry US all the same. */
function countryCode(state: string, random: Random): string {
  return state === "72" && random.next() < 0.3 ? "PR" : "US";
}

function taxon(index: number, acceptedKeys: boolean, random: Random): SampleRecord {
  const species = sampleSpecies[index];
  if (species === undefined) return {};
  const keys = keysOf(index);
  const chance = random.next();
  const { kingdom, phylum, class: group, order, family } = species;
  const genus = species.name.split(" ", 1)[0] ?? "";
  const full = `${species.name} ${species.author}`;
  const base: SampleRecord = {
    kingdom,
    phylum,
    class: group,
    order,
    family,
    genus,
    species: species.name,
    taxonRank: "SPECIES",
    scientificName: full,
    verbatimScientificName: species.name,
    taxonKey: keys.species,
    speciesKey: keys.species,
  };
  if (species.subspecies !== undefined && chance < 0.12) {
    base.taxonRank = species.subspecies.includes(" var. ") ? "VARIETY" : "SUBSPECIES";
    base.scientificName = species.subspecies;
    base.verbatimScientificName = species.subspecies;
    base.infraspecificEpithet = species.subspecies.split(" ").at(-1) ?? "";
    base.taxonKey = keys.subspecies;
    if (acceptedKeys) base.acceptedTaxonKey = keys.subspecies;
    return base;
  }
  if (species.synonym !== undefined && chance < 0.15) {
    base.scientificName = species.synonym;
    base.verbatimScientificName = species.synonym;
    base.taxonKey = keys.synonym;
  } else if (chance > 0.992) {
    // A name that the taxonomy did not know: it stands where the publisher put it, without a species.
    delete base.species;
    delete base.speciesKey;
    base.issue = "TAXON_MATCH_HIGHERRANK";
    base.taxonKey = keys.genus;
    if (acceptedKeys) base.acceptedTaxonKey = keys.genus;
    return base;
  }
  if (acceptedKeys) base.acceptedTaxonKey = keys.species;
  return base;
}

/** 1995 to 2026, more each year; few in winter; some know the year alone. */
function date(random: Random): SampleRecord {
  const late = Math.max(random.next(), random.next());
  const year = 1995 + Math.floor(late * 32);
  const month = Math.max(1, Math.min(year === 2026 ? 6 : 12, Math.round(6.6 + random.bell() * 2.6)));
  const day = 1 + random.below(28);
  if (random.next() < 0.03) return { eventDate: String(year), year: String(year) };
  const two = (number: number): string => String(number).padStart(2, "0");
  return {
    eventDate: `${year}-${two(month)}-${two(day)}`,
    year: String(year),
    month: String(month),
    day: String(day),
  };
}

/** Makes about one record in eight one that the BISON profile drops, by one of its five rules, and some that are odd. */
function spoil(record: SampleRecord, random: Random): void {
  const chance = random.next();
  if (chance < 0.03) abroad(record, random);
  else if (chance < 0.06) {
    delete record.decimalLatitude;
    delete record.decimalLongitude;
    delete record.coordinateUncertaintyInMeters;
  } else if (chance < 0.075) record.occurrenceStatus = "ABSENT";
  else if (chance < 0.1) {
    record.taxonRank = "GENUS";
    record.scientificName = record.genus ?? "";
    delete record.species;
    delete record.speciesKey;
    delete record.infraspecificEpithet;
  } else if (chance < 0.125) {
    record.basisOfRecord =
      ["MACHINE_OBSERVATION", "MATERIAL_SAMPLE", "FOSSIL_SPECIMEN", "LIVING_SPECIMEN"][random.below(4)] ?? "";
  } else if (chance < 0.128) {
    record.decimalLatitude = "0.0";
    record.decimalLongitude = "0.0";
    record.issue = "ZERO_COORDINATE";
  }
}

const foreign: readonly (readonly [string, string, number, number])[] = [
  ["CA", "Ontario", -79.5, 43.9],
  ["CA", "British Columbia", -122.8, 49.4],
  ["CA", "Quebec", -73.4, 45.7],
  ["MX", "Baja California", -116.6, 32.1],
  ["MX", "Nuevo León", -100.3, 25.7],
  ["", "", -97, 38],
];

function abroad(record: SampleRecord, random: Random): void {
  const [code = "", state = "", lon = 0, lat = 0] = foreign[random.below(foreign.length)] ?? [];
  record.countryCode = code;
  record.stateProvince = state;
  record.locality = code === "" ? "Invented place, country not stated" : "Invented place abroad";
  record.decimalLongitude = (lon + random.bell() * 0.3).toFixed(5);
  record.decimalLatitude = (lat + random.bell() * 0.3).toFixed(5);
}
