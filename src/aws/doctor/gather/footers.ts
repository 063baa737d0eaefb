import { readSchemas } from "../../../catalog/crawl/read-schemas.ts";
import { hiveType } from "../../../catalog/index.ts";
import { openEngine } from "../../../engine/index.ts";
import type { ObjectEntry, Store } from "../../../store/index.ts";
import { AwsTrouble } from "../../client/index.ts";
import type { FooterFact } from "../facts/data-facts.ts";
import type { FactReader } from "./fact-reader.ts";

/** Files of one table are alike, mostly: the first, the last, and some between them are looked at. */
const filesPerTable = 8;

/** Reads the footers of some files of each Parquet table whose location has objects. */
export async function gatherFooters(reader: FactReader, store: Store): Promise<void> {
  const filled = new Set(
    reader
      .known("locations")
      .filter(({ hasObjects }) => hasObjects)
      .map(({ id }) => id),
  );
  const tables = reader.known("catalogTables").filter(({ isParquet, location }) => {
    return isParquet && location !== undefined && filled.has(location.replace(/^s3[an]:/, "s3:"));
  });
  if (tables.length === 0) return;
  const engine = await openEngine({ threads: 1 });
  try {
    for (const { location = "" } of tables) {
      const id = location.replace(/^s3[an]:/, "s3:");
      await reader.read(
        "footers",
        async (): Promise<FooterFact[]> => {
          const files = some(await parquetFiles(store, id));
          const { read, unreadable } = await readSchemas(engine, store, files);
          // A file that may not be read is a missing right, not a table without footers.
          if (read.length === 0 && files[0] !== undefined) await refusedAgain(store, files[0].uri);
          return [
            {
              id,
              files: read.map(({ uri, columns }) => ({
                uri,
                columns: columns.map(({ name, type }) => ({ name, type: hiveType(type) })),
              })),
              unreadable: unreadable.map(({ uri }) => uri),
            },
          ];
        },
        { id },
      );
    }
  } finally {
    engine.close();
  }
}

async function parquetFiles(store: Store, folder: string): Promise<ObjectEntry[]> {
  const prefix = /\.parquet$/i.test(folder) ? folder : folder.replace(/\/?$/, "/");
  const found: ObjectEntry[] = [];
  for await (const entry of store.list(prefix)) {
    // Hidden names (_SUCCESS, .crc) are nothing to readers of tables either.
    const name = entry.uri.split("/").at(-1) ?? "";
    if (entry.bytes > 0 && !/^[._]/.test(name) && !/\.(txt|json|csv|crc|html|md)$/i.test(name))
      found.push(entry);
    if (found.length >= 5000) break;
  }
  return found;
}

function some(files: readonly ObjectEntry[]) {
  const step = Math.max(1, (files.length - 1) / (filesPerTable - 1));
  const chosen = new Set<ObjectEntry>();
  for (let i = 0; i < files.length && chosen.size < filesPerTable; i++) {
    const file = files[Math.round(i * step)];
    if (file !== undefined) chosen.add(file);
  }
  return [...chosen].map(({ uri, bytes }) => ({ uri, bytes, format: "parquet" as const }));
}

async function refusedAgain(store: Store, uri: string): Promise<void> {
  try {
    await store.read(uri, { start: 0, end: 4 });
  } catch (error) {
    if (error instanceof AwsTrouble) throw error;
  }
}
