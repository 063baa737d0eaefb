import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { literal } from "../engine/index.ts";
import { bug } from "../trouble/index.ts";
import type { ArchiveInput } from "./input.ts";
import { readParquetMetadata } from "./parquet-metadata.ts";
import { emptyRelation, parquetRelation } from "./parquet-relation.ts";
import { type StagedParts, type StageOptions, stagedPartCount } from "./stage-options.ts";
import { readEntry, withZip } from "./zip.ts";

/** Extracts the Parquet files of a zip, a part's worth at a time, and writes them as parts with types one. */
export async function stageArchive(options: StageOptions & { input: ArchiveInput }): Promise<StagedParts> {
  const { input, columns, engine, partBytes } = options;
  const folder = await mkdtemp(join(options.scratchFolder, "stage-"));
  const parts: { path: string; rows: number }[] = [];
  let total = 0;
  try {
    await withZip(input.path, async (zip) => {
      const entries = input.entries.map(
        (name) => zip.entries.find((entry) => entry.name === name) ?? bug(`${input.path}: ${name} is gone`),
      );
      const count = stagedPartCount(input, partBytes);
      let begin = 0;
      let next = 0;
      for (let part = 0; part < count; part++) {
        const selects: string[] = [];
        const extracted: string[] = [];
        let rows = 0;
        for (; next < entries.length; next++) {
          const entry = entries[next];
          if (entry === undefined || Math.min(Math.floor(begin / partBytes), count - 1) > part) break;
          begin += entry.bytes;
          options.signal?.throwIfAborted();
          const path = join(folder, `${next}.parquet`);
          extracted.push(path);
          await pipeline(readEntry(zip, entry), createWriteStream(path));
          const metadata = await readParquetMetadata(engine, path, `${input.path}: ${entry.name}`);
          rows += metadata.rows;
          selects.push(parquetRelation({ files: [path], schema: metadata.columns, columns }));
        }
        const path = options.outPath(part);
        const written = await engine.run(
          `COPY (${selects.length === 0 ? emptyRelation(columns) : selects.join("\nUNION ALL\n")}) TO ${literal(path)} (FORMAT parquet, COMPRESSION snappy)`,
        );
        if (written !== rows) bug(`${input.path}: ${rows} rows were read and ${written} written`);
        parts.push({ path, rows });
        total += rows;
        options.onProgress?.(total, begin === 0 ? total : Math.round((total * input.textBytes) / begin));
        for (const file of extracted) await rm(file);
      }
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { parts, rows: total, issues: [] };
}
