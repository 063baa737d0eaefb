import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Store } from "../../src/store/index.ts";

/** Copies every object under a prefix into a folder, under the rest of its name. */
export async function download(store: Store, prefix: string, folder: string): Promise<void> {
  for await (const { uri } of store.list(`${prefix}/`)) {
    const path = join(folder, uri.slice(prefix.length + 1));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await store.read(uri));
  }
}
