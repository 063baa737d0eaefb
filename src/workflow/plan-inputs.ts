import { openEngine } from "../engine/index.ts";
import { detectInput, expandInputs } from "../occurrence/index.ts";
import { isRemote, type Store } from "../store/index.ts";
import { bug } from "../trouble/index.ts";
import type { PlannedInput } from "./plan.ts";
import { expandRemote, planRemoteInputs } from "./remote-inputs.ts";

/**
 * Finds the inputs that a user named (files, folders, globs, uris, `gbif:latest`), recognises each, and takes down
 * its content's identity: each once, in the order of their names, those of this machine first.
 */
export async function planInputs(
  named: readonly string[],
  options: {
    readonly store: Store;
    readonly cwd: string;
    readonly findSnapshot?: (name: string) => Promise<string>;
  },
): Promise<PlannedInput[]> {
  const { store, cwd } = options;
  const findSnapshot = options.findSnapshot ?? (() => bug("a snapshot was named where none can be found"));
  const places = await Promise.all(
    named.map((one) => (one.startsWith("gbif:") ? findSnapshot(one.slice("gbif:".length)) : one)),
  );
  const local = places.filter((place) => !isRemote(place));
  const remote = places.filter(isRemote);
  const engine = await openEngine();
  try {
    const inputs: PlannedInput[] = [];
    for (const path of local.length === 0 ? [] : await expandInputs(local, { cwd })) {
      const input = await detectInput(path, { engine });
      const identity = await store.identify(path);
      inputs.push({ input, path, bytes: (await store.stat(path))?.bytes ?? 0, identity });
    }
    const found = await Promise.all(remote.map((place) => expandRemote(store, place)));
    const entries = new Map(found.flat().map((entry) => [entry.uri, entry]));
    const sorted = [...entries.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1));
    return [...inputs, ...(await planRemoteInputs(sorted, { store, engine }))];
  } finally {
    engine.close();
  }
}
