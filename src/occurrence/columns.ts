/** DuckDB types that columns of the one relation have. */
export type ColumnType = "VARCHAR" | "INTEGER" | "DOUBLE" | "TIMESTAMP" | "VARCHAR[]";

/** A column of the one relation that every input becomes. */
export interface OccurrenceColumn {
  /** Lower case, as in GBIF's open-data snapshot. */
  readonly name: string;
  readonly type: ColumnType;
  /** URI of the term. */
  readonly term: string;
  readonly description: string;
  /** Other headers that mean the column in tables without a meta.xml, lower case. */
  readonly aliases?: readonly string[];
}

const dwc = "http://rs.tdwg.org/dwc/terms/";
const gbif = "http://rs.gbif.org/terms/1.0/";
const dcterms = "http://purl.org/dc/terms/";

type Rest = { readonly type?: ColumnType; readonly aliases?: readonly string[] };

function column(namespace: string, term: string, description: string, rest: Rest = {}): OccurrenceColumn {
  const { type = "VARCHAR", aliases } = rest;
  const name = term.toLowerCase();
  return { name, type, term: namespace + term, description, ...(aliases === undefined ? {} : { aliases }) };
}

const double: Rest = { type: "DOUBLE" };
const integer: Rest = { type: "INTEGER" };
const timestamp: Rest = { type: "TIMESTAMP" };
const list: Rest = { type: "VARCHAR[]" };

/**
 * The columns that an input can give: the 50 of GBIF's open-data snapshot with its types, in its order, then
 * further ones of GBIF's downloads. Keys are text throughout (GBIF's are strings since August 2025).
 *
 * Source: the snapshot's Parquet schema of late 2024; terms at https://rs.tdwg.org/dwc/terms/ and
 * https://rs.gbif.org/terms/1.0/.
 *
 * @example
 * ```ts
 * import { OCCURRENCE_COLUMNS } from "bisonflow/occurrence";
 * const latitude = OCCURRENCE_COLUMNS.find(({ name }) => name === "decimallatitude");
 * console.log(latitude?.type, latitude?.term); // DOUBLE http://rs.tdwg.org/dwc/terms/decimalLatitude
 * ```
 */
export const OCCURRENCE_COLUMNS: readonly OccurrenceColumn[] = [
  column(gbif, "gbifID", "GBIF's key of the record."),
  column(gbif, "datasetKey", "GBIF's key of the dataset that the record belongs to."),
  column(dwc, "occurrenceID", "The publisher's identifier of the occurrence."),
  column(dwc, "kingdom", "Kingdom."),
  column(dwc, "phylum", "Phylum."),
  column(dwc, "class", "Class."),
  column(dwc, "order", "Order."),
  column(dwc, "family", "Family."),
  column(dwc, "genus", "Genus."),
  column(gbif, "species", "Name of the species that the taxon is or belongs to."),
  column(dwc, "infraspecificEpithet", "Lowest epithet below the species."),
  column(dwc, "taxonRank", "Rank of the taxon, for example SPECIES."),
  column(dwc, "scientificName", "Name of the taxon with its authorship."),
  column(gbif, "verbatimScientificName", "Name as the publisher wrote it."),
  column(gbif, "verbatimScientificNameAuthorship", "Authorship as the publisher wrote it."),
  column(dwc, "countryCode", "ISO 3166-1 code of the country, two letters."),
  column(dwc, "locality", "Description of the place."),
  column(dwc, "stateProvince", "State, province or other first division of the country."),
  column(dwc, "occurrenceStatus", "PRESENT or ABSENT."),
  column(dwc, "individualCount", "Individuals seen.", integer),
  column(gbif, "publishingOrgKey", "GBIF's key of the publisher."),
  column(dwc, "decimalLatitude", "Latitude in degrees, WGS84.", { ...double, aliases: ["latitude", "lat"] }),
  column(dwc, "decimalLongitude", "Longitude in degrees, WGS84.", {
    ...double,
    aliases: ["longitude", "lon", "lng", "long"],
  }),
  column(
    dwc,
    "coordinateUncertaintyInMeters",
    "Radius around the point that holds the place, in metres.",
    double,
  ),
  column(dwc, "coordinatePrecision", "Precision of the coordinates, in degrees.", double),
  column(gbif, "elevation", "Elevation, in metres.", double),
  column(gbif, "elevationAccuracy", "Uncertainty of the elevation, in metres.", double),
  column(gbif, "depth", "Depth below the surface, in metres.", double),
  column(gbif, "depthAccuracy", "Uncertainty of the depth, in metres.", double),
  column(dwc, "eventDate", "When it was seen; the first moment where a range or a year is given.", timestamp),
  column(dwc, "day", "Day of the month.", integer),
  column(dwc, "month", "Month, 1 to 12.", integer),
  column(dwc, "year", "Year.", integer),
  column(gbif, "taxonKey", "GBIF's key of the taxon."),
  column(gbif, "speciesKey", "GBIF's key of the species that the taxon is or belongs to."),
  column(dwc, "basisOfRecord", "Kind of evidence, for example HUMAN_OBSERVATION."),
  column(dwc, "institutionCode", "Institution that holds the record."),
  column(dwc, "collectionCode", "Collection that holds the record."),
  column(dwc, "catalogNumber", "Number within the collection."),
  column(dwc, "recordNumber", "Number given in the field."),
  column(dwc, "identifiedBy", "Who identified it.", list),
  column(dwc, "dateIdentified", "When it was identified.", timestamp),
  column(dcterms, "license", "Licence of the record, for example CC_BY_4_0.", { aliases: ["licence"] }),
  column(dcterms, "rightsHolder", "Who holds the rights."),
  column(dwc, "recordedBy", "Who recorded it.", list),
  column(dwc, "typeStatus", "Kinds of nomenclatural type.", list),
  column(dwc, "establishmentMeans", "How the organism came to be there."),
  column(gbif, "lastInterpreted", "When GBIF last interpreted the record.", timestamp),
  column(gbif, "mediaType", "Kinds of media.", list),
  column(gbif, "issue", "Issues that GBIF found.", list),
  // Not in the snapshot; in GBIF's downloads.
  column(gbif, "acceptedTaxonKey", "GBIF's key of the accepted taxon."),
  column(dwc, "geodeticDatum", "Datum of the coordinates."),
  column(gbif, "acceptedScientificName", "Name of the accepted taxon with its authorship."),
  column(dwc, "taxonomicStatus", "Status of the name, for example ACCEPTED."),
  column(gbif, "kingdomKey", "GBIF's key of the kingdom."),
  column(gbif, "phylumKey", "GBIF's key of the phylum."),
  column(gbif, "classKey", "GBIF's key of the class."),
  column(gbif, "orderKey", "GBIF's key of the order."),
  column(gbif, "familyKey", "GBIF's key of the family."),
  column(gbif, "genusKey", "GBIF's key of the genus."),
  column(dwc, "vernacularName", "Common name."),
  column(dwc, "continent", "Continent."),
  column(dwc, "waterBody", "Water body."),
  column(dwc, "island", "Island."),
  column(dwc, "county", "County or other second division, as published."),
  column(dwc, "municipality", "Municipality, as published."),
  column(dwc, "habitat", "Habitat."),
  column(dwc, "sex", "Sex."),
  column(dwc, "lifeStage", "Life stage."),
  column(dwc, "organismQuantity", "Quantity, in the unit of organismquantitytype."),
  column(dwc, "organismQuantityType", "Unit of the quantity."),
  column(dwc, "degreeOfEstablishment", "How far the organism is established there."),
  column(dwc, "pathway", "How the organism was brought there."),
  column(dwc, "eventID", "The publisher's identifier of the event."),
  column(dwc, "samplingProtocol", "How it was sampled."),
  column(dwc, "occurrenceRemarks", "Remarks."),
  column(dwc, "datasetName", "Name of the dataset."),
  column(dwc, "collectionID", "Identifier of the collection."),
  column(gbif, "publishingCountry", "ISO 3166-1 code of the publisher's country."),
  column(gbif, "distanceFromCentroidInMeters", "Distance to the nearest known centroid, in metres.", double),
  column("http://iucn.org/terms/", "iucnRedListCategory", "IUCN Red List category."),
];

/**
 * The columns of the input that a run keeps unless others are chosen, in the order of the output.
 *
 * @example
 * ```ts
 * import { DEFAULT_COLUMNS } from "bisonflow/occurrence";
 * console.log(DEFAULT_COLUMNS.length, DEFAULT_COLUMNS[0]); // 27 gbifid
 * ```
 */
export const DEFAULT_COLUMNS: readonly string[] = [
  "gbifid",
  "datasetkey",
  "occurrenceid",
  "kingdom",
  "class",
  "family",
  "species",
  "scientificname",
  "taxonrank",
  "taxonkey",
  "acceptedtaxonkey",
  "specieskey",
  "countrycode",
  "stateprovince",
  "locality",
  "decimallatitude",
  "decimallongitude",
  "coordinateuncertaintyinmeters",
  "eventdate",
  "year",
  "month",
  "day",
  "basisofrecord",
  "occurrencestatus",
  "institutioncode",
  "license",
  "issue",
];

const byName = new Map(OCCURRENCE_COLUMNS.map((item) => [item.name, item]));

/** The column of a name in lower case, or undefined. */
export function columnNamed(name: string): OccurrenceColumn | undefined {
  return byName.get(name);
}

/** Whether a column holds keys of taxa, by which records are matched and counted. */
export function isTaxonKey(name: string): boolean {
  return /^(taxon|acceptedtaxon|species|genus|family|order|class|phylum|kingdom)key$/.test(name);
}
