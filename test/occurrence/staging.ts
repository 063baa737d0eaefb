import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type Engine, literal } from "../../src/engine/index.ts";
import { detectInput, type OccurrenceInput, stageText } from "../../src/occurrence/index.ts";
import type { DataIssue } from "../../src/trouble/index.ts";

export interface StagedRows {
  readonly rows: Record<string, unknown>[];
  readonly partRows: number[];
  readonly issues: readonly DataIssue[];
}

/** Stages an input (or a path) and reads all its parts back, in order. */
export async function stageRows(options: {
  engine: Engine;
  input: OccurrenceInput | string;
  columns: readonly string[];
  folder: string;
  partBytes?: number;
}): Promise<StagedRows> {
  const input = typeof options.input === "string" ? await detectInput(options.input) : options.input;
  if (input.kind === "parquet") throw new Error("Parquet is read in place");
  const out = mkdtempSync(join(options.folder, "parts-"));
  const staged = await stageText({
    input,
    columns: options.columns,
    partBytes: options.partBytes ?? 1e12,
    outPath: (part) => join(out, `part-${part}.parquet`),
    engine: options.engine,
    scratchFolder: options.folder,
  });
  const rows: Record<string, unknown>[] = [];
  for (const { path, rows: count } of staged.parts) {
    const read = await options.engine.rows(`FROM read_parquet(${literal(path)})`);
    if (read.length !== count) throw new Error(`${path}: ${read.length} rows where ${count} were said`);
    rows.push(...read);
  }
  if (rows.length !== staged.rows) throw new Error(`${rows.length} rows where ${staged.rows} were said`);
  return { rows, partRows: staged.parts.map(({ rows: count }) => count), issues: staged.issues };
}
