import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Catalog } from "../catalog/index.ts";
import { type Executor, localExecutor } from "../executor/index.ts";
import { localStore, removeLeftovers, type Store } from "../store/index.ts";
import type { Plan } from "./plan.ts";

/** The implementations that a run stands on. */
export interface Services {
  readonly store: Store;
  readonly executor: Executor;
  /** Where a task writes before it publishes; on the same file system as a local result, so that publishing is a rename. */
  scratchRoot(plan: Plan): string;
  /** Compiled layers and stored answers of services. */
  cacheFolder(plan: Plan): string;
  /** The catalog in which a plan's result is registered; undefined when none is wanted. */
  catalog(plan: Plan): Promise<Catalog | undefined>;
  /** Removes what killed writers left half written under a plan's result. */
  clearLeftovers(plan: Plan): Promise<void>;
  readonly workers: number;
}

const commandLine = fileURLToPath(new URL("../cli/main.js", import.meta.url));

/** What `compose` takes from outside; the command line reads them from the environment. */
export interface ComposeOptions {
  /** Folder of compiled layers and answers; the user's cache folder when absent. */
  readonly cacheFolder?: string | undefined;
  /** Folder of the catalog; the user's own when absent. */
  readonly catalogFolder?: string | undefined;
  /** The command that runs bisonflow, for worker processes. */
  readonly command?: readonly string[];
}

/**
 * The one place that picks implementations. Today: this machine.
 *
 * @example
 * ```ts
 * import { compose } from "bisonflow/workflow";
 * console.log(compose().executor.name); // local
 * ```
 */
export function compose(options: ComposeOptions = {}): Services {
  const command = options.command ?? [process.execPath, commandLine];
  return {
    store: localStore(),
    executor: localExecutor({ command }),
    scratchRoot: (plan) => join(plan.out, ".bisonflow", "scratch"),
    cacheFolder: (plan) => plan.config.cacheFolder ?? options.cacheFolder ?? defaultCacheFolder(),
    catalog: async ({ config }) => {
      if (config.catalog === false) return undefined;
      const { defaultCatalogFolder, localCatalog } = await import("../catalog/index.ts");
      return localCatalog(config.catalog ?? options.catalogFolder ?? defaultCatalogFolder());
    },
    clearLeftovers: async (plan) => {
      await removeLeftovers(plan.out);
    },
    workers: availableParallelism(),
  };
}

/**
 * The folder of compiled layers and stored answers when nobody names one.
 *
 * @example
 * ```ts
 * import { defaultCacheFolder } from "bisonflow/workflow";
 * console.log(defaultCacheFolder().endsWith("bisonflow")); // true
 * ```
 */
export function defaultCacheFolder(): string {
  return join(homedir(), ".cache", "bisonflow");
}
