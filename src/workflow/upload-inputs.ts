import { basename } from "node:path";
import { isRemote, type Store } from "../store/index.ts";
import { inBatches } from "./in-batches.ts";
import type { Plan, RecordSource, Stage } from "./plan.ts";
import { workRoot } from "./task.ts";

/**
 * Brings a plan's local inputs to where its tasks can read them, for tasks that run on other machines: to
 * `OUT/.bisonflow/inputs/SHA256/NAME` below the plan's remote result, each once for its content. Returns the plan
 * with those uris in place of paths; all keys stay, so that it goes on from what a run on this machine did.
 *
 * Folders of this machine (a File Geodatabase) and the files beside a shapefile go along under their names.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { compose, makePlan, runSpec, uploadInputs } from "bisonflow/workflow";
 * const folder = mkdtempSync("/tmp/bisonflow-example-");
 * const record = "1,US,40.5,-88.9,SPECIES,HUMAN_OBSERVATION,2435099,2435099,Puma concolor";
 * const header = "gbifID,countryCode,decimalLatitude,decimalLongitude,taxonRank,basisOfRecord,taxonKey,speciesKey,species";
 * writeFileSync(`${folder}/records.csv`, `${header}\n${record}\n`);
 * const config = runSpec.parse({ occurrences: [`${folder}/records.csv`], out: `${folder}/out`, catalog: false });
 * const { store } = compose();
 * const plan = await makePlan(config, { store, cacheFolder: "/tmp/bisonflow-example-cache" });
 * const uploaded = await uploadInputs(plan, store);
 * console.log(uploaded.key === plan.key, uploaded.inputs[0]?.path.endsWith("/records.csv")); // true true
 * ```
 */
export async function uploadInputs(plan: Plan, store: Store): Promise<Plan> {
  const root = `${workRoot(plan)}/inputs`;
  const moved = new Map<string, string>();
  const move = async (path: string, identity: string): Promise<string> => {
    if (isRemote(path)) return path;
    const known = moved.get(path);
    if (known !== undefined) return known;
    const uri = `${root}/${identity.replace(/^sha256:/, "").replaceAll(/[^a-zA-Z0-9]+/g, "-")}/${basename(path)}`;
    await upload(store, path, uri);
    moved.set(path, uri);
    return uri;
  };
  const inputs = await inBatches(
    plan.inputs,
    async (planned) => {
      const path = await move(planned.path, planned.identity);
      return { ...planned, path, input: { ...planned.input, path } };
    },
    4,
  );
  const layers = await inBatches(
    plan.layers,
    async (layer) => ({ ...layer, path: await move(layer.path, layer.identity) }),
    4,
  );
  const register = await movedRegister(plan.register, move);
  return {
    ...plan,
    // Its folders are those of this machine.
    config: {
      ...plan.config,
      cacheFolder: undefined,
      layers: layers.map(({ identity: _, ...layer }) => layer),
    },
    inputs,
    layers,
    ...(register === undefined ? {} : { register }),
    stages: plan.stages.map((stage) => withSources(stage, moved)),
  };
}

async function movedRegister(
  register: Plan["register"],
  move: (path: string, identity: string) => Promise<string>,
): Promise<Plan["register"]> {
  if (register === undefined) return undefined;
  const [own = "", ofTaxonomy = ""] = register.identity.split(" ");
  return {
    ...register,
    path: await move(register.path, own),
    ...(register.taxonomy === undefined ? {} : { taxonomy: await move(register.taxonomy, ofTaxonomy) }),
  };
}

/** One file, or all that belongs to it, under a prefix; what is there already is there by its content. */
async function upload(store: Store, path: string, uri: string): Promise<void> {
  const isShapefile = /\.shp$/i.test(path);
  const own = isShapefile ? undefined : await store.stat(path);
  if (own !== undefined) {
    if ((await store.stat(uri))?.bytes !== own.bytes) await store.publishFile(own.uri, uri);
    return;
  }
  const prefix = isShapefile ? path.slice(0, -3) : `${path}/`;
  const target = isShapefile ? uri.slice(0, -3) : `${uri}/`;
  for await (const entry of store.list(prefix)) {
    const to = `${target}${entry.uri.slice(prefix.length).replaceAll("\\", "/")}`;
    if ((await store.stat(to))?.bytes !== entry.bytes) await store.publishFile(entry.uri, to);
  }
}

function withSources(stage: Stage, moved: ReadonlyMap<string, string>): Stage {
  const movedSource = (source: RecordSource): RecordSource =>
    source.kind === "parquet" ? { ...source, path: moved.get(source.path) ?? source.path } : source;
  return {
    ...stage,
    tasks: stage.tasks.map((task) =>
      "sources" in task.work
        ? { ...task, work: { ...task.work, sources: task.work.sources.map(movedSource) } }
        : task,
    ),
  };
}
