/** How many occurrences carry one licence. */
export interface LicenceFact {
  readonly licence: string;
  readonly occ_count: number;
}

/** Where the records come from. */
export interface SourceFacts {
  readonly description: string;
  /** Day of the snapshot, ISO 8601. */
  readonly snapshotDate?: string | undefined;
  readonly doi?: string | undefined;
  readonly citation?: string | undefined;
  readonly licences: readonly LicenceFact[];
  /** Null where no record says under which licence it is. */
  readonly strictestLicence: string | null;
  readonly inputs: readonly {
    readonly path: string;
    readonly kind: string;
    readonly rows: number;
    readonly bytes: number;
  }[];
}

/** The register and how its rows were resolved to taxa. */
export interface RegisterFacts {
  readonly name: string;
  readonly format: string;
  readonly citation?: string | undefined;
  readonly rows: number;
  readonly resolved: number;
  readonly unresolved: number;
}

/** A layer of regions, and how the kept records were placed in it (adds up to the kept records). */
export interface LayerFacts {
  readonly name: string;
  readonly title: string;
  readonly regions: number;
  readonly overlap: "one" | "all";
  readonly snapMeters: number;
  readonly vintage?: string | undefined;
  readonly source: string;
  /** Name of the finer layer whose fields hold this one, for example county for state. */
  readonly coarserOf?: string | undefined;
  readonly placement: readonly { readonly how: string; readonly occ_count: number }[];
}

/** A count under a name, with a sentence that says what is counted. */
export interface NamedCount {
  readonly occ_count: number;
  readonly description: string;
}

/** What the report says of a run beyond its tables: plain data, taken from the run's manifest. */
export interface RunFacts {
  readonly title: string;
  /** The records are invented: the report says so where nobody can miss it. */
  readonly synthetic: boolean;
  /** ISO 8601. */
  readonly generatedAt: string;
  readonly version: string;
  readonly source: SourceFacts;
  readonly register?: RegisterFacts | undefined;
  /** read = kept + the sum of dropped. */
  readonly records: {
    readonly read: number;
    readonly kept: number;
    readonly dropped: readonly ({ readonly rule: string } & NamedCount)[];
  };
  readonly flags: readonly ({ readonly name: string } & NamedCount)[];
  readonly layers: readonly LayerFacts[];
  readonly stages: readonly { readonly name: string; readonly seconds: number; readonly tasks: number }[];
  readonly profile: string;
  /** How register names found taxa: keys, names or service. */
  readonly resolve: string;
  /** Occurrences that a cell of the presence-absence matrix needs. */
  readonly minOccurrences: number;
  readonly years?: readonly { readonly year: number; readonly occ_count: number }[] | undefined;
  readonly warnings: readonly string[];
}
