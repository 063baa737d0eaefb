import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { literal, openEngine } from "../../src/engine/index.ts";
import { manifestSchema } from "../../src/workflow/index.ts";

/** A table of an invented result: its rows as a query. */
export interface InventedTable {
  readonly name: string;
  readonly query: string;
  readonly primaryKey?: readonly string[];
  readonly descriptions?: Readonly<Record<string, string>>;
}

/** Writes the folder of an invented run: tables and maps as Parquet, manifest and data package. */
export async function makeResult(
  folder: string,
  options: {
    tables: readonly InventedTable[];
    maps?: readonly { layer: string; query: string }[];
    plan?: string;
  },
): Promise<string> {
  const engine = await openEngine({ threads: 2 });
  const files: { path: string; bytes: number; sha256: string }[] = [];
  const add = async (path: string, query: string): Promise<void> => {
    const to = join(folder, path);
    mkdirSync(join(to, ".."), { recursive: true });
    await engine.run(`COPY (${query}) TO ${literal(to)} (FORMAT parquet)`);
    files.push({
      path,
      bytes: statSync(to).size,
      sha256: createHash("sha256").update(readFileSync(to)).digest("hex"),
    });
  };
  const tables: { name: string; rows: number }[] = [];
  const resources: unknown[] = [];
  for (const { name, query, primaryKey, descriptions = {} } of options.tables) {
    await add(`tables/${name}.parquet`, query);
    const { rows } = await engine.row<{ rows: bigint }>(`SELECT count(*) AS rows FROM (${query})`);
    tables.push({ name, rows: Number(rows) });
    resources.push({
      name: `${name}.parquet`,
      title: `Title of ${name}`,
      path: `tables/${name}.parquet`,
      schema: {
        fields: (await engine.columns(query)).map((column) => ({
          name: column.name,
          description: descriptions[column.name] ?? `What ${column.name} means`,
        })),
        ...(primaryKey === undefined ? {} : { primaryKey }),
      },
    });
  }
  for (const { layer, query } of options.maps ?? []) await add(`maps/${layer}.parquet`, query);
  engine.close();
  const manifest = {
    format: "bisonflow-manifest-1",
    bisonflow: "0.1.0",
    plan: options.plan ?? "0123456789abcdef",
    title: "Invented",
    synthetic: true,
    generatedAt: "2026-11-24T08:00:00.000Z",
    source: {
      description: "invented.csv",
      doi: "10.15468/dl.invented",
      licences: [{ licence: "CC0_1_0", occ_count: 3 }],
      strictestLicence: "CC0 1.0",
      inputs: [],
    },
    parameters: { profile: {}, columns: [], flags: [], matrices: [], minOccurrences: 3, resolve: "keys" },
    records: { read: 4, kept: 3, dropped: [{ rule: "country", occ_count: 1, description: "" }] },
    flags: [],
    layers: [],
    years: [],
    tables,
    files,
    stages: [],
    versions: {},
    warnings: [],
  };
  // What a run writes, and nothing else.
  manifestSchema.parse(manifest);
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "datapackage.json"), JSON.stringify({ profile: "data-package", resources }));
  return folder;
}

/** A million rows and more of a matrix, with the regions and species that they name. */
export async function makeLargeResult(folder: string, rows: number): Promise<string> {
  const species = 2000;
  const regions = Math.ceil(rows / species);
  return makeResult(folder, {
    tables: [
      {
        name: "county_counts",
        query: `SELECT printf('%05d', i) AS region_id, 'County ' || i AS region_name, i::BIGINT AS occ_count FROM range(${regions}) t(i)`,
        primaryKey: ["region_id"],
      },
      {
        name: "species_list",
        query: `SELECT (2480000 + 37 * i)::VARCHAR AS species_key, 'Species ' || i AS species, i::BIGINT AS occ_count FROM range(${species}) t(i)`,
        primaryKey: ["species_key"],
      },
      {
        name: "county_x_species_matrix",
        query: `SELECT printf('%05d', i // ${species}) AS region_id, (2480000 + 37 * (i % ${species}))::VARCHAR AS species_key, (i * 7919 % 1000)::BIGINT AS occ_count FROM range(${rows}) t(i)`,
        primaryKey: ["region_id", "species_key"],
      },
    ],
  });
}
