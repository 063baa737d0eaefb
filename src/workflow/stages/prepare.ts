import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../../engine/index.ts";
import { identifier, literal } from "../../engine/index.ts";
import { type CompiledLayer, encodeLayer, loadLayer } from "../../region/index.ts";
import { bug } from "../../trouble/index.ts";
import type { LayerConfig } from "../spec.ts";
import type { TaskContext, TaskOutcome } from "../task-context.ts";

/** What prepare says of a layer; the later stages and the manifest read it. */
export interface PreparedLayer {
  readonly name: string;
  readonly overlap: "one" | "all";
  readonly regions: number;
  readonly edges: number;
  readonly coarser: readonly { readonly name: string; readonly regions: number }[];
  readonly issues: readonly { readonly code: string; readonly count: number; readonly example: string }[];
}

/** Compiles a layer (or takes it from the cache) and writes its table of regions, and those of its coarser layers. */
export async function prepareLayer(context: TaskContext, layerName: string): Promise<TaskOutcome> {
  const config = context.plan.layers.find(({ name }) => name === layerName) ?? bug(`no layer ${layerName}`);
  const { layer, issues } = await loadLayer(await localLayer(context, config), {
    cacheFolder: context.cacheFolder,
  });
  await writeFile(join(context.scratch, "layer.bin"), encodeLayer(layer));
  const engine = await context.openEngine();
  for (const { name, ids, names, coarser } of [
    layer,
    ...layer.coarser.map((one) => ({ ...one, coarser: [] })),
  ]) {
    await writeRegions(engine, { ids, names, coarser }, join(context.scratch, `regions_${name}.parquet`));
  }
  const facts: PreparedLayer = {
    name: layer.name,
    overlap: layer.overlap,
    regions: layer.ids.length,
    edges: layer.edgeCount,
    coarser: layer.coarser.map(({ name, ids }) => ({ name, regions: ids.length })),
    issues,
  };
  return { rows: layer.ids.length, facts: { ...facts } };
}

/** The same, with the layer's files on this machine. */
export async function localLayer(
  context: Pick<TaskContext, "staging">,
  config: LayerConfig & { readonly identity: string },
): Promise<Parameters<typeof loadLayer>[0]> {
  return layerOptions({ ...config, path: await context.staging.named(config.path, config.identity) });
}

/** The region room's options of a configured layer. */
export function layerOptions(config: LayerConfig): Parameters<typeof loadLayer>[0] {
  const { name, path, idField, nameField, sublayer, crs, overlap, snapMeters, coarser } = config;
  return {
    name,
    path,
    overlap,
    snapMeters,
    ...(idField === undefined ? {} : { idField }),
    ...(nameField === undefined ? {} : { nameField }),
    ...(sublayer === undefined ? {} : { sublayer }),
    ...(crs === undefined ? {} : { crs }),
    ...(coarser === undefined ? {} : { coarser }),
  };
}

/** A table of region_id, region_name and COARSER_id for each coarser layer that the regions' fields hold. */
async function writeRegions(
  engine: Engine,
  { ids, names, coarser }: Pick<CompiledLayer, "ids" | "names" | "coarser">,
  path: string,
): Promise<void> {
  const columns = [
    { name: "region_id", values: ids },
    { name: "region_name", values: names },
    ...coarser.map((one) => ({
      name: `${one.name}_id`,
      values: ids.map((_, index) => one.ids[one.of[index] as number] ?? null),
    })),
  ];
  const unnested = columns.map(
    ({ name }, index) => `unnest(from_json($${index + 1}, '["VARCHAR"]')) AS ${identifier(name)}`,
  );
  await engine.run(
    `COPY (SELECT DISTINCT * FROM (SELECT ${unnested.join(", ")}) ORDER BY ALL) TO ${literal(path)} (FORMAT parquet)`,
    columns.map(({ values }) => JSON.stringify(values)),
  );
}
