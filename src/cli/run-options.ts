import { type Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../trouble/index.ts";
import { type RunConfig, type RunSpec, runSpec } from "../workflow/index.ts";
import { loadConfig } from "./load-config.ts";
import { shellWords } from "./shell-words.ts";

/** The options that shape a run, as commander gives them; `run` and `plan` share them. */
export interface RunOptions {
  config?: string;
  occurrences?: string[];
  register?: string;
  registerFormat?: string;
  registerPlace?: string;
  resolve?: string;
  taxonomy?: string;
  serviceUrl?: string;
  serviceVersion?: string;
  offline?: boolean;
  allowFuzzy?: boolean;
  layer?: string[];
  layerId?: string[];
  layerName?: string[];
  layerTitle?: string[];
  layerCrs?: string[];
  sublayer?: string[];
  overlap?: string[];
  snap?: string[];
  out?: string;
  to?: string;
  title?: string;
  profile?: string;
  columns?: string[];
  flags?: string[];
  matrix?: string[];
  minOccurrences?: number;
  format?: string[];
  workers?: number;
  memory?: number;
  cache?: string;
  catalog?: string | false;
  on?: string;
  partition?: string;
  sbatch?: string;
  stack?: string;
  queue?: string;
  jobDefinition?: string;
}

/** Adds the options that shape a run to a command. */
export function addRunOptions(command: Command): Command {
  const list = (value: string, before: string[] | undefined): string[] => [
    ...(before ?? []),
    ...value.split(","),
  ];
  command
    .option(
      "-c, --config <file>",
      "configuration file (default: bisonflow.config.ts, .js or .json here, if there is one)",
    )
    .option(
      "--occurrences <path...>",
      "files, folders or globs with occurrence records; s3://… ; gbif:latest for GBIF's newest snapshot",
    );
  return addLayerOptions(command)
    .option("--register <path>", "register of introduced and invasive species: US-RIIS or GRIIS")
    .option("--register-format <format>", "us-riis-v1, us-riis-v2 or griis (default: detected)")
    .option("--register-place <place>", "place of the register's rows, where it does not say")
    .option("--resolve <how>", "how register names find taxa: keys, names or service (default: keys)")
    .option("--taxonomy <file>", "local taxonomy file for --resolve names (default: the taxa in the records)")
    .option("--service-url <url>", "species match service")
    .option("--service-version <version>", "v1 or v2 (default: v2)")
    .option("--offline", "answer --resolve service from the cache alone")
    .option("--allow-fuzzy", "join names that match only approximately")
    .option("--out <folder>", "folder for the result (default: bisonflow-out)")
    .option("--to <uri>", "prefix in S3 for the result, instead of a folder: s3://BUCKET/PREFIX")
    .option("--title <text>", "heading of the report")
    .option("--profile <name|file>", "records to keep: bison, all, or a JSON file (default: bison)")
    .option(
      "--columns <names>",
      "columns of the input to keep, separated by commas (default: outputs' default)",
      list,
    )
    .option("--flags <names>", "quality flags to add, separated by commas", list)
    .option(
      "--matrix <layers>",
      "layers that get matrices and statistics (default: county, else the first)",
      list,
    )
    .option(
      "--min-occurrences <n>",
      "occurrences that make a species present in a region (default: 3)",
      wholeNumber,
    )
    .option(
      "--format <formats>",
      "formats of the tables: parquet,csv; Parquet is always written (default: both)",
      list,
    )
    .option("--workers <n>", "worker processes (default: the machine's cores)", wholeNumber)
    .option("--memory <MiB>", "memory of all workers' DuckDB together (default: 1024)", wholeNumber)
    .option("--cache <folder>", "folder of compiled layers and stored answers (default: the user's cache)")
    .addOption(
      new Option(
        "--catalog <local|glue|folder>",
        "catalog in which the result is registered (default: glue with --on aws, none for another result on S3, else local)",
      ),
    )
    .option("--no-catalog", "do not register the result in a catalog")
    .addOption(
      new Option("--on <where>", "where tasks run (default: local)").choices(["local", "slurm", "aws"]),
    )
    .option("--partition <name>", "with --on slurm: the partition (default: the cluster's)")
    .option("--sbatch <options>", 'with --on slurm: further options of sbatch, for example "--account=bison"')
    .option(
      "--stack <name>",
      "with --on aws: the CloudFormation stack that has the queue (default: bisonflow)",
    )
    .option("--queue <name>", "with --on aws: job queue of Batch (default: the stack's)")
    .option("--job-definition <name>", "with --on aws: job definition of Batch (default: the stack's)");
}

/** Adds the options that name layers of regions; `annotate` has them too. */
export function addLayerOptions(command: Command): Command {
  const more = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];
  return command
    .option(
      "--layer <name=path>",
      "layer of regions, for example county=cb_2021_us_county_5m.zip; again for more",
      more,
    )
    .option("--layer-id <name=field>", "field with the regions' ids (default: by convention)", more)
    .option("--layer-name <name=field>", "field with the regions' names (default: by convention)", more)
    .option("--layer-title <name=title>", "what the report calls the layer", more)
    .option(
      "--layer-crs <name=crs>",
      "reference system of a file that does not say, for example county=EPSG:4269",
      more,
    )
    .option("--sublayer <name=layer>", "the layer to take from a file that holds several", more)
    .option(
      "--overlap <name=one|all>",
      "where a layer's regions overlap: the smallest, or all of them as a list",
      more,
    )
    .option(
      "--snap <name=meters>",
      "points outside a layer go to the nearest region within so many metres",
      more,
    );
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number from 1.");
  return value;
}

/** The run that the configuration file and the options ask for; options win. */
export async function runConfigFrom(options: RunOptions): Promise<RunConfig> {
  const base = await loadConfig(options.config);
  const spec = withOptions(base ?? {}, options);
  const parsed = runSpec.safeParse(spec);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") ?? "";
  if (where === "occurrences") {
    throw new UserError({
      code: "occurrences-missing",
      message: "No occurrence records are named.",
      hint: "Give --occurrences FILE, or write a configuration with `bisonflow init`. `npm run demo` shows a run on a sample.",
    });
  }
  throw new UserError({
    code: "config-invalid",
    message: `${base === undefined ? "The options" : "The configuration"}: ${where || "the whole"}: ${issue?.message ?? "not as expected"}.`,
    hint: "Compare with docs/reference/config.md, where every key is described.",
  });
}

function withSlurm(base: RunSpec["slurm"], options: RunOptions): RunSpec["slurm"] {
  const { partition, sbatch } = options;
  if (partition === undefined && sbatch === undefined) return base;
  return {
    ...base,
    ...(partition === undefined ? {} : { partition }),
    ...(sbatch === undefined ? {} : { sbatch: [...(base?.sbatch ?? []), ...shellWords(sbatch)] }),
  };
}

function withAws(base: RunSpec["aws"], options: RunOptions): RunSpec["aws"] {
  const { stack, queue, jobDefinition } = options;
  if (stack === undefined && queue === undefined && jobDefinition === undefined) return base;
  return {
    ...base,
    ...(stack === undefined ? {} : { stack }),
    ...(queue === undefined ? {} : { queue }),
    ...(jobDefinition === undefined ? {} : { jobDefinition }),
  };
}

function outOf({ out, to }: RunOptions): string | undefined {
  if (to === undefined) return out;
  if (out !== undefined || !to.startsWith("s3://")) {
    throw new UserError({
      code: out === undefined ? "not-an-s3-uri" : "result-twice",
      message:
        out === undefined
          ? `--to ${to}: expected a prefix in S3, s3://BUCKET/PREFIX.`
          : "Both --out and --to are given: a result goes to one place.",
      hint: "For a folder of this machine use --out alone, for S3 use --to alone.",
    });
  }
  return to;
}

/** The options that name layers of regions. */
export type LayerOptions = Pick<
  RunOptions,
  "layer" | "layerId" | "layerName" | "layerTitle" | "layerCrs" | "sublayer" | "overlap" | "snap"
>;

type LayerSpec = NonNullable<RunSpec["layers"]>[number];

function withOptions(base: Partial<RunSpec>, options: RunOptions): Record<string, unknown> {
  const set = <K extends string>(key: K, value: unknown): Record<string, unknown> =>
    value === undefined ? {} : { [key]: value };
  const layers = withLayers(base.layers ?? [], options);
  const register = withRegister(base.register, options);
  return {
    ...base,
    ...set("occurrences", options.occurrences),
    ...(layers.length === 0 ? {} : { layers }),
    ...set("register", register),
    ...set("out", outOf(options)),
    ...set("title", options.title),
    ...set("profile", options.profile),
    ...set("columns", options.columns),
    ...set("flags", options.flags),
    ...set("matrix", options.matrix),
    ...set("minOccurrences", options.minOccurrences),
    ...set(
      "formats",
      options.format === undefined ? undefined : [...new Set(["parquet", ...options.format])],
    ),
    ...set("workers", options.workers),
    ...set("memoryMiB", options.memory),
    ...set("cacheFolder", options.cache),
    ...(options.catalog === false ? { catalog: false } : set("catalog", options.catalog)),
    ...set("on", options.on),
    ...set("slurm", withSlurm(base.slurm, options)),
    ...set("aws", withAws(base.aws, options)),
  };
}

/** The layers of a configuration as the options change them: --layer replaces them all. */
export function withLayers(base: readonly LayerSpec[], options: LayerOptions): LayerSpec[] {
  const layers = new Map<string, Record<string, unknown>>(base.map((layer) => [layer.name, { ...layer }]));
  if (options.layer !== undefined) {
    layers.clear();
    for (const text of options.layer) {
      const [name, path] = pair("--layer", text, "county=counties.zip");
      if (layers.has(name)) {
        throw new UserError({
          code: "layer-doubled",
          message: `--layer ${text}: there is a layer called ${name} already.`,
          hint: "Give each layer a name of its own: it names columns and tables.",
        });
      }
      layers.set(name, { name, path });
    }
  }
  const fields: [keyof LayerOptions, string, string, (value: string) => unknown][] = [
    ["layerId", "--layer-id", "idField", String],
    ["layerName", "--layer-name", "nameField", String],
    ["layerTitle", "--layer-title", "title", String],
    ["layerCrs", "--layer-crs", "crs", String],
    ["sublayer", "--sublayer", "sublayer", String],
    ["overlap", "--overlap", "overlap", String],
    ["snap", "--snap", "snapMeters", Number],
  ];
  for (const [option, flag, field, convert] of fields) {
    for (const text of (options[option] as string[] | undefined) ?? []) {
      const [name, value] = pair(flag, text, `county=${field}`);
      const layer = layers.get(name);
      if (layer === undefined) {
        throw new UserError({
          code: "layer-unknown",
          message: `${flag} ${text}: there is no layer called ${name}.`,
          hint: `Name it with --layer ${name}=FILE first.`,
        });
      }
      layer[field] = convert(value);
    }
  }
  return [...layers.values()] as LayerSpec[];
}

function withRegister(base: RunSpec["register"], options: RunOptions): Record<string, unknown> | undefined {
  const path = options.register ?? base?.path;
  if (path === undefined) {
    if (options.resolve !== undefined || options.taxonomy !== undefined) {
      throw new UserError({
        code: "register-missing",
        message: "--resolve and --taxonomy are about a register, and none is given.",
        hint: "Add --register FILE.",
      });
    }
    return undefined;
  }
  const service: Record<string, unknown> = { ...base?.service };
  if (options.serviceUrl !== undefined) service.url = options.serviceUrl;
  if (options.serviceVersion !== undefined) service.version = options.serviceVersion;
  if (options.offline !== undefined) service.offline = options.offline;
  if (options.allowFuzzy !== undefined) service.allowFuzzy = options.allowFuzzy;
  return {
    ...base,
    path,
    ...(options.registerFormat === undefined ? {} : { format: options.registerFormat }),
    ...(options.registerPlace === undefined ? {} : { place: options.registerPlace }),
    ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
    ...(options.taxonomy === undefined ? {} : { taxonomy: options.taxonomy }),
    service,
  };
}

function pair(flag: string, text: string, example: string): [string, string] {
  const at = text.indexOf("=");
  if (at <= 0 || at === text.length - 1) {
    throw new UserError({
      code: "option-not-a-pair",
      message: `${flag} ${text}: expected NAME=VALUE.`,
      hint: `For example ${flag} ${example}.`,
    });
  }
  return [text.slice(0, at), text.slice(at + 1)];
}
