import { availableParallelism, homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AccessSpec, AwsAccess } from "../aws/client/index.ts";
import type { Catalog } from "../catalog/index.ts";
import { type Executor, lateExecutor, localExecutor, slurmExecutor } from "../executor/index.ts";
import { isRemote, localStore, removeLeftovers, routingStore, type Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import { identityOf } from "./identity.ts";
import { takeLock } from "./lock.ts";
import type { Plan } from "./plan.ts";
import type { RunConfig } from "./spec.ts";
import { type StageName, stageNames } from "./stage-names.ts";

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
  /** Takes a place for one run at a time; resolves to how to give it back. */
  lock(uri: string): Promise<() => Promise<void>>;
  /** Where the records of a named snapshot are, for inputs written `gbif:latest` or `gbif:2026-11-01`. */
  findSnapshot(name: string): Promise<string>;
  readonly workers: number;
}

/** What Node and the compiled layers of a task take besides DuckDB's memory, in MiB. */
const besidesDuckdbMiB = 1024;
/** Tasks at one time in a queue, where nobody says. */
const queueWorkers = 100;

const commandLine = fileURLToPath(new URL("../cli/main.js", import.meta.url));

/** What `compose` takes from outside; the command line reads them from the environment. */
export interface ComposeOptions {
  /** Folder of compiled layers and answers; the user's cache folder when absent. */
  readonly cacheFolder?: string | undefined;
  /** Folder of the catalog; the user's own when absent. */
  readonly catalogFolder?: string | undefined;
  /** The account for what is in AWS; by AWS's own files and variables when absent. Called when it is needed. */
  readonly awsAccess?: ((spec: Pick<AccessSpec, "region">) => Promise<AwsAccess>) | undefined;
  /** The command that runs bisonflow, for worker processes. */
  readonly command?: readonly string[];
  /** Where tasks run, and what they ask for there; in workers of this machine when absent. */
  readonly tasks?: Pick<RunConfig, "on" | "slurm" | "aws" | "memoryMiB">;
}

/**
 * The one place that picks implementations: of the store by each uri's scheme, `s3://` from AWS, whose code is
 * loaded when it is needed.
 *
 * @example
 * ```ts
 * import { compose } from "bisonflow/workflow";
 * console.log(compose().executor.name); // local
 * ```
 */
export function compose(options: ComposeOptions = {}): Services {
  const command = options.command ?? [process.execPath, commandLine];
  // Of this user alone: others of the machine have theirs.
  const temporary = join(tmpdir(), `bisonflow-${process.getuid?.() ?? "files"}`);
  const s3 = openS3(options.awsAccess, join(temporary, "staged"));
  const store = routingStore(localStore(), { s3: s3.store });
  return {
    store,
    executor: executorFor(options, { command, store }),
    scratchRoot: (plan) =>
      isRemote(plan.out)
        ? join(temporary, identityOf(plan.out), "scratch")
        : join(plan.out, ".bisonflow", "scratch"),
    cacheFolder: (plan) => plan.config.cacheFolder ?? options.cacheFolder ?? defaultCacheFolder(),
    catalog: async ({ config }) => {
      if (config.catalog === false) return undefined;
      const name = config.catalog ?? (isRemote(config.out) ? remoteCatalog(config) : options.catalogFolder);
      if (name === false) return undefined;
      if (name === "glue") return glueCatalogFor(options.awsAccess, config);
      const { defaultCatalogFolder, localCatalog } = await import("../catalog/index.ts");
      return localCatalog(name === undefined || name === "local" ? defaultCatalogFolder() : name);
    },
    clearLeftovers: async (plan) => {
      if (isRemote(plan.out)) await s3.abortUploads(plan.out);
      else await removeLeftovers(plan.out);
      await removeLeftovers(join(temporary, "staged"));
    },
    lock: async (uri) => {
      if (isRemote(uri)) return s3.lock(uri);
      const giveBack = takeLock(uri);
      return async () => giveBack();
    },
    findSnapshot: s3.findSnapshot,
    workers: (options.tasks?.on ?? "local") === "local" ? availableParallelism() : queueWorkers,
  };
}

function executorFor(
  { tasks, awsAccess }: ComposeOptions,
  here: { readonly command: readonly string[]; readonly store: Store },
): Executor {
  const { command, store } = here;
  if (tasks?.on === "aws") return lateExecutor("aws", () => openBatch(tasks, { awsAccess, store }));
  if (tasks?.on === "slurm") {
    return slurmExecutor({ command, ...tasks.slurm, memoryMiB: tasks.memoryMiB + besidesDuckdbMiB });
  }
  return localExecutor({ command });
}

/** Jobs of AWS Batch; says what is missing there before anything is submitted. */
async function openBatch(
  tasks: NonNullable<ComposeOptions["tasks"]>,
  from: Pick<ComposeOptions, "awsAccess"> & { readonly store: Store },
): Promise<Executor> {
  const { batchExecutor, findTarget } = await import("../aws/batch/index.ts");
  const open = from.awsAccess ?? (await import("../aws/client/index.ts")).openAccess;
  const { aws, memoryMiB } = tasks;
  const access = await open({ region: aws.region });
  return batchExecutor({
    access,
    store: from.store,
    target: await findTarget(aws, access),
    stages: stageNames,
    leastMemoryMiB: memoryMiB + besidesDuckdbMiB / 2,
    limits: (stage) => {
      const own = aws.stages[stage as StageName];
      return {
        vcpus: own?.vcpus ?? aws.vcpus,
        memoryMiB: own?.memoryMiB ?? aws.memoryMiB,
        attempts: aws.attempts,
        timeoutSeconds: Math.round(aws.timeoutMinutes * 60),
      };
    },
  });
}

/** What is in S3, its code loaded and the account looked up when something is asked of it. */
function openS3(access: ComposeOptions["awsAccess"], stagingFolder: string) {
  const open = async () => {
    const room = await import("../aws/s3/index.ts");
    return { room, account: await accountFor(access) };
  };
  return {
    store: async () => {
      const { room, account } = await open();
      return room.s3Store(account, { stagingFolder });
    },
    lock: async (uri: string) => {
      const { room, account } = await open();
      return room.takeS3Lock(account, uri);
    },
    abortUploads: async (prefix: string) => {
      const { room, account } = await open();
      await room.abortUploads(account, prefix);
    },
    findSnapshot: async (name: string) => {
      const { room, account } = await open();
      return (await room.findSnapshot(account, name)).uri;
    },
  };
}

/** A run in AWS is for Athena; one here that only writes to S3 asks nothing of the account that nobody asked for. */
function remoteCatalog({ on }: Plan["config"]): "glue" | false {
  return on === "aws" ? "glue" : false;
}

async function glueCatalogFor(
  given: ComposeOptions["awsAccess"],
  { out, aws }: Plan["config"],
): Promise<Catalog> {
  if (!isRemote(out)) {
    throw new UserError({
      code: "catalog-needs-s3",
      message: `${out}: a result on this machine was to be registered in the Glue Data Catalog; one on S3 was expected.`,
      hint: "Athena reads S3 alone: write the result there (--out s3://bucket/folder), or register it with --catalog local.",
    });
  }
  const access = given ?? (await import("../aws/client/index.ts")).openAccess;
  return (await import("../aws/glue/index.ts")).glueCatalog(await access({ region: aws.region }));
}

async function accountFor(given: ComposeOptions["awsAccess"]): Promise<AwsAccess> {
  const access = given ?? (await import("../aws/client/index.ts")).openAccess;
  try {
    return await access({});
  } catch (error) {
    // S3 says itself in which region a bucket is, and GBIF's needs none.
    if (error instanceof UserError && error.code === "aws-region-missing")
      return access({ region: "us-east-1" });
    throw error;
  }
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
