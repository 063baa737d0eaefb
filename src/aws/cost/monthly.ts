import { type CostLine, line } from "./line.ts";
import { HOURS_A_MONTH, type Prices } from "./prices.ts";

/** What of a stack costs by standing there. */
export interface StandingParts {
  readonly database?: { readonly storageGiB: number };
  /** Of the container image; 0 when it lies elsewhere. */
  readonly imageGB: number;
  /** What is kept in the bucket. */
  readonly storedGB: number;
}

/**
 * What a stack costs a month while nothing runs. Everything else in it (network, endpoint, queue, roles, catalog,
 * state machine, schedule, topic, first two budgets) costs nothing by standing there.
 */
export function monthlyCost(parts: StandingParts, prices: Prices): CostLine[] {
  const { database, imageGB, storedGB } = parts;
  return [
    ...(database === undefined
      ? []
      : [
          line("database machine", HOURS_A_MONTH, { unit: "h", price: prices.databaseHour }),
          line("database disk", database.storageGiB, { unit: "GiB", price: prices.databaseGiBMonth }),
          line("database password in Secrets Manager", 1, { unit: "secret", price: prices.secretMonth }),
        ]),
    line("container image", imageGB, { unit: "GB", price: prices.imageGBMonth }),
    line("results in the bucket", storedGB, { unit: "GB", price: prices.s3GBMonth }),
  ].filter(({ amount }) => amount > 0);
}
