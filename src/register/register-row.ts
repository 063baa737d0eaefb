/** What a register says of a taxon at a place. */
export type Degree = "introduced" | "invasive";

/** The registers that are read: US-RIIS version 1 (2021), version 2 (2022), and GRIIS. */
export type RegisterFormat = "us-riis-v1" | "us-riis-v2" | "griis";

/** One taxon at one place, as a register lists it. */
export interface RegisterRow {
  /** The register's own id of the row; `line-N` where it has none. */
  readonly rowId: string;
  /**
   * `AK`, `HI` or `L48` of US-RIIS; an ISO 3166-1 country code, else the register's location id, of GRIIS. Another
   * place stays as the register writes it, and no record is there; null where the row says none.
   */
  readonly place: string | null;
  /** As the register writes it, white space tidied; GRIIS writes the author with it. */
  readonly scientificName: string;
  readonly authorship: string | null;
  readonly kingdom: string | null;
  readonly rank: string | null;
  /** The GBIF taxon key that the register gives, as text. */
  readonly givenKey: string | null;
  /** What the register writes, where that is not the key itself: `3120284.0`, a page's address, or what no key could be read from. */
  readonly givenText?: string;
  readonly degree: Degree;
  /** The register's own words for the degree. */
  readonly degreeOfEstablishment: string | null;
  readonly establishmentMeans: string | null;
  /** Line of the file on which the row begins, the header being 1. */
  readonly line: number;
}
