import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { MultiPolygon, Polygon, Position } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { type Engine, literal } from "../../src/engine/index.ts";
import type { MapGeometry, RunFacts } from "../../src/report/index.ts";
import { inventCells, inventSpecies } from "./invented-species.ts";

/** An invented result over the real counties of the us-atlas package: tables, geometry and facts, for tests of the report. */
export interface ReportSample {
  readonly facts: RunFacts;
  readonly tablesFolder: string;
  readonly counties: MapGeometry;
  readonly states: MapGeometry;
}

/** The counties or states of us-atlas as the region room would hand them over. */
export function atlas(name: "counties" | "states", layer: string): MapGeometry {
  const path = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");
  const topology = JSON.parse(readFileSync(path, "utf8")) as Topology<
    Record<string, GeometryCollection<{ name: string }>>
  >;
  const { features } = feature(topology, topology.objects[name] as GeometryCollection<{ name: string }>);
  const sorted = [...features].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  return {
    layer,
    ids: sorted.map(({ id }) => String(id)),
    names: sorted.map(({ properties }) =>
      name === "counties" ? `${properties.name} County` : properties.name,
    ),
    wkb: sorted.map(({ geometry }) => multiPolygonWkb(geometry as Polygon | MultiPolygon)),
  };
}

/** Well-known binary (little endian) of a GeoJSON polygon, always as a MultiPolygon. */
export function multiPolygonWkb(geometry: Polygon | MultiPolygon): Uint8Array {
  const polygons: Position[][][] =
    geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const rings = polygons.flat();
  const points = rings.reduce((sum, ring) => sum + ring.length, 0);
  const view = new DataView(new ArrayBuffer(9 + 9 * polygons.length + 4 * rings.length + 16 * points));
  let at = 0;
  const head = (type: number, parts: number): void => {
    view.setUint8(at, 1);
    view.setUint32(at + 1, type, true);
    view.setUint32(at + 5, parts, true);
    at += 9;
  };
  head(6, polygons.length);
  for (const polygon of polygons) {
    head(3, polygon.length);
    for (const ring of polygon) {
      view.setUint32(at, ring.length, true);
      at += 4;
      for (const [x, y] of ring) {
        view.setFloat64(at, x as number, true);
        view.setFloat64(at + 8, y as number, true);
        at += 16;
      }
    }
  }
  return new Uint8Array(view.buffer);
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Writes the tables of an invented run (names and columns of outputs.md) as Parquet and CSV. `hostile` gives one species,
 * one region and the title names that are markup.
 */
export async function reportSample(
  engine: Engine,
  folder: string,
  options: { species?: number; hostile?: boolean } = {},
): Promise<ReportSample> {
  const tablesFolder = join(folder, "tables");
  mkdirSync(tablesFolder, { recursive: true });
  const random = seeded(7);
  const counties = atlas("counties", "county");
  const states = atlas("states", "state");
  if (options.hostile === true)
    (counties.names as string[])[5] = '<img src=x onerror="window.hacked=1"> & Sons';
  const species = inventSpecies(options.species ?? 900, options.hostile === true);
  const cells = inventCells(counties, species, random);
  const write = tableWriter(engine, folder);

  await write(
    "cells",
    cells,
    "region_id, region_name, species_key, species, riis_assessment, occ_count::BIGINT AS occ_count",
    "region_id, species_key, riis_assessment",
    "county_x_species_list",
  );
  for (const [layer, geometry, length] of [
    ["county", counties, 5],
    ["state", states, 2],
  ] as const) {
    await write(
      "regions",
      geometry.ids.map((id, i) => ({ region_id: id, region_name: geometry.names[i] as string })),
      "t.region_id, t.region_name, c.*",
      "t.region_id",
      `${layer}_counts`,
      countsBeside(join(tablesFolder, "county_x_species_list.parquet"), length),
    );
  }
  const list = `read_parquet(${literal(join(tablesFolder, "county_x_species_list.parquet"))})`;
  await write(
    "species",
    species,
    `species_key, species, kingdom, "class", family,
    coalesce((SELECT sum(l.occ_count)::BIGINT FROM ${list} l WHERE l.species_key = t.species_key), 0) AS occ_count,
    (SELECT count(DISTINCT l.region_id) FROM ${list} l WHERE l.species_key = t.species_key) AS county_count, first_year::BIGINT AS first_year, last_year::BIGINT AS last_year`,
    "species_key",
    "species_list",
  );
  await writeStatistics(engine, write, list);
  const total = cells.reduce((sum, cell) => sum + cell.occ_count, 0);
  const facts = sampleFacts({
    inside: total,
    outside: 4_211,
    counties: counties.ids.length,
    hostile: options.hostile === true,
  });
  await write(
    "dropped",
    facts.records.dropped.map(({ rule, occ_count }) => ({ rule, occ_count })),
    "rule, occ_count::BIGINT AS occ_count",
    "occ_count DESC",
    "dropped",
  );
  await write(
    "placement",
    facts.layers.flatMap((layer) => layer.placement.map((one) => ({ layer: layer.name, ...one }))),
    "layer, how, occ_count::BIGINT AS occ_count",
    "layer, how",
    "placement",
  );
  const resolution = Array.from({ length: 400 }, (_, i) => ({
    row: `r${i}`,
    place: "L48",
    how: i % 9 === 0 ? "none" : i % 5 === 0 ? "exact" : "given",
  }));
  await write("resolution", resolution, "row, place, how", "row", "register_resolution");
  return { facts, tablesFolder, counties, states };
}

type Write = (
  scratch: string,
  rows: readonly object[],
  select: string,
  order: string,
  table: string,
  beside?: string,
) => Promise<void>;

function tableWriter(engine: Engine, folder: string): Write {
  return async (scratch, rows, select, order, table, beside = "") => {
    const json = join(folder, `${scratch}.json`);
    writeFileSync(json, JSON.stringify(rows));
    const query = `SELECT ${select} FROM read_json(${literal(json)}, maximum_object_size = 1000000000, sample_size = -1) AS t ${beside} ORDER BY ${order}`;
    for (const format of ["parquet", "csv"])
      await engine.run(
        `COPY (${query}) TO ${literal(join(folder, "tables", `${table}.${format}`))} (FORMAT ${format})`,
      );
  };
}

function countsBeside(list: string, idLength: number): string {
  const counts = ["introduced", "invasive", "presumed_native"];
  const assessed = `nullif(coalesce(sum(c.occ_count) FILTER (c.riis_assessment IS NOT NULL), 0), 0)`;
  return `LEFT JOIN LATERAL (SELECT
      coalesce(sum(c.occ_count), 0)::BIGINT AS occ_count, count(DISTINCT c.species_key) AS species_count,
      ${counts.map((name) => `coalesce(sum(c.occ_count) FILTER (c.riis_assessment = '${name}'), 0)::BIGINT AS ${name}_occ_count`).join(", ")},
      ${counts.map((name) => `count(DISTINCT c.species_key) FILTER (c.riis_assessment = '${name}') AS ${name}_species_count`).join(", ")},
      ${counts.map((name) => `coalesce(sum(c.occ_count) FILTER (c.riis_assessment = '${name}'), 0) / ${assessed} AS ${name}_occ_proportion`).join(", ")},
      ${counts.map((name) => `count(DISTINCT c.species_key) FILTER (c.riis_assessment = '${name}') / nullif(count(DISTINCT c.species_key) FILTER (c.riis_assessment IS NOT NULL), 0) AS ${name}_species_proportion`).join(", ")}
    FROM read_parquet(${literal(list)}) AS c WHERE c.region_id[1:${idLength}] = t.region_id) AS c ON true`;
}

async function writeStatistics(engine: Engine, write: Write, list: string): Promise<void> {
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE pam AS SELECT region_id, species_key FROM ${list} GROUP BY ALL HAVING sum(occ_count) >= 3`,
  );
  const sites = await engine.rows(`SELECT region_id, count(*)::DOUBLE AS alpha FROM pam GROUP BY 1`);
  const species = await engine.rows(`SELECT species_key, count(*)::DOUBLE AS omega FROM pam GROUP BY 1`);
  const [S, N] = [sites.length, species.length];
  await write(
    "site_stats",
    sites,
    `region_id, alpha::BIGINT AS alpha, alpha / ${N} AS alpha_proportional, 0::BIGINT AS phi, 0.1::DOUBLE AS phi_average_proportional`,
    "region_id",
    "county_x_species_site_stats",
  );
  await write(
    "species_stats",
    species,
    `species_key, omega::BIGINT AS omega, omega / ${S} AS omega_proportional, 0::BIGINT AS psi, 0.1::DOUBLE AS psi_average_proportional`,
    "species_key",
    "county_x_species_species_stats",
  );
  const diversity = [
    { n: 0, statistic: "sites", value: S },
    { n: 1, statistic: "species", value: N },
    { n: 2, statistic: "whittaker", value: 14.2271 },
    { n: 3, statistic: "lande", value: 812.913 },
    { n: 4, statistic: "legendre", value: 187_223.4 },
    { n: 5, statistic: "schluter_sites", value: 38.1 },
    { n: 6, statistic: "schluter_species", value: 102.44 },
    { n: 7, statistic: "c_score", value: null },
  ];
  await write(
    "diversity",
    diversity,
    "statistic, value::DOUBLE AS value",
    "n",
    "county_x_species_diversity_stats",
  );
}

function sampleFacts(of: { inside: number; outside: number; counties: number; hostile: boolean }): RunFacts {
  const kept = of.inside + of.outside;
  const dropped = [
    {
      rule: "country",
      occ_count: 1_204_551,
      description: "The country code is not US; a blank one is not US.",
    },
    {
      rule: "coordinates",
      occ_count: 88_120,
      description: "Latitude or longitude is missing, no number or out of range.",
    },
    {
      rule: "occurrence_status",
      occ_count: 5_310,
      description: "The record says that the species was looked for and absent.",
    },
    {
      rule: "taxon_rank",
      occ_count: 61_702,
      description: "The name is of a genus or higher: no species can be told.",
    },
    {
      rule: "basis_of_record",
      occ_count: 310_077,
      description:
        "Neither an observation nor a preserved specimen, for example a fossil or a recording by a machine.",
    },
  ];
  // Nine records in ten say their year, more of them every year.
  const weights = Array.from({ length: 125 }, (_, i) => Math.exp(i / 16) * (1 + 0.2 * Math.sin(i)));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const years = weights.map((one, i) => ({
    year: 1900 + i,
    occ_count: Math.floor((0.9 * kept * one) / weight),
  }));
  const placement = [
    { how: "inside", occ_count: of.inside },
    { how: "nearest", occ_count: 0 },
    { how: "outside", occ_count: of.outside },
  ];
  return {
    title: of.hostile
      ? 'Birds <b onclick="x">of</b> "Illinois" & </title><script>window.hacked=1</script>'
      : "Introduced and invasive species in the counties of the United States",
    synthetic: true,
    generatedAt: "2026-03-02T09:30:00Z",
    version: "0.1.0",
    source: {
      description: "Seeded sample made by bisonflow",
      snapshotDate: "2026-02-01",
      doi: "10.15468/dl.sample",
      citation: "GBIF.org (1 February 2026) GBIF Occurrence Data, sample",
      licences: [
        { licence: "CC_BY_NC_4_0", occ_count: Math.round(kept * 0.61) },
        { licence: "CC_BY_4_0", occ_count: Math.round(kept * 0.3) },
        { licence: "CC0_1_0", occ_count: kept - Math.round(kept * 0.61) - Math.round(kept * 0.3) },
      ],
      strictestLicence: "CC_BY_NC_4_0",
      inputs: [
        {
          path: "sample/occurrence.parquet",
          kind: "snapshot Parquet",
          rows: kept + 1_669_760,
          bytes: 812_345_678,
        },
      ],
    },
    register: {
      name: "US-RIIS version 2",
      format: "us-riis-v2",
      citation:
        "Simpson, A., et al. (2022) United States Register of Introduced and Invasive Species (US-RIIS), version 2.0",
      rows: 14_880,
      resolved: 13_905,
      unresolved: 975,
    },
    records: { read: kept + dropped.reduce((sum, one) => sum + one.occ_count, 0), kept, dropped },
    flags: [
      { name: "ZERO_COORDINATE", occ_count: 12, description: "Latitude and longitude are both 0." },
      {
        name: "state_centroid",
        occ_count: 3_410,
        description: "The coordinates are the middle of a state, so the place is not really known.",
      },
      { name: "equal_lat_lon", occ_count: 41, description: "Latitude and longitude are the same number." },
    ],
    layers: [
      {
        name: "county",
        title: "US counties",
        regions: of.counties,
        overlap: "one",
        snapMeters: 0,
        vintage: "2017",
        source: "us-atlas counties-10m.json",
        placement,
      },
      {
        name: "state",
        title: "US states",
        regions: 56,
        overlap: "one",
        snapMeters: 0,
        vintage: "2017",
        source: "us-atlas counties-10m.json",
        coarserOf: "county",
        placement,
      },
    ],
    stages: [
      { name: "prepare", seconds: 2.3, tasks: 3 },
      { name: "annotate", seconds: 184.2, tasks: 24 },
      { name: "count", seconds: 6.1, tasks: 1 },
      { name: "publish", seconds: 1.4, tasks: 1 },
    ],
    profile: "bison",
    resolve: "service",
    minOccurrences: 3,
    years,
    warnings: ["3 rows of the register match only approximately; see tables/register_resolution."],
  };
}
