import { type ComposeOptions, compose, type Services } from "../workflow/compose.ts";
import { awsAccessHere } from "./aws-access.ts";

/** The services of this machine, with what the environment says; `tasks` says where tasks run, when not here. */
export function servicesHere(tasks?: ComposeOptions["tasks"]): Services {
  return compose({
    cacheFolder: cacheFromEnvironment(),
    awsAccess: awsAccessHere,
    ...(tasks === undefined ? {} : { tasks }),
  });
}

/** Where compiled layers go when the command line does not say: BISONFLOW_CACHE, else the user's own. */
export function cacheFromEnvironment(): string | undefined {
  return process.env.BISONFLOW_CACHE;
}

/** Where the catalog is when the command line does not say: BISONFLOW_CATALOG, else the user's own. */
export function catalogFromEnvironment(): string | undefined {
  return process.env.BISONFLOW_CATALOG;
}
