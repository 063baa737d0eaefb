import { cumulate } from "./random.ts";

/** An invented dataset: records of one have a licence, a way of observing and habits of filling in fields. */
export interface Dataset {
  readonly key: string;
  readonly share: number;
  readonly licence: string;
  readonly basis: string;
  readonly code: string;
  /** Whether it gives acceptedTaxonKey; older exports did not. */
  readonly acceptedKeys: boolean;
  /** Typical coordinate uncertainty, metres; null where it never says. */
  readonly uncertaintyMeters: number | null;
  /** What it writes for occurrenceStatus. */
  readonly status: string;
}

/** Keys that no generator of random UUIDs makes. */
const key = (number: number): string => `00000000-0000-0000-0000-00000000000${number}`;

export const datasets: readonly Dataset[] = [
  {
    key: key(1),
    share: 46,
    licence: "CC_BY_NC_4_0",
    basis: "HUMAN_OBSERVATION",
    code: "SYNTHETIC-WALKS",
    acceptedKeys: true,
    uncertaintyMeters: 60,
    status: "PRESENT",
  },
  {
    key: key(2),
    share: 27,
    licence: "CC_BY_4_0",
    basis: "HUMAN_OBSERVATION",
    code: "SYNTHETIC-CHECKLISTS",
    acceptedKeys: true,
    uncertaintyMeters: null,
    status: "PRESENT",
  },
  {
    key: key(3),
    share: 13,
    licence: "CC0_1_0",
    basis: "PRESERVED_SPECIMEN",
    code: "SYNTHETIC-MUSEUM",
    acceptedKeys: true,
    uncertaintyMeters: 3000,
    status: "PRESENT",
  },
  {
    key: key(4),
    share: 9,
    licence: "CC0_1_0",
    basis: "OBSERVATION",
    code: "SYNTHETIC-SURVEY",
    acceptedKeys: false,
    uncertaintyMeters: 500,
    status: "present",
  },
  {
    key: key(5),
    share: 5,
    licence: "CC_BY_4_0",
    basis: "OCCURRENCE",
    code: "SYNTHETIC-LISTS",
    acceptedKeys: false,
    uncertaintyMeters: 20_000,
    status: "",
  },
];

export const datasetShares: Float64Array = cumulate(datasets.map(({ share }) => share));
