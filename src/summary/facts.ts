import { type Engine, parquetScan } from "../engine/index.ts";

/** Kept records that have something in common. */
export interface Fact {
  /** records, license, year, month, riis_assessment, species_key or flag. */
  readonly kind: string;
  /** The licence, year, month, assessment or flag; for species_key integer, text or none; null where the record has none. */
  readonly key: string | null;
  readonly occ_count: number;
}

/**
 * Adds up the files of facts that {@link writePartials} left for each part: sorted by kind, then the most records
 * first, then by key (by its bytes, null last).
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openEngine } from "bisonflow/engine";
 * import { readFacts, writePartials } from "bisonflow/summary";
 * const engine = await openEngine();
 * const folder = mkdtempSync(join(tmpdir(), "partials-"));
 * const { files } = await writePartials(engine, {
 *   relation: "(SELECT '2480528' AS specieskey, 'CC0_1_0' AS license FROM range(3))",
 *   layers: [],
 *   outFolder: folder,
 * });
 * const facts = await readFacts(engine, [files.find(({ name }) => name === "facts")?.path ?? ""]);
 * console.log(facts[0]); // { kind: 'license', key: 'CC0_1_0', occ_count: 3 }
 * engine.close();
 * ```
 */
export async function readFacts(engine: Engine, files: readonly string[]): Promise<Fact[]> {
  if (files.length === 0) return [];
  const rows = await engine.rows<{ kind: string; key: string | null; occ_count: bigint }>(
    `SELECT kind, key, sum(occ_count)::BIGINT AS occ_count FROM ${parquetScan(files)}
     GROUP BY kind, key ORDER BY kind, occ_count DESC, key NULLS LAST`,
  );
  return rows.map(({ kind, key, occ_count }) => ({ kind, key, occ_count: Number(occ_count) }));
}
