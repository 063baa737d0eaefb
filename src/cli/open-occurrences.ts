import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPath, type TableSource } from "../catalog/index.ts";
import type { Engine } from "../engine/index.ts";
import { describeInput, detectInput, OCCURRENCE_COLUMNS, stageText } from "../occurrence/index.ts";
import { localStore } from "../store/index.ts";

/**
 * Opens a zip of occurrence records (Darwin Core Archive, simple download) for `preview`: staged into a folder
 * that is gone when the table is released. Undefined for anything but a zip.
 */
export async function openOccurrences(engine: Engine, path: string): Promise<TableSource | undefined> {
  if (!/\.zip$/i.test(path)) return undefined;
  const input = await detectInput(path);
  if (input.kind === "parquet") return undefined;
  const folder = await mkdtemp(join(tmpdir(), "bisonflow-preview-"));
  const release = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const parts = join(folder, "records");
    await mkdir(parts);
    const known = new Set(OCCURRENCE_COLUMNS.map(({ name }) => name));
    const columns =
      input.kind === "text"
        ? [...new Set(input.columns.map(({ name }) => name))].filter((name) => known.has(name))
        : [...known];
    const staged = await stageText({
      input,
      columns,
      partBytes: Number.MAX_SAFE_INTEGER,
      outPath: (part) => join(parts, `part-${part}.parquet`),
      engine,
      scratchFolder: folder,
    });
    const source = await openPath(engine, localStore(), parts);
    if (source === undefined) {
      await release();
      return undefined;
    }
    return {
      ...source,
      name: path,
      format: describeInput(input),
      notes: [
        ...source.notes,
        "Staged from the zip: columns that bisonflow knows, in its own types.",
        ...staged.issues.map(({ code, count, example }) => `${code}: ${count} (${example})`),
      ],
      release: async () => {
        await source.release();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
