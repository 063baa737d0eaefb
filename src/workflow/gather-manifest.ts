import { basename } from "node:path";
import type { Engine } from "../engine/index.ts";
import { profileRules, sourceFacts } from "../occurrence/index.ts";
import { type Fact, readFacts } from "../summary/index.ts";
import type { DataIssue } from "../trouble/index.ts";
import { type Gathered, gatherAnnotate } from "./gather.ts";
import { packageVersion } from "./identity.ts";
import { inBatches } from "./in-batches.ts";
import { strictestLicence } from "./licences.ts";
import type { Manifest } from "./manifest.ts";
import { type Plan, stageOf } from "./plan.ts";
import { flagDescription, ruleDescription } from "./rule-descriptions.ts";
import { grouped, warningsOf } from "./run-warnings.ts";
import type { CountFacts } from "./stages/count.ts";
import type { PreparedLayer } from "./stages/prepare.ts";
import type { ResolveFacts } from "./stages/resolve.ts";
import type { TaskContext } from "./task-context.ts";
import { isNothing, totalTraffic } from "./traffic.ts";
import type { TaskResult, WorkFolder } from "./work-folder.ts";

/** Puts together a run's manifest from what its tasks found; the files are listed by whoever writes them. */
export async function gatherManifest(
  context: TaskContext,
  engine: Engine,
  counted: CountFacts,
): Promise<Manifest> {
  const { plan, work } = context;
  const gathered = await gatherAnnotate(plan, work);
  const smallFacts = await sumFacts(context, engine);
  const licences = smallFacts
    .filter(({ kind }) => kind === "license")
    .map(({ key, occ_count }) => ({ licence: key ?? "not stated", occ_count }));
  const inputs = await inputFacts(plan, work);
  const layers = await layerFacts(plan, work, gathered);
  const register = await registerFacts(plan, work);
  return {
    format: "bisonflow-manifest-1",
    bisonflow: packageVersion(),
    plan: plan.key,
    title: plan.config.title,
    synthetic: plan.config.synthetic,
    generatedAt: new Date().toISOString(),
    source: {
      ...(await sourceFacts(plan.inputs.map(({ input }) => input))),
      description: describeSource(plan),
      licences,
      strictestLicence: strictestLicence(licences.map(({ licence }) => licence)),
      inputs,
    },
    parameters: {
      profile: plan.profile,
      columns: [...plan.columns],
      flags: plan.config.flags,
      matrices: [...plan.matrices],
      minOccurrences: plan.config.minOccurrences,
      resolve: plan.register?.resolve ?? "none",
    },
    records: {
      read: gathered.read,
      kept: gathered.kept,
      dropped: profileRules(plan.profile).map(({ rule }, index) => ({
        rule,
        occ_count: gathered.dropped[index] ?? 0,
        description: ruleDescription(rule),
      })),
    },
    flags: smallFacts
      .filter(({ kind }) => kind === "flag")
      .map(({ key, occ_count }) => ({
        name: key ?? "",
        occ_count,
        description: flagDescription(key ?? "", plan.config.flags),
      })),
    layers,
    ...(register === undefined ? {} : { register }),
    years: smallFacts
      .filter(({ kind, key }) => kind === "year" && key !== null)
      .map(({ key, occ_count }) => ({ year: Number(key), occ_count }))
      .sort((a, b) => a.year - b.year),
    tables: counted.tables.map(({ name, rows }) => ({ name, rows })),
    files: [],
    stages: await stageFacts(plan, work),
    versions: {
      bisonflow: packageVersion(),
      node: process.versions.node,
      duckdb: await duckdbVersion(engine),
    },
    warnings: warningsOf({
      ...gathered,
      register,
      assessed: (assessment) =>
        smallFacts
          .filter(({ kind, key }) => kind === "riis_assessment" && key === assessment)
          .reduce((sum, { occ_count }) => sum + occ_count, 0),
    }),
  };
}

const flavours: Record<string, string> = {
  dwca: "Darwin Core Archive",
  simple_csv: "GBIF simple download",
  simple_parquet: "GBIF simple download, Parquet",
  snapshot: "GBIF open-data snapshot",
  table: "table with Darwin Core columns",
};

/** Names and kinds of the inputs, without the folders where they happened to stand; the first few of many. */
function describeSource(plan: Plan): string {
  const shown = 5;
  const names = plan.inputs
    .slice(0, shown)
    .map(({ input, path }) => `${basename(path)} (${flavours[input.flavour] ?? input.flavour})`);
  const more = plan.inputs.length - names.length;
  return more > 0 ? `${names.join("; ")}; and ${grouped(more)} more files` : names.join("; ");
}

const registerNames: Record<string, string> = {
  "us-riis-v1": "US Register of Introduced and Invasive Species, version 1",
  "us-riis-v2": "US Register of Introduced and Invasive Species, version 2",
  griis: "Global Register of Introduced and Invasive Species",
};

/** The small counts that annotate leaves beside its part, added up over all parts. */
async function sumFacts({ plan, work }: TaskContext, engine: Engine): Promise<Fact[]> {
  const files = await inBatches(stageOf(plan, "annotate").tasks, (task) =>
    work.stage("annotate", task.key, "partials/facts.parquet"),
  );
  return readFacts(engine, files);
}

async function inputFacts(plan: Plan, work: WorkFolder): Promise<Manifest["source"]["inputs"]> {
  const acquired = new Map<number, TaskResult>();
  for (const task of stageOf(plan, "acquire").tasks) {
    const result = await work.result("acquire", task.key);
    if (task.work.do === "acquire" && result !== undefined) acquired.set(task.work.input, result);
  }
  return plan.inputs.map(({ input, path, bytes, identity }, number) => ({
    path: basename(path),
    kind: input.flavour,
    rows: input.kind === "parquet" ? input.rows : (acquired.get(number)?.rows ?? 0),
    bytes,
    identity,
    issues: (acquired.get(number)?.facts.issues as DataIssue[] | undefined) ?? [],
  }));
}

async function layerFacts(plan: Plan, work: WorkFolder, gathered: Gathered): Promise<Manifest["layers"]> {
  const facts: Manifest["layers"] = [];
  for (const task of stageOf(plan, "prepare").tasks) {
    const prepared = (await work.result("prepare", task.key))?.facts as unknown as PreparedLayer;
    const config = plan.layers.find(({ name }) => name === prepared.name);
    if (config === undefined) continue;
    for (const layer of gathered.layers) {
      if (layer.name !== prepared.name && layer.coarserOf !== prepared.name) continue;
      const placed = gathered.placement.find((placement) => placement.layer === layer.name);
      facts.push({
        name: layer.name,
        title: layer.name === config.name ? (config.title ?? titleOf(layer.name)) : titleOf(layer.name),
        regions: prepared.coarser.find(({ name }) => name === layer.name)?.regions ?? prepared.regions,
        overlap: layer.overlap,
        snapMeters: config.snapMeters,
        ...(config.vintage === undefined ? {} : { vintage: config.vintage }),
        source: basename(config.path),
        identity: config.identity,
        ...(layer.coarserOf === undefined ? {} : { coarserOf: layer.coarserOf }),
        placement: (["inside", "nearest", "outside"] as const).map((how) => ({
          how,
          occ_count: placed?.[how] ?? 0,
        })),
        issues: layer.name === prepared.name ? [...prepared.issues] : [],
      });
    }
  }
  return facts;
}

const knownTitles: Record<string, string> = {
  county: "Counties",
  state: "States",
  aiannh: "Tribal areas",
  padus: "Protected areas",
};

function titleOf(name: string): string {
  return knownTitles[name] ?? name.replaceAll("_", " ");
}

async function registerFacts(plan: Plan, work: WorkFolder): Promise<Manifest["register"]> {
  if (plan.register === undefined) return undefined;
  const [task] = stageOf(plan, "resolve").tasks;
  const result = task === undefined ? undefined : await work.result("resolve", task.key);
  if (result === undefined) return undefined;
  const facts = result.facts as unknown as ResolveFacts;
  return {
    name: `${registerNames[facts.format] ?? facts.format} (${basename(plan.register.path)})`,
    format: facts.format,
    // An invented register is laid out as a real one, and is not that one.
    ...(facts.citation === null || plan.config.synthetic ? {} : { citation: facts.citation }),
    identity: plan.register.identity,
    rows: facts.rows,
    resolved: facts.joined,
    unresolved: facts.rows - facts.joined,
    how: facts.how,
    conflicts: facts.conflicts,
    issues: [...facts.issues],
  };
}

async function stageFacts(plan: Plan, work: WorkFolder): Promise<Manifest["stages"]> {
  const stages: Manifest["stages"] = [];
  for (const { name, tasks } of plan.stages) {
    const done = (await inBatches(tasks, (task) => work.result(name, task.key))).filter(
      (result) => result !== undefined,
    );
    if (done.length === 0) continue;
    const sum = (of: (result: TaskResult) => number): number =>
      round(done.reduce((total, result) => total + of(result), 0));
    const traffic = totalTraffic(done.map((result) => result.traffic));
    stages.push({
      ...(isNothing(traffic) ? {} : { traffic }),
      name,
      tasks: tasks.length,
      seconds: sum(({ seconds }) => seconds),
      cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
      peakMemoryMiB: Math.max(...done.map(({ peakMemoryMiB }) => peakMemoryMiB)),
    });
  }
  return stages;
}

async function duckdbVersion(engine: Engine): Promise<string> {
  return (await engine.row<{ version: string }>("SELECT version() AS version")).version;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
