import { compose, type Services } from "../workflow/compose.ts";
import { awsAccessHere } from "./aws-access.ts";

/**
 * The services of this machine, with what the environment says. */
export function servicesHere(): Services {
  return compose({ cacheFolder: cacheFromEnvironment(), awsAccess: awsAccessHere });
}

/** Where compiled layers go when the command line does not say: BISONFLOW_CACHE, else the user's own. */
export function cacheFromEnvironment(): string | undefined {
  return process.env.BISONFLOW_CACHE;
}

/** Where the catalog is when the command line does not say: BISONFLOW_CATALOG, else the user's own. */
export function catalogFromEnvironment(): string | undefined {
  return process.env.BISONFLOW_CATALOG;
}
