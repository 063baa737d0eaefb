import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import { type Store, type StoreTraffic, sha256OfFile } from "../store/index.ts";
import { inBatches } from "./in-batches.ts";
import type { Staging } from "./staging.ts";
import { isNothing } from "./traffic.ts";

const taskResult = z.strictObject({
  format: z.literal("bisonflow-task-1"),
  stage: z.string(),
  key: z.string(),
  files: z.array(
    z.strictObject({ name: z.string(), bytes: z.number(), sha256: z.string(), rows: z.number().optional() }),
  ),
  /** What the stage found out, in its own shape. */
  facts: z.record(z.string(), z.unknown()),
  rows: z.number(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakMemoryMiB: z.number(),
  /** What a remote store moved for it, what it fetched ahead for the next task included. */
  traffic: z
    .strictObject({
      requests: z.number(),
      retries: z.number(),
      bytesRead: z.number(),
      bytesWritten: z.number(),
    })
    .optional(),
});

/** What a task leaves beside its files; its presence says that the task is done. */
export type TaskResult = z.output<typeof taskResult>;

/**
 * The outputs of tasks under a run's folder, each under the key of everything that it depends on:
 * `tasks/STAGE-KEY/...files` and, last of all, `result.json`. A task killed before that leaves nothing that
 * anyone reads; one that runs twice writes the same again.
 */
export class WorkFolder {
  readonly root: string;
  readonly #store: Store;
  readonly #staging: Staging | undefined;

  /** `staging` keeps what is staged until a task's end; without it only a local folder can be staged from. */
  constructor(store: Store, root: string, staging?: Staging) {
    this.#store = store;
    this.#staging = staging;
    this.root = root;
  }

  uri(stage: string, key: string, name: string): string {
    return `${this.root}/tasks/${stage}-${key}/${name}`;
  }

  /** The result of a task if it is done and all of its files are there in full. */
  async result(stage: string, key: string): Promise<TaskResult | undefined> {
    const uri = this.uri(stage, key, "result.json");
    const there = new Map<string, number>();
    for await (const entry of this.#store.list(this.uri(stage, key, ""))) there.set(entry.uri, entry.bytes);
    if (!there.has(uri)) return undefined;
    const parsed = taskResult.safeParse(parseJson(await this.#store.read(uri)));
    if (!parsed.success || parsed.data.key !== key) return undefined;
    const whole = parsed.data.files.every(
      ({ name, bytes }) => there.get(this.uri(stage, key, name)) === bytes,
    );
    return whole ? parsed.data : undefined;
  }

  /** Publishes what a task wrote into `scratch`: every file, then the result that makes it count. */
  async publish(options: {
    stage: string;
    key: string;
    scratch: string;
    rows: number;
    rowsOf?: Record<string, number>;
    facts: Record<string, unknown>;
    seconds: number;
    cpuSeconds: number;
    peakMemoryMiB: number;
    /** Asked when all files are published. */
    traffic?: () => StoreTraffic;
  }): Promise<TaskResult> {
    const { stage, key, scratch, rowsOf, traffic, ...rest } = options;
    const files: TaskResult["files"] = [];
    for (const name of await fileNames(scratch)) {
      const path = join(scratch, name);
      const rows = rowsOf?.[name];
      files.push({
        name,
        bytes: (await stat(path)).size,
        sha256: await sha256OfFile(path),
        ...(rows === undefined ? {} : { rows }),
      });
    }
    for (const { name } of files)
      await this.#store.publishFile(join(scratch, name), this.uri(stage, key, name));
    const moved = traffic?.();
    const result: TaskResult = {
      format: "bisonflow-task-1",
      stage,
      key,
      files,
      ...rest,
      // A task may have bytes and no request: those of its records were sent while the one before ran.
      ...(moved === undefined || isNothing(moved) ? {} : { traffic: moved }),
    };
    await this.#store.publishBytes(Buffer.from(JSON.stringify(result)), this.uri(stage, key, "result.json"));
    return result;
  }

  /** A local path for a file of a task, for DuckDB to read. */
  async stage(stage: string, key: string, name: string): Promise<string> {
    const uri = this.uri(stage, key, name);
    return this.#staging === undefined ? (await this.#store.stage(uri)).path : this.#staging.file(uri);
  }

  /** A local folder with a task's files below one name, under their own names. */
  async stageFolder(stage: string, key: string, folder: string): Promise<string> {
    const prefix = this.uri(stage, key, folder);
    if (this.#staging === undefined) return prefix;
    const files = (await this.result(stage, key))?.files ?? [];
    const names = files.flatMap(({ name }) =>
      name.startsWith(`${folder}/`) ? [name.slice(folder.length + 1)] : [],
    );
    return this.#staging.folder(prefix, names);
  }

  async read(stage: string, key: string, name: string): Promise<Uint8Array> {
    return this.#store.read(this.uri(stage, key, name));
  }

  /** Removes the outputs of tasks that are not among `keep` (as `STAGE-KEY`): what an earlier plan left. */
  async prune(keep: ReadonlySet<string>): Promise<void> {
    const prefix = `${this.root}/tasks/`;
    const old: string[] = [];
    for await (const { uri } of this.#store.list(prefix)) {
      const [folder = ""] = uri.slice(prefix.length).split("/");
      if (!keep.has(folder)) old.push(uri);
    }
    await inBatches(old, (uri) => this.#store.remove(uri));
  }
}

async function fileNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll("\\", "/"))
    .sort();
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
