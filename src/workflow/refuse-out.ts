import { sep } from "node:path";
import { isRemote, type Store } from "../store/index.ts";
import { UserError } from "../trouble/index.ts";
import { ownFolders } from "./install.ts";
import { below } from "./location.ts";

/** Refuses a result folder in whose own folders a source stands: whatever is not of the result goes from there. */
export function refuseSourcesWithin(out: string, sources: readonly string[]): void {
  const separator = isRemote(out) ? "/" : sep;
  const within = sources.find((path) =>
    [...ownFolders, ".bisonflow"].some((name) => path.startsWith(below(out, name) + separator)),
  );
  if (within === undefined) return;
  throw new UserError({
    code: "source-within-result",
    message: `${within}: it stands in ${out}, among what the run writes there and clears.`,
    hint: "Choose another folder with --out, or move the file out of it.",
  });
}

/** Refuses a folder with somebody else's files where the result's own will stand: they would go. */
export async function refuseForeignFolder(out: string, store: Store): Promise<void> {
  for (const ours of ["manifest.json", ".bisonflow/plan.json"])
    if ((await store.stat(below(out, ours))) !== undefined) return;
  for (const name of ownFolders) {
    for await (const { uri } of store.list(`${out}/${name}/`)) {
      throw new UserError({
        code: "result-folder-foreign",
        message: `${uri}: it is of no run of bisonflow, and a run keeps ${name}/ for its own files alone.`,
        hint: "Choose another folder with --out, or move those files.",
      });
    }
  }
}
