import {
  DEFAULT_COLUMNS,
  loadProfile,
  OCCURRENCE_COLUMNS,
  type OccurrenceInput,
  type Profile,
  stagedPartCount,
} from "../occurrence/index.ts";
import { isRemote, type Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import { codeIdentity, identityOf, packageVersion } from "./identity.ts";
import { locationOf } from "./location.ts";
import { neededColumns } from "./needed-columns.ts";
import { packagedCounties } from "./packaged-counties.ts";
import type { Plan, RecordSource, Stage, StageName, Task, TaskWork } from "./plan.ts";
import { planInputs } from "./plan-inputs.ts";
import { refuseSourcesWithin } from "./refuse-out.ts";
import type { LayerConfig, RunConfig } from "./spec.ts";
import { acquiredPart } from "./stages/acquire.ts";

/** Text of one acquired part, in bytes: about half a million records of a simple download. */
const partBytes = 256 * 1024 * 1024;
/**
 * What a task takes where nobody says. Few records: tasks enough for the workers of a laptop. Many: each task's own
 * costs (a session, its tables, its parts' counts) weigh half. One step, so that a file more leaves most tasks as they
 * were.
 */
const usualTaskRows = { few: 1_500_000, many: 3_000_000, manyRecords: 50_000_000 };
/** A guess for progress and for grouping, until a text has been read. */
const bytesOfTextRecord = 600;

/** Rooms, or folders of them, whose code each stage's output depends on. */
const roomsOf: Record<StageName, readonly string[]> = {
  prepare: ["engine", "region", "workflow/stages"],
  acquire: ["engine", "occurrence", "workflow/stages"],
  resolve: ["engine", "occurrence", "register", "workflow/stages"],
  annotate: ["engine", "occurrence", "region", "summary", "workflow"],
  count: ["engine", "summary", "workflow/stages"],
  publish: ["engine", "region", "report", "workflow"],
};

/**
 * Makes the plan of a run: what will be read, by which tasks, under which keys. Reads metadata (and, for
 * local inputs, their bytes once for the content identity), never a record.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { compose, makePlan, runSpec } from "bisonflow/workflow";
 * const folder = mkdtempSync("/tmp/bisonflow-example-");
 * const record = "1,US,40.5,-88.9,SPECIES,HUMAN_OBSERVATION,2435099,2435099,Puma concolor";
 * const header = "gbifID,countryCode,decimalLatitude,decimalLongitude,taxonRank,basisOfRecord,taxonKey,speciesKey,species";
 * writeFileSync(`${folder}/records.csv`, `${header}\n${record}\n`);
 * const config = runSpec.parse({ occurrences: [`${folder}/records.csv`], out: `${folder}/out`, catalog: false });
 * const services = compose();
 * const plan = await makePlan(config, { store: services.store, cacheFolder: "/tmp/bisonflow-example-cache" });
 * console.log(plan.stages.map(({ name, tasks }) => `${name} ${tasks.length}`).join(", ")); // prepare 1, acquire 1, resolve 0, annotate 1, count 1, publish 1
 * ```
 */
export async function makePlan(
  config: RunConfig,
  options: {
    store: Store;
    cacheFolder: string;
    cwd?: string;
    /** Where a named snapshot is, for inputs written `gbif:latest`. */
    findSnapshot?: (name: string) => Promise<string>;
  },
): Promise<Plan> {
  const cwd = options.cwd ?? process.cwd();
  const { store } = options;
  const columns = checkColumns(config.columns ?? DEFAULT_COLUMNS);
  const profile = await loadProfile(config.profile as Parameters<typeof loadProfile>[0]);
  const inputs = await planInputs(config.occurrences, { ...options, cwd });
  const layers = [];
  for (const layer of checkLayers(config.layers.length === 0 ? [packagedCounties()] : config.layers)) {
    const path = locationOf(cwd, layer.path);
    layers.push({ ...layer, path, identity: await identifyPath(store, path, "layer") });
  }
  checkPolygonLayer(profile, layers);
  const register = await planRegister(config, cwd, store);
  const matrices = checkMatrices(config.matrix, layers);
  const resolved: RunConfig = {
    ...config,
    layers,
    out: locationOf(cwd, config.out),
    // A result elsewhere may be made elsewhere, where this machine's folders are not.
    cacheFolder: config.cacheFolder ?? (isRemote(config.out) ? undefined : options.cacheFolder),
  };
  const draft = {
    format: "bisonflow-plan-1" as const,
    version: packageVersion(),
    out: resolved.out,
    config: resolved,
    profile,
    columns,
    inputs,
    layers,
    ...(register === undefined ? {} : { register }),
    matrices,
  };
  refuseSourcesWithin(
    resolved.out,
    [inputs, layers, register ?? [], register?.taxonomy ?? []]
      .flat()
      .map((one) => (typeof one === "string" ? one : one.path)),
  );
  const stages = planStages(draft);
  const key = identityOf(stages.map(({ name, tasks }) => [name, tasks.map((task) => task.key)]));
  return { ...draft, key, stages };
}

type Draft = Omit<Plan, "key" | "stages">;

function planStages(plan: Draft): Stage[] {
  // Where a layer's file lies does not matter, and what it is called in the report neither.
  const layerIdentity = plan.layers.map(({ title: _title, path: _path, ...layer }) => layer);
  const prepare = plan.layers.map((layer, index) =>
    makeTask("prepare", index, {
      title: `layer ${layer.name}`,
      work: { do: "prepare-layer", layer: layer.name },
      inputs: layer.identity,
      parameters: layerIdentity[index],
    }),
  );
  const needed = neededColumns(plan);
  const records = plan.inputs.reduce((sum, { input }) => sum + guessRows(input), 0);
  const usual = records > usualTaskRows.manyRecords ? usualTaskRows.many : usualTaskRows.few;
  const taskRows = plan.config.taskRows ?? usual;
  const acquire: Task[] = [];
  const sources: { source: RecordSource; rows: number; identity: unknown }[] = [];
  plan.inputs.forEach(({ input, path, identity }, number) => {
    if (input.kind === "parquet") {
      for (const source of parquetSources(input, path, taskRows)) {
        sources.push({
          source,
          rows: source.end - source.start,
          identity: [identity, source.start, source.end],
        });
      }
      return;
    }
    const parts = stagedPartCount(input, partBytes);
    const task = makeTask("acquire", acquire.length, {
      title: path,
      rows: guessRows(input),
      work: { do: "acquire", input: number, columns: needed, partBytes },
      inputs: identity,
      parameters: [needed, partBytes, { ...input, path: null }],
    });
    acquire.push(task);
    for (let part = 0; part < parts; part++) {
      sources.push({
        source: { kind: "acquired", taskKey: task.key, part: acquiredPart(part) },
        rows: Math.ceil(guessRows(input) / parts),
        identity: [task.key, part],
      });
    }
  });

  const byNames = plan.register?.resolve === "names" && plan.register.taxonomy === undefined;
  const resolve =
    plan.register === undefined
      ? []
      : [
          makeTask("resolve", 0, {
            title: "register",
            work: { do: "resolve", sources: byNames ? sources.map(({ source }) => source) : [] },
            inputs: [plan.register.identity, byNames ? sources.map(({ identity }) => identity) : null],
            parameters: { ...plan.register, path: null },
          }),
        ];
  const annotate = groupSources(sources, taskRows).map((group, index) =>
    makeTask("annotate", index, {
      title: `part ${index}`,
      rows: group.reduce((sum, { rows }) => sum + rows, 0),
      work: { do: "annotate", sources: group.map(({ source }) => source) },
      inputs: group.map(({ identity }) => identity),
      parameters: [plan.profile, plan.columns, plan.config.flags],
      upstream: [prepare, resolve].flat().map((task) => task.key),
    }),
  );
  const count = makeTask("count", 0, {
    title: "tables",
    work: { do: "count" },
    inputs: null,
    parameters: [plan.matrices, plan.config.minOccurrences, plan.config.formats],
    upstream: [...annotate, ...resolve, ...prepare].map((task) => task.key),
  });
  const publish = makeTask("publish", 0, {
    title: "report",
    work: { do: "publish" },
    inputs: null,
    parameters: [
      plan.config.title,
      plan.config.synthetic,
      plan.layers.map(({ title, vintage }) => [title, vintage]),
      plan.version,
    ],
    upstream: [count.key, ...acquire.map((task) => task.key)],
  });
  return [
    { name: "prepare", tasks: prepare },
    { name: "acquire", tasks: acquire },
    { name: "resolve", tasks: resolve },
    { name: "annotate", tasks: annotate },
    { name: "count", tasks: [count] },
    { name: "publish", tasks: [publish] },
  ];
}

function makeTask(
  stage: StageName,
  index: number,
  of: {
    title: string;
    rows?: number;
    work: TaskWork;
    inputs: unknown;
    parameters: unknown;
    upstream?: readonly string[];
  },
): Task {
  const because = {
    // What to do, without where: an input that was moved is the same input.
    work: of.work.do,
    inputs: identityOf(of.inputs),
    parameters: identityOf(of.parameters),
    code: codeIdentity(roomsOf[stage]),
    upstream: identityOf(of.upstream ?? []),
  };
  return {
    index,
    title: of.title,
    rows: of.rows ?? 0,
    work: of.work,
    key: identityOf([stage, because]),
    because,
  };
}

function parquetSources(
  input: Extract<OccurrenceInput, { kind: "parquet" }>,
  path: string,
  taskRows: number,
): Extract<RecordSource, { kind: "parquet" }>[] {
  const pieces = Math.max(1, Math.round(input.rows / taskRows));
  const size = Math.ceil(input.rows / pieces);
  return Array.from({ length: pieces }, (_, piece) => ({
    kind: "parquet" as const,
    path,
    start: piece * size,
    end: Math.min(input.rows, (piece + 1) * size),
  }));
}

function guessRows(input: OccurrenceInput): number {
  if (input.kind === "parquet") return input.rows;
  return Math.ceil((input.textBytes ?? input.bytes) / bytesOfTextRecord);
}

/** Into how many the last group is cut, the one before it, and so on. */
const cutsFromTheEnd = [4, 2];

/** Puts neighbours together until a task has its share of rows: order is kept, so parts are the same on every machine. */
function groupSources<T extends { rows: number }>(sources: readonly T[], taskRows: number): T[][] {
  const groups: T[][] = [];
  let rows = 0;
  for (const source of sources) {
    const last = groups.at(-1);
    if (last !== undefined && rows + source.rows <= taskRows * 1.5) {
      last.push(source);
      rows += source.rows;
    } else {
      groups.push([source]);
      rows = source.rows;
    }
  }
  // The last ones are smaller, so that workers come to their end together; but none a small part of a share.
  return groups.flatMap((group, index) => {
    const records = group.reduce((sum, source) => sum + source.rows, 0);
    const most = Math.max(1, Math.floor((4 * records) / taskRows));
    return cut(group, Math.min(most, cutsFromTheEnd[groups.length - 1 - index] ?? 1));
  });
}

/** A list in so many pieces that differ by one in length at most, fewer where it is shorter. */
function cut<T>(list: readonly T[], pieces: number): T[][] {
  const count = Math.min(pieces, list.length);
  const borderOf = (piece: number): number => Math.round((piece * list.length) / count);
  return Array.from({ length: count }, (_, piece) => list.slice(borderOf(piece), borderOf(piece + 1)));
}

function checkColumns(columns: readonly string[]): string[] {
  const known = new Set(OCCURRENCE_COLUMNS.map(({ name }) => name));
  const lower = columns.map((column) => column.trim().toLowerCase());
  const unknown = lower.filter((column) => !known.has(column));
  if (unknown.length > 0) {
    throw new UserError({
      code: "column-unknown",
      message: `--columns: no such column: ${unknown.join(", ")}.`,
      hint: `Known are: ${[...known].join(", ")}.`,
    });
  }
  return [...new Set(lower)];
}

function checkLayers(layers: readonly LayerConfig[]): readonly LayerConfig[] {
  const names = layers.map(({ name }) => name);
  const doubled = names.find((name, index) => names.indexOf(name) !== index);
  if (doubled !== undefined) {
    throw new UserError({
      code: "layer-doubled",
      message: `Two layers are called ${doubled}.`,
      hint: "Give each layer a name of its own: it names columns and tables.",
    });
  }
  return layers;
}

function checkPolygonLayer(profile: Profile, layers: readonly LayerConfig[]): void {
  const wanted = profile.country?.polygon?.layer;
  if (wanted !== undefined && !layers.some(({ name }) => name === wanted)) {
    throw new UserError({
      code: "profile-layer-missing",
      message: `The profile selects the country by the layer ${wanted}, which is not among the layers.`,
      hint: `Add it with --layer ${wanted}=FILE, or name one of: ${layers.map(({ name }) => name).join(", ")}.`,
    });
  }
}

function checkMatrices(matrix: readonly string[] | undefined, layers: readonly LayerConfig[]): string[] {
  const names = layers.map(({ name }) => name);
  if (matrix === undefined) return [names.includes("county") ? "county" : (names[0] as string)];
  // A coarser layer (state) is known only once its finer one has been read.
  const coarser = new Set(["state", ...layers.flatMap((layer) => Object.keys(layer.coarser ?? {}))]);
  for (const name of names) coarser.delete(name);
  const unknown = matrix.filter((name) => !names.includes(name) && !coarser.has(name));
  if (unknown.length > 0) {
    throw new UserError({
      code: "matrix-layer-unknown",
      message: `--matrix: no layer called ${unknown.join(", ")}.`,
      hint: `The layers are: ${names.join(", ")}${[...coarser].map((name) => `, and ${name} where a layer's fields hold it`).join("")}.`,
    });
  }
  return [...new Set(matrix)];
}

async function planRegister(config: RunConfig, cwd: string, store: Store): Promise<Plan["register"]> {
  if (config.register === undefined) return undefined;
  const path = locationOf(cwd, config.register.path);
  const taxonomy =
    config.register.taxonomy === undefined ? undefined : locationOf(cwd, config.register.taxonomy);
  const identities = [await identifyPath(store, path, "register")];
  if (taxonomy !== undefined) identities.push(await identifyPath(store, taxonomy, "taxonomy"));
  return {
    ...config.register,
    path,
    ...(taxonomy === undefined ? {} : { taxonomy }),
    identity: identities.join(" "),
  };
}

/** Content identity of a file, or of all files of a folder (a File Geodatabase is one) or of a shapefile. */
async function identifyPath(store: Store, path: string, what: string): Promise<string> {
  // A shapefile is several files of one name.
  const isShapefile = /\.shp$/i.test(path);
  const found = await store.stat(path);
  if (found !== undefined && !isShapefile) return found.identity ?? store.identify(path);
  const prefix = isShapefile ? path.slice(0, -3) : `${path}/`;
  const parts: string[] = [];
  for await (const { uri, identity } of store.list(prefix))
    parts.push(uri.slice(prefix.length), identity ?? (await store.identify(uri)));
  if (parts.length === 0) {
    throw new UserError({
      code: `${what}-not-found`,
      message: `${path}: no such file or folder.`,
      hint: `Check the path given for the ${what}.`,
    });
  }
  return identityOf(parts);
}
