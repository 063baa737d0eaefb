import { readFile, writeFile } from "node:fs/promises";
import type { Engine } from "../engine/index.ts";
import type { MapGeometry } from "./map-geometry.ts";
import { gatherReport } from "./model.ts";
import { page } from "./page.ts";
import type { RunFacts } from "./run-facts.ts";

/**
 * Writes report.html: one file that opens from disk and asks the network for nothing.
 *
 * It reads the Parquet tables of `tablesFolder` (names and columns of docs on outputs); what is not there is left
 * out of the page. `map` is the layer to draw (its counts must be among the tables), `outlines` a coarser one
 * whose borders are drawn over it. Text from the data is escaped.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { openEngine } from "bisonflow/engine";
 * import { type RunFacts, writeReport } from "bisonflow/report";
 * const facts: RunFacts = {
 *   title: "Birds", synthetic: false, generatedAt: "2026-03-02T00:00:00Z", version: "0.1.0",
 *   source: { description: "A download", licences: [], strictestLicence: null, inputs: [] },
 *   records: { read: 2, kept: 0, dropped: [{ rule: "country", occ_count: 2, description: "Not in the US." }] },
 *   flags: [], layers: [], stages: [], profile: "bison", resolve: "keys", minOccurrences: 3, warnings: [],
 * };
 * const folder = mkdtempSync("/tmp/report-");
 * const engine = await openEngine();
 * const { bytes } = await writeReport(engine, { facts, tablesFolder: folder, map: null, outPath: `${folder}/report.html` });
 * console.log(bytes > 10_000 && bytes < 100_000); // true
 * engine.close();
 * ```
 */
export async function writeReport(
  engine: Engine,
  options: {
    facts: RunFacts;
    tablesFolder: string;
    map: MapGeometry | null;
    outlines?: MapGeometry | null | undefined;
    outPath: string;
  },
): Promise<{ bytes: number }> {
  const [style, script] = await Promise.all(
    ["./report.css", "./report.client.js"].map((name) => readFile(new URL(name, import.meta.url), "utf8")),
  );
  const model = await gatherReport(engine, options);
  const text = page(model, { style: style ?? "", script: script ?? "" });
  await writeFile(options.outPath, text);
  return { bytes: Buffer.byteLength(text) };
}
