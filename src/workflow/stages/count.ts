import { join } from "node:path";
import { parquetScan } from "../../engine/index.ts";
import { profileRules } from "../../occurrence/index.ts";
import { type SummaryLayer, writeTables } from "../../summary/index.ts";
import { gatherAnnotate } from "../gather.ts";
import { inBatches } from "../in-batches.ts";
import { stageOf } from "../plan.ts";
import type { TaskContext, TaskOutcome } from "../task-context.ts";
import type { PreparedLayer } from "./prepare.ts";
import { resolutionFile } from "./resolve.ts";

/** A table that count wrote. */
export interface CountedTable {
  readonly name: string;
  readonly rows: number;
  readonly files: readonly { readonly path: string; readonly format: string }[];
}

export interface CountFacts {
  readonly tables: readonly CountedTable[];
  readonly layers: readonly SummaryLayer[];
}

/** Merges the parts' counts into the tables; reads no record. */
export async function count(context: TaskContext): Promise<TaskOutcome> {
  const { plan, work } = context;
  const engine = await context.openEngine("all");
  const gathered = await gatherAnnotate(plan, work);
  const partials = await inBatches(stageOf(plan, "annotate").tasks, (task) =>
    work.stageFolder("annotate", task.key, "partials"),
  );
  const regions: Record<string, string> = {};
  for (const task of stageOf(plan, "prepare").tasks) {
    const facts = (await work.result("prepare", task.key))?.facts as unknown as PreparedLayer;
    for (const name of [facts.name, ...facts.coarser.map((coarser) => coarser.name)]) {
      // The layer's own file wins over the one held in a finer layer's fields.
      if (name !== facts.name && name in regions) continue;
      regions[name] = await work.stage("prepare", task.key, `regions_${name}.parquet`);
    }
  }
  const resolution = await resolutionRelation(context);
  const tables = await writeTables(engine, {
    partials,
    layers: [...gathered.layers],
    regions,
    dropped: profileRules(plan.profile).map(({ rule }, index) => ({
      rule,
      occ_count: gathered.dropped[index] ?? 0,
    })),
    placement: gathered.placement.flatMap(({ layer, inside, nearest, outside }) => [
      { layer, how: "inside", occ_count: inside },
      { layer, how: "nearest", occ_count: nearest },
      { layer, how: "outside", occ_count: outside },
    ]),
    matrices: plan.matrices.filter((name) => gathered.layers.some((layer) => layer.name === name)),
    minOccurrences: plan.config.minOccurrences,
    outFolder: join(context.scratch, "tables"),
    formats: [...plan.config.formats],
    ...(resolution === undefined ? {} : { resolution }),
  });
  const facts: CountFacts = {
    tables: tables.tables.map(({ name, rows, files }) => ({
      name,
      rows,
      files: files.map(({ path, format }) => ({ path: path.slice(context.scratch.length + 1), format })),
    })),
    layers: gathered.layers,
  };
  return {
    rows: facts.tables.reduce((sum, { rows }) => sum + rows, 0),
    rowsOf: Object.fromEntries(
      facts.tables.flatMap(({ rows, files }) => files.map(({ path }) => [path, rows])),
    ),
    facts: { ...facts },
  };
}

async function resolutionRelation(context: TaskContext): Promise<string | undefined> {
  if (context.plan.register === undefined) return undefined;
  const [task] = stageOf(context.plan, "resolve").tasks;
  if (task === undefined) return undefined;
  return parquetScan(await context.work.stage("resolve", task.key, resolutionFile));
}
