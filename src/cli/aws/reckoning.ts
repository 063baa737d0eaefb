import type { Prices } from "../../aws/cost/index.ts";
import type { AwsAccess } from "../../aws/index.ts";
import type { RunOptions } from "../run-options.ts";

/** What `bisonflow aws cost` is asked. */
export interface CostOptions extends RunOptions {
  plan?: string;
  of?: string;
  execution?: string;
  prices?: string;
  price?: Record<string, number>;
  onDemand?: boolean;
  instanceTypes?: string[];
  maxVcpus?: number;
  scratch?: number;
  throughNat?: boolean;
  region?: string;
  ask?: boolean;
  json?: boolean;
}

/** What both ways of reckoning need. */
export interface Reckoning {
  readonly options: CostOptions;
  readonly prices: Prices;
  /** Undefined when AWS is not to be asked. */
  readonly access: AwsAccess | undefined;
  /** The stack's parameters, with what options say instead. */
  readonly values: Readonly<Record<string, string>>;
}
