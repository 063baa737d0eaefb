import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadCoarserGeometry, loadLayerGeometry } from "../../region/index.ts";
import { type MapGeometry, writeDataPackage, writeGeoParquet, writeReport } from "../../report/index.ts";
import { sha256OfFile } from "../../store/index.ts";
import { tableSchemas } from "../../summary/index.ts";
import { bug } from "../../trouble/index.ts";
import { gatherManifest } from "../gather-manifest.ts";
import { type Manifest, manifestSchema } from "../manifest.ts";
import { stageOf } from "../plan.ts";
import { runFacts } from "../run-facts.ts";
import type { TaskContext, TaskOutcome } from "../task-context.ts";
import type { TaskResult } from "../work-folder.ts";
import { partFile } from "./annotate.ts";
import type { CountFacts } from "./count.ts";
import { localLayer } from "./prepare.ts";

/** Where every file of the result comes from: its path in the result, and the task that wrote it. */
export interface InstalledFile {
  readonly path: string;
  readonly stage: string;
  readonly key: string;
  readonly name: string;
}

export interface PublishFacts {
  readonly files: readonly InstalledFile[];
}

/** Writes what people look at: report, data package, maps, and the manifest that lists every file. */
export async function publish(context: TaskContext): Promise<TaskOutcome> {
  const { plan, work, scratch } = context;
  const engine = await context.openEngine("all");
  const [countTask] = stageOf(plan, "count").tasks;
  const countKey = countTask?.key ?? bug("a plan without its count task");
  const counted = (await work.result("count", countKey))?.facts as unknown as CountFacts;
  const installed: InstalledFile[] = [];
  const files: Manifest["files"] = [];

  let part = 0;
  for (const task of stageOf(plan, "annotate").tasks) {
    const result = (await work.result("annotate", task.key)) ?? bug(`annotate ${task.index} is not done`);
    const file = result.files.find(({ name }) => name === partFile) ?? bug("a part without its file");
    const path = `occurrences/part-${String(part++).padStart(5, "0")}.parquet`;
    installed.push({ path, stage: "annotate", key: task.key, name: partFile });
    files.push(listed(file, path));
  }
  for (const file of (await work.result("count", countKey))?.files ?? []) {
    installed.push({ path: file.name, stage: "count", key: countKey, name: file.name });
    files.push(listed(file, file.name));
  }

  const geometries = new Map<string, MapGeometry>();
  await mkdir(join(scratch, "maps"), { recursive: true });
  for (const config of plan.layers) {
    const geometry = await loadLayerGeometry(await localLayer(context, config), {
      cacheFolder: context.cacheFolder,
    });
    geometries.set(config.name, { layer: config.name, ...geometry });
  }
  for (const { name, coarserOf } of counted.layers) {
    const config = plan.layers.find((layer) => layer.name === coarserOf);
    if (config === undefined) continue;
    const settings = { cacheFolder: context.cacheFolder, coarser: name };
    const geometry = await loadCoarserGeometry(await localLayer(context, config), settings);
    if (geometry !== undefined) geometries.set(name, { layer: name, ...geometry });
  }
  for (const [name, geometry] of geometries) {
    const countsTable = await work.stage("count", countKey, `tables/${name}_counts.parquet`);
    await writeGeoParquet(engine, {
      geometry,
      countsTable,
      outPath: join(scratch, "maps", `${name}.parquet`),
    });
  }

  const manifest = await gatherManifest(context, engine, counted);
  const facts = runFacts(manifest);
  const tablesFolder = await work.stageFolder("count", countKey, "tables");
  const mapped = geometries.get("county") ?? geometries.values().next().value ?? null;
  await writeReport(engine, {
    facts,
    tablesFolder,
    map: mapped,
    outlines: geometries.get("state") ?? null,
    outPath: join(scratch, "report.html"),
  });
  const schemas = tableSchemas({ layers: [...counted.layers], matrices: plan.matrices });
  await writeDataPackage({
    facts,
    tables: schemas
      .filter(({ name }) => counted.tables.some((table) => table.name === name))
      .map((schema) => ({
        ...schema,
        files: files.filter(
          ({ path }) => path === `tables/${schema.name}.parquet` || path === `tables/${schema.name}.csv`,
        ),
      })),
    outPath: join(scratch, "datapackage.json"),
  });
  for (const name of [
    "report.html",
    "datapackage.json",
    ...[...geometries.keys()].map((layer) => `maps/${layer}.parquet`),
  ]) {
    const path = join(scratch, name);
    files.push({ path: name, bytes: (await stat(path)).size, sha256: await sha256OfFile(path) });
    installed.push({ path: name, stage: "publish", key: context.task.key, name });
  }
  const complete = manifestSchema.parse({
    ...manifest,
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
  });
  await writeFile(join(scratch, "manifest.json"), `${JSON.stringify(complete, null, 2)}\n`);
  const outcome: PublishFacts = { files: installed };
  return { rows: 0, facts: { ...outcome } };
}

/** A task's file as the manifest lists it: under its path in the result. */
function listed(
  { bytes, sha256, rows }: TaskResult["files"][number],
  path: string,
): Manifest["files"][number] {
  return { path, bytes, sha256, ...(rows === undefined ? {} : { rows }) };
}
