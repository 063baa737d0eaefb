import { z } from "zod";
import { stageNames } from "./stage-names.ts";

const layerSpec = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z][a-z0-9_]*$/,
        "a layer's name is lower case letters, digits and underscores, and starts with a letter",
      )
      .describe("What its columns and tables are called, for example county."),
    path: z
      .string()
      .min(1)
      .describe(
        "File, folder or zip with the polygons, in any format that GDAL reads; a path or an s3:// uri.",
      ),
    title: z.string().optional().describe("What the report calls it; the name when absent."),
    idField: z
      .string()
      .optional()
      .describe("Field with the region's id; by convention when absent (GEOID for Census layers)."),
    nameField: z.string().optional().describe("Field with the region's name; by convention when absent."),
    sublayer: z.string().optional().describe("Layer inside a file that holds several."),
    crs: z
      .string()
      .optional()
      .describe("Coordinate reference system of a file that does not say, for example EPSG:4269."),
    overlap: z
      .enum(["one", "all"])
      .default("one")
      .describe("Where its regions overlap: one (the smallest area) or all (a list)."),
    snapMeters: z
      .number()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe("Points outside every region go to the nearest within so many metres; 0 is off."),
    coarser: z
      .record(z.string(), z.strictObject({ idField: z.string(), nameField: z.string() }))
      .optional()
      .describe("Coarser layers that its fields hold, for example state by STATEFP and STATE_NAME."),
    vintage: z.string().optional().describe("Year or edition of the boundaries."),
  })
  .describe("A layer of regions.");

const serviceSpec = z.strictObject({
  url: z.url().default("https://api.gbif.org").describe("Where the species match service is."),
  version: z.enum(["v1", "v2"]).default("v2").describe("Which version of it answers."),
  concurrency: z.number().int().min(1).max(50).default(8).describe("Requests under way at one time."),
  offline: z.boolean().default(false).describe("Answer from the cache alone."),
  allowFuzzy: z.boolean().default(false).describe("Join on names that match only approximately."),
});

const registerSpec = z
  .strictObject({
    path: z.string().min(1).describe("The register: US-RIIS master list (version 1 or 2) or GRIIS."),
    format: z
      .enum(["us-riis-v1", "us-riis-v2", "griis"])
      .optional()
      .describe("Its format; detected when absent."),
    place: z.string().optional().describe("The place its rows are about, for a register that does not say."),
    resolve: z
      .enum(["keys", "names", "service"])
      .default("keys")
      .describe(
        "How its names find GBIF taxa: by its own keys alone, by the taxa at hand, or by the match service.",
      ),
    taxonomy: z
      .string()
      .optional()
      .describe("A local taxonomy file for resolve names, instead of the taxa in the records."),
    service: serviceSpec.prefault({}),
  })
  .describe("A register of introduced and invasive species.");

const slurmSpec = z
  .strictObject({
    partition: z.string().min(1).optional().describe("Partition; the cluster's default when absent."),
    sbatch: z
      .array(z.string().min(1))
      .default([])
      .describe("Further options of sbatch, one a string, for example --account=bison."),
    cpusPerTask: z.number().int().min(1).max(256).default(1).describe("Processors of each task."),
  })
  .describe("How tasks run on Slurm (on: slurm).");

const containerSpec = z.strictObject({
  vcpus: z.number().int().min(1).max(256).optional().describe("vCPUs of a task's container."),
  memoryMiB: z.number().int().min(512).optional().describe("Memory of a task's container, in MiB."),
});

const awsSpec = z
  .strictObject({
    region: z.string().min(1).optional().describe("Region; by AWS_REGION or the profile when absent."),
    stack: z
      .string()
      .min(1)
      .default("bisonflow")
      .describe("CloudFormation stack whose outputs name the queue and the job definition."),
    queue: z.string().min(1).optional().describe("Job queue of Batch, instead of the stack's."),
    jobDefinition: z
      .string()
      .min(1)
      .optional()
      .describe("Job definition of Batch, as NAME, NAME:REVISION or ARN, instead of the stack's."),
    vcpus: z
      .number()
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe("vCPUs of a task's container; the job definition's when absent."),
    memoryMiB: z
      .number()
      .int()
      .min(512)
      .optional()
      .describe("Memory of a task's container, in MiB; the job definition's when absent."),
    stages: z
      .partialRecord(z.enum(stageNames), containerSpec)
      .default({})
      .describe("Other sizes for the containers of single stages, for example count."),
    attempts: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(5)
      .describe("Attempts at a task whose machine was taken away or that asks for another."),
    timeoutMinutes: z
      .number()
      .min(1)
      .default(360)
      .describe("What one attempt may take, in minutes; after that the task has failed."),
  })
  .describe("How tasks run on AWS Batch (on: aws).");

/** What a user may ask of a run: the configuration file and the options of `bisonflow run`. Unknown keys are refused. */
export const runSpec = z.strictObject({
  title: z.string().default("Occurrences by region").describe("Heading of the report."),
  occurrences: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      "Files, folders, globs or uris (s3://…, gbif:latest, gbif:2026-11-01) with occurrence records, of any of the accepted kinds.",
    ),
  layers: z
    .array(layerSpec)
    .default([])
    .describe("Layers of regions; the packaged US counties when none is given."),
  register: registerSpec.optional().describe("The register; without one nothing is assessed."),
  profile: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .default("bison")
    .describe("Which records to keep: bison, all, a JSON file, or the rules themselves."),
  out: z
    .string()
    .min(1)
    .default("bisonflow-out")
    .describe("Folder for the result, or a prefix: s3://BUCKET/PREFIX."),
  columns: z
    .array(z.string())
    .optional()
    .describe("Columns of the input to keep; outputs' default ones when absent."),
  flags: z.array(z.string()).default([]).describe("Quality flags to add as columns and to count."),
  matrix: z
    .array(z.string())
    .optional()
    .describe("Layers that get matrices and statistics; county, else the first, when absent."),
  minOccurrences: z
    .number()
    .int()
    .min(1)
    .default(3)
    .describe("Occurrences that a cell needs to count as present in the presence-absence matrix."),
  formats: z
    .array(z.enum(["parquet", "csv"]))
    .default(["parquet", "csv"])
    .describe("Formats of the tables; parquet is always written."),
  on: z.enum(["local", "slurm", "aws"]).default("local").describe("Where tasks run."),
  slurm: slurmSpec.prefault({}),
  aws: awsSpec.prefault({}),
  workers: z
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe(
      "Worker processes, or tasks at one time elsewhere; the machine's cores when absent, 100 elsewhere.",
    ),
  memoryMiB: z
    .number()
    .int()
    .min(256)
    .default(1024)
    .describe("Memory of all workers' DuckDB together, in MiB; elsewhere than here, of each task's."),
  taskRows: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      "Records a task takes, about so many; when absent 1.5 million, 3 million where there are more than 50 million.",
    ),
  cacheFolder: z
    .string()
    .optional()
    .describe("Folder of compiled layers and stored answers; the user's cache when absent."),
  catalog: z
    .union([z.string(), z.literal(false)])
    .optional()
    .describe(
      "Catalog where the result is registered: local (the user's own), glue, or a folder; false for none. When absent: glue with on: aws, none for another result on S3, else local.",
    ),
  synthetic: z.boolean().default(false).describe("The records are invented: the report says so."),
});

/** A run as a user writes it; every field with a default may be left out. */
export type RunSpec = z.input<typeof runSpec>;
/** A run with every default in place. */
export type RunConfig = z.output<typeof runSpec>;
/** A layer of a run, every default in place. */
export type LayerConfig = RunConfig["layers"][number];
/** The register of a run, every default in place. */
export type RegisterConfig = NonNullable<RunConfig["register"]>;

/**
 * Gives a configuration file its type, for editors.
 *
 * @example
 * ```ts
 * import { defineConfig } from "bisonflow";
 * const config = defineConfig({ occurrences: ["birds.zip"], out: "birds" });
 * console.log(config.out); // birds
 * ```
 */
export function defineConfig(spec: RunSpec): RunSpec {
  return spec;
}
