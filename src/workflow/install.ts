import type { Store } from "../store/index.ts";
import { bug } from "../trouble/index.ts";
import { inBatches } from "./in-batches.ts";
import { type Plan, stageOf } from "./plan.ts";
import type { PublishFacts } from "./stages/publish.ts";
import { workRoot } from "./task.ts";
import { WorkFolder } from "./work-folder.ts";

/** Folders of a result in which nothing but bisonflow's own files may stand. */
export const ownFolders = ["occurrences", "tables", "maps"];

/**
 * Puts the finished result where people look. The manifest is taken away first and set last, so a folder
 * with a manifest is whole; killed in between, the next run does it again to the same end.
 */
export async function install(plan: Plan, store: Store): Promise<void> {
  const work = new WorkFolder(store, workRoot(plan));
  const [task] = stageOf(plan, "publish").tasks;
  const key = task?.key ?? bug("a plan without its publish task");
  const result = (await work.result("publish", key)) ?? bug("nothing to install");
  const { files } = result.facts as unknown as PublishFacts;
  const manifestUri = `${plan.out}/manifest.json`;
  const manifest = await work.read("publish", key, "manifest.json");
  if ((await store.stat(manifestUri)) !== undefined) {
    const standing = await store.read(manifestUri);
    if (Buffer.compare(standing, manifest) === 0 && (await allThere(plan, store, work, files))) return;
    await store.remove(manifestUri);
  }
  const wanted = new Set(files.map(({ path }) => `${plan.out}/${path}`));
  const old: string[] = [];
  for (const folder of ownFolders) {
    for await (const { uri } of store.list(`${plan.out}/${folder}/`)) if (!wanted.has(uri)) old.push(uri);
  }
  await inBatches(old, (uri) => store.remove(uri));
  await inBatches(files, async (file) => {
    const from = work.uri(file.stage, file.key, file.name);
    const to = `${plan.out}/${file.path}`;
    if (store.copy !== undefined) await store.copy(from, to);
    else await store.publishFile((await store.stage(from)).path, to);
  });
  await store.publishBytes(manifest, manifestUri);
}

async function allThere(
  plan: Plan,
  store: Store,
  work: WorkFolder,
  files: PublishFacts["files"],
): Promise<boolean> {
  const same = await inBatches(files, async (file) => {
    const here = await store.stat(`${plan.out}/${file.path}`);
    const there = await store.stat(work.uri(file.stage, file.key, file.name));
    return here !== undefined && here.bytes === there?.bytes;
  });
  return same.every(Boolean);
}
