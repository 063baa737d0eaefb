import { type SyntheticRecord, syntheticLayers, syntheticRegions } from "./synthetic-records.ts";

export type Cell = string | number | null;

const parts = ["introduced", "invasive", "presumed_native"];

/** Text by its bytes, as DuckDB sorts it. */
export function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** The regions of a record in a layer, each once. */
function regionsOf(record: SyntheticRecord, layer: string): string[] {
  const value = record[`${layer}_id` as "county_id" | "park_id"];
  return value === null ? [] : [...new Set([value].flat())];
}

/** Most frequent, then first in the alphabet; null only where nothing else is there. */
function bestName(names: readonly (string | null)[]): string | null {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || byBytes(a, b));
  return sorted[0]?.[0] ?? null;
}

function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}

const distinctSpecies = (records: readonly SyntheticRecord[]): number =>
  new Set(records.map(({ specieskey }) => specieskey).filter((key) => key !== null)).size;

/** Counts the tables anew from the records, the plain way, as rows of values in the tables' order. */
export function recount(records: readonly SyntheticRecord[]): Record<string, Cell[][]> {
  const keyed = records.filter(({ specieskey }) => specieskey !== null);
  const bySpecies = groupBy(keyed, ({ specieskey }) => specieskey as string);
  const keys = [...bySpecies.keys()].sort(byBytes);
  const nameOf = new Map(
    keys.map((key) => [key, bestName((bySpecies.get(key) ?? []).map((r) => r.species))]),
  );
  const tables: Record<string, Cell[][]> = {};
  for (const { name: layer } of syntheticLayers) {
    const regions = [...(syntheticRegions[layer] ?? [])].sort(([a], [b]) => byBytes(a, b));
    tables[`${layer}_counts`] = [];
    tables[`${layer}_x_species_list`] = [];
    tables[`${layer}_x_species_matrix`] = [];
    for (const [id, name] of regions) {
      const here = records.filter((record) => regionsOf(record, layer).includes(id));
      const of = (part: string): SyntheticRecord[] =>
        here.filter((record) => record.riis_assessment === part);
      const species = distinctSpecies(here);
      const assessed = parts.reduce((sum, part) => sum + of(part).length, 0);
      tables[`${layer}_counts`]?.push([
        id,
        name,
        here.length,
        species,
        ...parts.map((part) => of(part).length),
        ...parts.map((part) => distinctSpecies(of(part))),
        ...parts.map((part) => (assessed === 0 ? null : of(part).length / assessed)),
        ...parts.map((part) => (species === 0 ? null : distinctSpecies(of(part)) / species)),
      ]);
      for (const key of keys) {
        const found = here.filter(({ specieskey }) => specieskey === key);
        if (found.length === 0) continue;
        tables[`${layer}_x_species_matrix`]?.push([id, key, found.length]);
        for (const part of [...parts, null]) {
          const count = found.filter((record) => record.riis_assessment === part).length;
          if (count > 0) {
            tables[`${layer}_x_species_list`]?.push([id, name, key, nameOf.get(key) ?? null, part, count]);
          }
        }
      }
    }
  }
  tables.species_list = keys.map((key) => {
    const found = bySpecies.get(key) ?? [];
    const years = found.flatMap(({ year }) => (year === null ? [] : [year]));
    return [
      key,
      ...(["species", "kingdom", "class", "family"] as const).map((column) =>
        bestName(found.map((record) => record[column])),
      ),
      found.length,
      ...syntheticLayers.map(({ name }) => new Set(found.flatMap((record) => regionsOf(record, name))).size),
      years.length === 0 ? null : Math.min(...years),
      years.length === 0 ? null : Math.max(...years),
    ];
  });
  return tables;
}
