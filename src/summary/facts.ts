import type { Engine } from "../engine/index.ts";
import { partialFiles } from "./merged-partials.ts";

/** Kept records that have something in common. */
export interface Fact {
  /** records, license, year, month, riis_assessment, species_key or flag. */
  readonly kind: string;
  /** The licence, year, month, assessment or flag; for species_key integer, text or none; null where the record has none. */
  readonly key: string | null;
  readonly occ_count: number;
}

/** Adds up the facts of some partial folders: sorted by kind and key (by its bytes), null last. */
export async function readFacts(engine: Engine, partials: readonly string[]): Promise<Fact[]> {
  const rows = await engine.rows<{ kind: string; key: string | null; occ_count: bigint }>(
    `SELECT kind, key, sum(occ_count)::BIGINT AS occ_count FROM ${partialFiles(partials, "facts")}
     GROUP BY kind, key ORDER BY kind, key NULLS LAST`,
  );
  return rows.map(({ kind, key, occ_count }) => ({ kind, key, occ_count: Number(occ_count) }));
}
