import { z } from "zod";
import { type StagedFile, type Store, sha256OfFile } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";

/** What publishing reads of a run's manifest; what else stands in it is kept as it is. */
const manifestSchema = z.looseObject({
  format: z.literal("bisonflow-manifest-1"),
  bisonflow: z.string(),
  plan: z.string(),
  title: z.string(),
  synthetic: z.boolean(),
  generatedAt: z.iso.datetime({ offset: true }),
  source: z.looseObject({
    description: z.string(),
    snapshotDate: z.string().optional(),
    doi: z.string().optional(),
    citation: z.string().optional(),
    licences: z.array(z.unknown()),
    strictestLicence: z.string().nullable(),
  }),
  records: z.looseObject({ read: z.number().int(), kept: z.number().int() }),
  register: z.looseObject({ name: z.string(), citation: z.string().optional() }).optional(),
  tables: z.array(z.looseObject({ name: z.string(), rows: z.number().int() })),
  files: z.array(z.looseObject({ path: z.string(), bytes: z.number().int(), sha256: z.string() })),
});

/** What it reads of the data package: what tables and columns mean. */
const packageSchema = z.looseObject({
  resources: z.array(
    z.looseObject({
      title: z.string().optional(),
      description: z.string().optional(),
      path: z.union([z.string(), z.array(z.string())]),
      schema: z.looseObject({
        fields: z.array(z.looseObject({ name: z.string(), description: z.string().optional() })),
        primaryKey: z.union([z.string(), z.array(z.string())]).optional(),
      }),
    }),
  ),
});

/** A run's manifest, as far as publishing reads it. */
export type ResultManifest = z.output<typeof manifestSchema>;

/** A Parquet file of the result that becomes a table. */
export interface ResultFile {
  readonly name: string;
  readonly kind: "table" | "map";
  readonly path: string;
  readonly uri: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly columns: ReadonlyMap<string, string>;
  readonly primaryKey: readonly string[];
}

/** A run's folder, as publishing sees it. */
export interface Result {
  readonly manifest: ResultManifest;
  readonly files: readonly ResultFile[];
}

/** Reads what a run left: manifest and data package, not yet the tables. A folder that is none is a UserError. */
export async function readResult(store: Store, out: string): Promise<Result> {
  const folder = out.replace(/[/\\]+$/, "");
  if ((await store.stat(`${folder}/manifest.json`)) === undefined) throw await notARun(store, folder);
  const manifest = await readJson(store, `${folder}/manifest.json`, manifestSchema);
  const described = await readJson(store, `${folder}/datapackage.json`, packageSchema);
  const byPath = new Map(manifest.files.map((file) => [file.path, file]));
  const files: ResultFile[] = [];
  for (const { name } of manifest.tables) {
    const path = `tables/${name}.parquet`;
    const file = byPath.get(path);
    if (file === undefined) {
      throw new UserError({
        code: "result-without-parquet",
        message: `${folder}: the table ${name} is there as CSV alone; ${path} was expected.`,
        hint: "Run again with --format parquet,csv: only the last step is done anew.",
      });
    }
    const resource = described.resources.find((one) => one.path === path);
    const { primaryKey = [] } = resource?.schema ?? {};
    files.push({
      ...fileOf(folder, path, file),
      name,
      kind: "table",
      title: resource?.title,
      description: resource?.description,
      columns: columnsOf(resource?.schema.fields ?? []),
      primaryKey: typeof primaryKey === "string" ? [primaryKey] : primaryKey,
    });
  }
  for (const file of manifest.files) {
    const layer = /^maps\/([^/]+)\.parquet$/.exec(file.path)?.[1];
    if (layer === undefined) continue;
    const counts = files.find(({ name }) => name === `${layer}_counts`);
    files.push({
      ...fileOf(folder, file.path, file),
      name: `${layer}_map`,
      kind: "map",
      title: `Regions of the layer ${layer}: their shapes and counts`,
      columns: new Map([
        ...(counts?.columns ?? []),
        ["geometry", "Shape of the region, longitude and latitude (EPSG:4326)"],
      ]),
      primaryKey: ["region_id"],
    });
  }
  return { manifest, files };
}

/** Stages a file of the result and makes sure that it is the one of the manifest. */
export async function stageChecked(store: Store, file: ResultFile): Promise<StagedFile> {
  const staged = await store.stage(file.uri);
  try {
    const found = await sha256OfFile(staged.path);
    if (found !== file.sha256) {
      throw new UserError({
        code: "result-damaged",
        message: `${file.uri}: its content is not the one that manifest.json names (sha256 ${found.slice(0, 12)}…, expected ${file.sha256.slice(0, 12)}…).`,
        hint: "It was changed or cut after the run, or a run is just replacing it: run again, then publish.",
      });
    }
    return staged;
  } catch (error) {
    await staged.release();
    throw error;
  }
}

function fileOf(folder: string, path: string, { bytes, sha256 }: ResultManifest["files"][number]) {
  return { path, uri: `${folder}/${path}`, bytes, sha256: sha256.replace(/^sha256:/, "") };
}

function columnsOf(
  fields: readonly { name: string; description?: string | undefined }[],
): Map<string, string> {
  return new Map(fields.map(({ name, description = "" }) => [name, description]));
}

async function readJson<T>(store: Store, uri: string, schema: z.ZodType<T>): Promise<T> {
  const text = new TextDecoder().decode(await store.read(uri));
  const invalid = (seen: string, cause: unknown): UserError =>
    new UserError({
      code: "result-not-a-run",
      message: `${uri}: ${seen}; what a run of bisonflow writes was expected.`,
      hint: "Give the folder that a run wrote (its --out), whole and unchanged.",
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid("it is no JSON", error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${issue?.path.join(".") || "it"}: ${issue?.message ?? "not as expected"}`, parsed.error);
}

async function notARun(store: Store, folder: string): Promise<UserError> {
  let isThere = false;
  for await (const _ of store.list(`${folder}/`)) {
    isThere = true;
    break;
  }
  return new UserError({
    code: "result-not-a-run",
    message: isThere
      ? `${folder}: no manifest.json there, so it is no result of a run, or one that has not finished.`
      : `${folder}: nothing is there; the folder of a run was expected.`,
    hint: "Give the folder that a run wrote (its --out). A run that was stopped is finished by running it again.",
  });
}
