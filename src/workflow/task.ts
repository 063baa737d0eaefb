import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, openEngine } from "../engine/index.ts";
import type { CompiledLayer } from "../region/index.ts";
import type { Store, StoreTraffic } from "../store/index.ts";
import { bug, TaskFailure } from "../trouble/index.ts";
import type { Services } from "./compose.ts";
import { machineShare } from "./machine-share.ts";
import { type Plan, stageOf, type Task } from "./plan.ts";
import { prefetchRecords } from "./record-want.ts";
import { Staging } from "./staging.ts";
import type { TaskContext, TaskOutcome } from "./task-context.ts";
import { noTraffic, trafficSince } from "./traffic.ts";
import { WorkFolder } from "./work-folder.ts";

const compiled = new Map<string, CompiledLayer>();
/** What each store had moved when the last task of this process was published. */
const counted = new WeakMap<Store, StoreTraffic>();

/**
 * Does one task of a plan and publishes its output; the same on a laptop, a cluster's node and in a container.
 * A task that is done already is left as it is.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { compose, makePlan, runSpec, runTask } from "bisonflow/workflow";
 * const folder = mkdtempSync("/tmp/bisonflow-example-");
 * const record = "1,US,40.5,-88.9,SPECIES,HUMAN_OBSERVATION,2435099,2435099,Puma concolor";
 * const header = "gbifID,countryCode,decimalLatitude,decimalLongitude,taxonRank,basisOfRecord,taxonKey,speciesKey,species";
 * writeFileSync(`${folder}/records.csv`, `${header}\n${record}\n`);
 * const config = runSpec.parse({ occurrences: [`${folder}/records.csv`], out: `${folder}/out`, catalog: false });
 * const services = compose();
 * const plan = await makePlan(config, { store: services.store, cacheFolder: "/tmp/bisonflow-example-cache" });
 * const done = await runTask({ plan, stage: "prepare", index: 0, services });
 * console.log(done.rows, done.skipped); // 3231 false
 * ```
 */
export async function runTask(options: {
  plan: Plan;
  stage: string;
  index: number;
  services: Services;
  /**
   * Index of the task that this process does after this one, as far as it is known when this one's records are at
   * hand: its records are fetched meanwhile.
   */
  next?: () => number | undefined;
  onProgress?: (rows: number, totalRows: number) => void;
  signal?: AbortSignal;
}): Promise<{ rows: number; seconds: number; skipped: boolean }> {
  const { plan, stage, services } = options;
  const task =
    stageOf(plan, stage).tasks[options.index] ?? bug(`stage ${stage} has no task ${options.index}`);
  const done = await new WorkFolder(services.store, workRoot(plan)).result(stage, task.key);
  if (done !== undefined) return { rows: done.rows, seconds: 0, skipped: true };

  // Of annotate's tasks alone: what comes after has other uses for the memory.
  if (stage !== "annotate") compiled.clear();
  const started = performance.now();
  const cpu = process.cpuUsage();
  const traffic = (): StoreTraffic => services.store.traffic?.() ?? noTraffic;
  // Since the task before: what was fetched ahead comes between two tasks, too.
  const before = counted.get(services.store) ?? traffic();
  const scratchRoot = services.scratchRoot(plan);
  await mkdir(scratchRoot, { recursive: true });
  const folder = await mkdtemp(join(scratchRoot, `${stage}-${options.index}-`));
  const scratch = join(folder, "out");
  const temporary = join(folder, "temporary");
  await mkdir(scratch);
  await mkdir(temporary);
  const staging = new Staging(services.store, join(temporary, "staged"));
  const work = new WorkFolder(services.store, workRoot(plan), staging);
  const engines: Engine[] = [];
  const signal = options.signal ?? new AbortController().signal;
  const stop = (): void => {
    for (const engine of engines) engine.interrupt();
  };
  signal.addEventListener("abort", stop, { once: true });
  const machine = machineShare(plan.config, stageOf(plan, stage).name);
  const context: TaskContext = {
    plan,
    task,
    work,
    store: services.store,
    staging,
    onStaged: () => {
      const next = options.next?.();
      const following = next === undefined ? undefined : stageOf(plan, stage).tasks[next];
      if (following !== undefined) prefetchRecords(plan, following, services.store);
    },
    scratch,
    temporary,
    cacheFolder: services.cacheFolder(plan),
    openEngine: async (share = "worker") => {
      // A task that has the machine to itself gets half: more makes counting no faster, and the peak of a run
      // grows with it. A session is of one task: one that stays keeps a third more memory, for 3 % less time.
      const engine = await openEngine({
        threads: share === "all" ? machine.processors : 1,
        memoryLimitMiB: Math.floor(plan.config.memoryMiB / (share === "all" ? 2 : machine.tasks)),
        tempDirectory: join(temporary, "spill"),
        // Regions and register are small and looked up from the records, however few those are: the same
        // records give the same part.
        joinsAsWritten: stage === "annotate",
      });
      engines.push(engine);
      return engine;
    },
    compiledLayer: (name) => loadCompiled(plan, work, name),
    onProgress: options.onProgress ?? (() => undefined),
    signal,
  };
  try {
    const outcome = await doWork(context, task);
    signal.throwIfAborted();
    const used = process.cpuUsage(cpu);
    const seconds = (performance.now() - started) / 1000;
    await work.publish({
      stage,
      key: task.key,
      scratch,
      ...outcome,
      seconds,
      cpuSeconds: (used.user + used.system) / 1e6,
      peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      traffic: () => {
        const now = traffic();
        counted.set(services.store, now);
        return trafficSince(before, now);
      },
    });
    return { rows: outcome.rows, seconds, skipped: false };
  } finally {
    signal.removeEventListener("abort", stop);
    for (const engine of engines) engine.close();
    await staging.release();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where a run keeps the outputs of its tasks. */
export function workRoot(plan: Pick<Plan, "out">): string {
  return `${plan.out}/.bisonflow`;
}

/** The code of each stage, loaded when a task needs it: a worker starts twice as fast. */
const stageCode = {
  prepare: () => import("./stages/prepare.ts"),
  acquire: () => import("./stages/acquire.ts"),
  resolve: () => import("./stages/resolve.ts"),
  annotate: () => import("./stages/annotate.ts"),
  count: () => import("./stages/count.ts"),
  publish: () => import("./stages/publish.ts"),
} as const;

/** Loads the code of annotate, and with it DuckDB's, before a task is known. */
export async function loadAnnotate(): Promise<void> {
  await stageCode.annotate();
}

async function doWork(context: TaskContext, task: Task): Promise<TaskOutcome> {
  const { work } = task;
  switch (work.do) {
    case "prepare-layer":
      return (await stageCode.prepare()).prepareLayer(context, work.layer);
    case "acquire":
      return (await stageCode.acquire()).acquire(context, work);
    case "resolve":
      return (await stageCode.resolve()).resolve(context, work.sources);
    case "annotate":
      return (await stageCode.annotate()).annotate(context, work.sources);
    case "count":
      return (await stageCode.count()).count(context);
    case "publish":
      return (await stageCode.publish()).publish(context);
  }
}

async function loadCompiled(plan: Plan, work: WorkFolder, name: string): Promise<CompiledLayer> {
  const task =
    stageOf(plan, "prepare").tasks.find(
      ({ work: todo }) => todo.do === "prepare-layer" && todo.layer === name,
    ) ?? bug(`no task prepares the layer ${name}`);
  const known = compiled.get(task.key);
  if (known !== undefined) return known;
  const { decodeLayer } = await import("../region/index.ts");
  const layer = decodeLayer(await work.read("prepare", task.key, "layer.bin"));
  if (layer === undefined) {
    throw new TaskFailure({
      message: `The compiled layer ${name} is damaged.`,
      retry: false,
      hint: "Run again with --from prepare.",
    });
  }
  compiled.set(task.key, layer);
  return layer;
}
