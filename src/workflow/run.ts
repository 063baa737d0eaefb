import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { type Catalog, crawl } from "../catalog/index.ts";
import type { StageJob, TaskEvent } from "../executor/index.ts";
import { isRemote, type Store, type StoreTraffic } from "../store/index.ts";
import { ExitCode, TaskFailure, UserError } from "../trouble/index.ts";
import type { Services } from "./compose.ts";
import type { EventSink } from "./events.ts";
import { inBatches } from "./in-batches.ts";
import { install } from "./install.ts";
import { type Manifest, manifestSchema } from "./manifest.ts";
import type { Plan, Stage, StageName } from "./plan.ts";
import { refuseForeignFolder } from "./refuse-out.ts";
import { refuseTooEarly } from "./refuse-too-early.ts";
import { isChosen, type RunChoice, runsAgain } from "./run-choice.ts";
import { workRoot } from "./task.ts";
import { totalTraffic } from "./traffic.ts";
import { WorkFolder } from "./work-folder.ts";

/**
 * Runs a plan: stage after stage, the tasks that have no output yet. Returns the manifest of the result, or
 * undefined when only one stage was asked for.
 *
 * Throws TaskFailure when a task fails, UserError on interruption; either way the next run goes on from here.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { compose, makePlan, runPlan, runSpec } from "bisonflow/workflow";
 * const folder = mkdtempSync("/tmp/bisonflow-example-");
 * const record = "1,US,40.5,-88.9,SPECIES,HUMAN_OBSERVATION,2435099,2435099,Puma concolor";
 * const header = "gbifID,countryCode,decimalLatitude,decimalLongitude,taxonRank,basisOfRecord,taxonKey,speciesKey,species";
 * writeFileSync(`${folder}/records.csv`, `${header}\n${record}\n`);
 * const config = runSpec.parse({ occurrences: [`${folder}/records.csv`], out: `${folder}/out`, catalog: false });
 * const services = compose();
 * const plan = await makePlan(config, { store: services.store, cacheFolder: "/tmp/bisonflow-example-cache" });
 * const manifest = await runPlan(plan, { services, onEvent: () => undefined });
 * console.log(manifest?.records.read, manifest?.records.kept); // 1 1
 * ```
 */
export async function runPlan(
  plan: Plan,
  options: { services: Services; onEvent: EventSink; signal?: AbortSignal; choice?: RunChoice },
): Promise<Manifest | undefined> {
  const { services, onEvent } = options;
  const choice = options.choice ?? {};
  const signal = options.signal ?? new AbortController().signal;
  const started = performance.now();
  const work = new WorkFolder(services.store, workRoot(plan));
  const isWhole = choice.only === undefined || choice.only === "publish";
  // Asked before anything is done: hours later is too late to hear that the catalog cannot be had.
  const catalog = isWhole ? await services.catalog(plan) : undefined;
  await catalog?.getDatabase(databaseName(plan.out));
  const giveBack = await services.lock(`${workRoot(plan)}/lock`);
  let failed = false;
  try {
    const planUri = `${workRoot(plan)}/plan.json`;
    await refuseForeignFolder(plan.out, services.store);
    const again = choice.force === true || choice.from !== undefined;
    const goingOn = await services.executor.takeOver?.({ planUri, planKey: plan.key, again });
    if (goingOn !== true) {
      // What killed tasks left; nothing else writes here while the lock is held.
      await rm(services.scratchRoot(plan), { recursive: true, force: true });
      await services.clearLeftovers(plan);
    }
    await services.store.publishBytes(Buffer.from(JSON.stringify(plan)), planUri);
    await forget(plan, work, services, choice);
    const toDo = await openTasks(plan, work);
    if (choice.only !== undefined) refuseTooEarly(plan, toDo, choice.only);
    const total = plan.stages.reduce((sum, { tasks }) => sum + tasks.length, 0);
    const open = [...toDo.values()].reduce((sum, indexes) => sum + indexes.length, 0);
    const workers = plan.config.workers ?? services.workers;
    onEvent({
      type: "run-started",
      version: plan.version,
      plan: plan.key,
      out: plan.out,
      tasks: total,
      done: total - open,
      workers,
    });
    const stages = plan.stages.filter(({ name }) => isChosen(choice, name));
    const jobOf = ({ name, tasks }: Stage): StageJob => ({
      planUri,
      planKey: plan.key,
      stage: name,
      indexes: toDo.get(name) ?? [],
      workers,
      isDone: async (index) => (await work.result(name, tasks[index]?.key ?? "")) !== undefined,
    });
    await services.executor.announce?.(stages.map(jobOf).filter(({ indexes }) => indexes.length > 0));
    for (const stage of stages) {
      await runStage({ stage, job: jobOf(stage), services, onEvent, signal });
    }
    if (choice.only !== undefined && choice.only !== "publish") return undefined;
    await install(plan, services.store);
    if (catalog !== undefined) await registerResult(plan, { store: services.store, catalog });
    await work.prune(
      new Set(plan.stages.flatMap(({ name, tasks }) => tasks.map(({ key }) => `${name}-${key}`))),
    );
    await rm(services.scratchRoot(plan), { recursive: true, force: true });
    const manifest = manifestSchema.parse(
      JSON.parse(Buffer.from(await services.store.read(`${plan.out}/manifest.json`)).toString("utf8")),
    );
    onEvent({
      type: "run-finished",
      seconds: (performance.now() - started) / 1000,
      read: manifest.records.read,
      kept: manifest.records.kept,
      report: `${plan.out}/report.html`,
      ...(await trafficOf(plan, { work, toDo, services })),
    });
    return manifest;
  } catch (error) {
    failed = true;
    if (signal.aborted) {
      const left = await openTasks(plan, work);
      const tasks = plan.stages.reduce((sum, stage) => sum + stage.tasks.length, 0);
      const done = tasks - [...left.values()].reduce((sum, indexes) => sum + indexes.length, 0);
      onEvent({ type: "run-interrupted", done, tasks });
      // What kept the tasks from being stopped matters more than that they were asked to.
      if (error instanceof UserError) throw error;
      throw new UserError({
        code: "interrupted",
        message: `Interrupted: ${done} of ${tasks} tasks are done and kept.`,
        hint: "Run the same command again to go on from here.",
        exitCode: ExitCode.interrupted,
        cause: error,
      });
    }
    onEvent({ type: "run-failed", message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    await services.executor.release?.();
    await giveBack().catch((error: unknown) => {
      // What went wrong before is the one to tell.
      if (!failed) throw error;
    });
  }
}

/** Writes the result's tables to the catalog, in a database called as the folder; idempotent, and last of all. */
async function registerResult(plan: Plan, to: { store: Store; catalog: Catalog }): Promise<void> {
  await crawl(to.store, to.catalog, { folder: plan.out, database: databaseName(plan.out) });
}

/** A result's database: its folder's name, with anything but letters, digits and _ made _. */
function databaseName(out: string): string {
  return basename(out)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, "_");
}

/** What the tasks of this run and this process moved over the network; empty where everything is here. */
async function trafficOf(
  plan: Plan,
  of: { work: WorkFolder; toDo: Map<StageName, number[]>; services: Services },
): Promise<{ traffic?: StoreTraffic }> {
  if (![plan.out, ...plan.inputs.map(({ path }) => path)].some(isRemote)) return {};
  const ran = plan.stages.flatMap(({ name, tasks }) =>
    (of.toDo.get(name) ?? []).flatMap((index) => {
      const key = tasks[index]?.key;
      return key === undefined ? [] : { name, key };
    }),
  );
  const results = await inBatches(ran, ({ name, key }) => of.work.result(name, key));
  return {
    traffic: totalTraffic([of.services.store.traffic?.(), ...results.map((result) => result?.traffic)]),
  };
}

/** Indexes of the tasks that have no output, by stage. */
async function openTasks(plan: Plan, work: WorkFolder): Promise<Map<StageName, number[]>> {
  const open = new Map<StageName, number[]>();
  for (const { name, tasks } of plan.stages) {
    const results = await inBatches(tasks, ({ key }) => work.result(name, key));
    open.set(
      name,
      tasks.flatMap(({ index }, position) => (results[position] === undefined ? index : [])),
    );
  }
  return open;
}

async function forget(plan: Plan, work: WorkFolder, services: Services, choice: RunChoice): Promise<void> {
  for (const { name, tasks } of plan.stages) {
    if (!runsAgain(choice, name)) continue;
    for (const { key } of tasks) await services.store.remove(work.uri(name, key, "result.json"));
  }
}

async function runStage(options: {
  stage: Stage;
  job: StageJob;
  services: Services;
  onEvent: EventSink;
  signal: AbortSignal;
}): Promise<void> {
  const { stage, job, services, onEvent, signal } = options;
  const { indexes } = job;
  if (stage.tasks.length === 0) return;
  const started = performance.now();
  const rows = indexes.reduce((sum, index) => sum + (stage.tasks[index]?.rows ?? 0), 0);
  onEvent({
    type: "stage-started",
    stage: stage.name,
    tasks: stage.tasks.length,
    toRun: indexes.length,
    rows,
  });
  if (indexes.length > 0) {
    const { failures } = await services.executor.run(job, {
      signal,
      onEvent: (event) => onEvent(named(stage, event)),
    });
    signal.throwIfAborted();
    const [failure] = failures;
    if (failure !== undefined) throw asError(stage, failure);
  }
  onEvent({ type: "stage-finished", stage: stage.name, seconds: (performance.now() - started) / 1000 });
}

function named(stage: Stage, event: TaskEvent): Parameters<EventSink>[0] {
  switch (event.type) {
    case "task-started":
      return { ...event, stage: stage.name, title: stage.tasks[event.index]?.title ?? "" };
    case "task-failed": {
      const { type, index, message, retry, hint } = event;
      return { type, stage: stage.name, index, message, retry, ...(hint === undefined ? {} : { hint }) };
    }
    case "note":
      return { type: "warning", message: event.message };
    default:
      return { ...event, stage: stage.name };
  }
}

/** A user's mistake that only a task could see is the user's mistake here too; the rest is a failed task. */
function asError(stage: Stage, failure: Extract<TaskEvent, { type: "task-failed" }>): Error {
  if (failure.code !== undefined) {
    return new UserError({
      code: failure.code,
      message: failure.message,
      hint: failure.hint ?? "",
      ...(failure.exitCode === undefined ? {} : { exitCode: failure.exitCode as ExitCode }),
    });
  }
  const title = stage.tasks[failure.index]?.title ?? "";
  return new TaskFailure({
    message: `Task ${stage.name} ${failure.index} (${title}) failed: ${failure.message}`,
    retry: failure.retry,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    ...(failure.stack === undefined ? {} : { detail: failure.stack }),
  });
}
