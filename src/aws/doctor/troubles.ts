import type { Trouble, TroubleCode } from "./trouble.ts";
import { batchTroubles } from "./troubles/batch.ts";
import { catalogTroubles } from "./troubles/catalog.ts";
import { databaseTroubles } from "./troubles/database.ts";
import { identityTroubles } from "./troubles/identity.ts";
import { networkTroubles } from "./troubles/network.ts";

const table = {
  ...networkTroubles,
  ...databaseTroubles,
  ...identityTroubles,
  ...catalogTroubles,
  ...batchTroubles,
} as const satisfies Record<TroubleCode, Trouble>;

/** Ways to mend a trouble, by name. */
export type MendName<C extends TroubleCode> = keyof (typeof table)[C]["mends"] & string;

/**
 * What is known of the errors that people meet on AWS, a row a code. The checks, `doctor explain` and
 * docs/guide/troubleshooting.md all read this table.
 */
export const troubles: Readonly<Record<TroubleCode, Trouble>> = table;
