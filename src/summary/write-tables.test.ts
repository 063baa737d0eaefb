import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cell, recount } from "../../test/summary/recount.ts";
import {
  type SyntheticRecord,
  syntheticLayers,
  syntheticRecords,
  writeRecords,
  writeRegions,
} from "../../test/summary/synthetic-records.ts";
import { temporaryFolder } from "../../test/support/paths.ts";
import { type Engine, literal, openEngine } from "../engine/index.ts";
import { tableSchemas, type WriteTablesOptions, writePartials, writeTables } from "./index.ts";

const scratch = temporaryFolder();
let engine: Engine;
let regions: Record<string, string>;
let folders = 0;

beforeAll(async () => {
  engine = await openEngine();
  regions = await writeRegions(engine, scratch);
});
afterAll(() => engine.close());

const matrices = ["county", "state", "park", "zone"];

function newFolder(): string {
  const folder = join(scratch, `folder-${folders++}`);
  mkdirSync(folder);
  return folder;
}

async function partialsOf(parts: readonly (readonly SyntheticRecord[])[], using = engine): Promise<string[]> {
  const partials: string[] = [];
  for (const part of parts) {
    const folder = newFolder();
    const relation = await writeRecords(using, part, join(folder, "part.parquet"));
    const { rows } = await writePartials(using, {
      relation,
      layers: syntheticLayers,
      outFolder: folder,
      flags: ["flag_zero_coordinates"],
    });
    expect(rows).toBe(part.length);
    partials.push(folder);
  }
  return partials;
}

async function tablesOf(
  partials: readonly string[],
  options: Partial<WriteTablesOptions> = {},
  using = engine,
): Promise<{ folder: string; rowsOf: Record<string, number> }> {
  const folder = newFolder();
  const { tables } = await writeTables(using, {
    partials,
    layers: syntheticLayers,
    regions,
    dropped: [
      { rule: "country", occ_count: 7 },
      { rule: "coordinates", occ_count: 0 },
    ],
    placement: [{ layer: "state", how: "outside", occ_count: 3 }],
    matrices,
    minOccurrences: 3,
    outFolder: folder,
    formats: ["parquet"],
    ...options,
  });
  return { folder, rowsOf: Object.fromEntries(tables.map(({ name, rows }) => [name, rows])) };
}

async function rowsOf(folder: string, table: string): Promise<Cell[][]> {
  const rows = await engine.rows(`SELECT * FROM read_parquet(${literal(join(folder, `${table}.parquet`))})`);
  return rows.map((row) =>
    Object.values(row).map((value) => (typeof value === "bigint" ? Number(value) : (value as Cell))),
  );
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value, at) => [(at * 7919) % 1009, value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, v]) => v);
}

function bytesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "base64")]),
  );
}

describe("tables of a run", () => {
  it.each([1, 2, 3])("agree with a plain recount of the records (seed %i)", async (seed) => {
    const records = syntheticRecords({ seed, count: 900 });
    const { folder, rowsOf: counted } = await tablesOf(
      await partialsOf([records.slice(0, 400), records.slice(400)]),
    );
    for (const [table, expected] of Object.entries(recount(records))) {
      expect(await rowsOf(folder, table), table).toEqual(expected);
      expect(counted[table], table).toBe(expected.length);
    }
  });

  it("are the same bytes however records are split, ordered and threaded", async () => {
    const records = syntheticRecords({ seed: 5, count: 3000, species: 200 });
    const once = await tablesOf(await partialsOf([records]), { formats: ["parquet", "csv"] });
    const expected = bytesOf(once.folder);
    const mixed = shuffled(records);
    const parts = [mixed.slice(0, 10), [], mixed.slice(10, 1700), mixed.slice(1700)];
    const threaded = await openEngine({ threads: 4 });
    const partials = await partialsOf(parts, threaded);
    const again = await tablesOf([...partials].reverse(), { formats: ["csv", "parquet"] }, threaded);
    threaded.close();
    expect(bytesOf(again.folder)).toEqual(expected);
  });

  it.each([
    ["letters", (key: string) => `B${key}X`],
    ["digits that are the same number", (key: string) => (key === "37" ? "037" : key === "74" ? "37" : key)],
    ["numbers too large for a cell", (key: string) => `${4_294_967_295 + Number(key)}`],
    ["blanks around them", (key: string) => ` ${key} `],
    ["nothing but a blank", (key: string) => (key === "37" ? " " : key)],
  ])("agree with a recount where species keys are %s", async (_, rename) => {
    const records = syntheticRecords({ seed: 4, count: 600 }).map((record) => ({
      ...record,
      specieskey: record.specieskey === null ? null : rename(record.specieskey),
    }));
    const trimmed = records.map((record) => ({ ...record, specieskey: record.specieskey?.trim() || null }));
    const { folder } = await tablesOf(await partialsOf([records.slice(0, 250), records.slice(250)]));
    for (const [table, expected] of Object.entries(recount(trimmed))) {
      expect(await rowsOf(folder, table), table).toEqual(expected);
    }
  });

  it.each([
    ["are another's with a zero before it", "037"],
    ["are letters", "BX37"],
  ])("agree with a recount where species keys of one part alone %s", async (_, key) => {
    const records = syntheticRecords({ seed: 6, count: 600 });
    const first = records.slice(0, 250).filter(({ specieskey }) => specieskey !== "37");
    const second = records.slice(250).map((record) => ({
      ...record,
      specieskey: record.specieskey === "37" ? key : record.specieskey,
    }));
    const third = records.filter(({ specieskey }) => specieskey === "37");
    expect(second.some(({ specieskey }) => specieskey === key)).toBe(true);
    const { folder } = await tablesOf(await partialsOf([first, second, third]));
    for (const [table, expected] of Object.entries(recount([...first, ...second, ...third]))) {
      expect(await rowsOf(folder, table), table).toEqual(expected);
    }
  });

  it("are all there, with their columns and types, when no record was kept", async () => {
    const schemas = tableSchemas({ layers: syntheticLayers, matrices });
    for (const partials of [[], await partialsOf([[]])]) {
      const { folder, rowsOf: counted } = await tablesOf(partials);
      expect(Object.keys(counted)).toEqual(schemas.map(({ name }) => name));
      for (const { name, columns } of schemas) {
        const found = await engine.columns(
          `SELECT * FROM read_parquet(${literal(join(folder, `${name}.parquet`))})`,
        );
        expect(found, name).toEqual(columns.map((column) => ({ name: column.name, type: column.type })));
      }
      expect(counted.county_counts).toBe(12);
      expect(counted.species_list).toBe(0);
      expect(await rowsOf(folder, "county_x_species_diversity_stats")).toEqual([
        ["sites", 0],
        ["species", 0],
        ...["whittaker", "lande", "legendre", "schluter_sites", "schluter_species", "c_score"].map((name) => [
          name,
          null,
        ]),
      ]);
    }
  });

  it("keep the order of rules and layers that they are given", async () => {
    const { folder } = await tablesOf([]);
    expect(await rowsOf(folder, "dropped")).toEqual([
      ["country", 7],
      ["coordinates", 0],
    ]);
    const placement = await rowsOf(folder, "placement");
    expect(placement).toHaveLength(12);
    expect(placement.slice(3, 6)).toEqual([
      ["state", "inside", 0],
      ["state", "nearest", 0],
      ["state", "outside", 3],
    ]);
  });

  it("refuse a layer that has a region twice, which would count its records twice", async () => {
    const path = join(newFolder(), "twice.parquet");
    await engine.run(
      `COPY (SELECT '01' AS region_id, 'Alabama' AS region_name FROM range(2)) TO ${literal(path)}`,
    );
    await expect(tablesOf([], { regions: { ...regions, state: path } })).rejects.toThrow(
      "Bug in bisonflow: the layer state has region 01 twice",
    );
  });

  it("refuse an assessment that nobody knows", async () => {
    const [first] = syntheticRecords({ seed: 1, count: 1 });
    const partials = await partialsOf([
      [{ ...(first as SyntheticRecord), county_id: "00001", riis_assessment: "welcome" }],
    ]);
    await expect(tablesOf(partials)).rejects.toThrow("Bug in bisonflow: cells of county with an assessment");
  });

  it("refuse a region that the layer does not have", async () => {
    const [first] = syntheticRecords({ seed: 1, count: 1 });
    const partials = await partialsOf([[{ ...(first as SyntheticRecord), county_id: "nowhere" }]]);
    await expect(tablesOf(partials)).rejects.toThrow("Bug in bisonflow: records in region nowhere");
  });
});
