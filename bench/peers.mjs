// The locator beside what others use, on the same points and the same counties; answers compared county by county.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { meanOf, table } from "./figures.mjs";
import { benchFolder, county } from "./inputs.mjs";
import { runBisonflow } from "./peers/bisonflow.mjs";
import { runDuckdbSpatial } from "./peers/duckdb-spatial.mjs";
import { runGeopandas } from "./peers/geopandas.mjs";
import { makePoints, writePoints, writeWkt } from "./peers/points.mjs";
import { runPostgis } from "./peers/postgis.mjs";

const { readLayer } = await import("../dist/region/index.js");

// Slower ones get fewer of the same points: the first so many.
const peers = [
  {
    name: "DuckDB spatial 1.5.5, ST_Intersects join, one thread",
    count: 2_000_000,
    repetitions: 3,
    run: runDuckdbSpatial,
  },
  {
    name: "GeoPandas 1.1.1 (shapely 2.1.2), sjoin within",
    count: 2_000_000,
    repetitions: 3,
    run: runGeopandas,
  },
  {
    name: "PostGIS 3.3 on PostgreSQL 15, points outer, counties indexed",
    count: 500_000,
    repetitions: 3,
    run: (of) => runPostgis({ ...of, outer: "points" }),
  },
  {
    name: "PostGIS, counties outer, points indexed (index made before)",
    count: 2_000_000,
    repetitions: 3,
    run: (of) => runPostgis({ ...of, outer: "polygons" }),
  },
];

export async function measurePeers() {
  if (county === undefined)
    return "## Locators\n\nNot run: cb_2021_us_county_5m.zip is not in ../shared/data.";
  const folder = join(benchFolder, "peers");
  mkdirSync(folder, { recursive: true });
  const source = await readLayer({ name: "county", path: county });
  const points = makePoints(10_000_000);
  const wkt = join(folder, "county.tsv");
  const pointsFile = join(folder, "points.f64");
  writeWkt(source.regions, wkt);
  writePoints(points, 2_000_000, pointsFile);

  const own = runBisonflow({ source, points, repetitions: 5 });
  const rows = [["bisonflow", "10", rate(own.seconds, 10), sum(own.counts).toLocaleString("en"), ""]];
  for (const { name, count, repetitions, run } of peers) {
    try {
      const { seconds, counts } = await run({ wkt, pointsFile, points, count, repetitions });
      const first = { lons: points.lons.subarray(0, count), lats: points.lats.subarray(0, count) };
      const ours = runBisonflow({ source, points: first, repetitions: 1 }).counts;
      rows.push([
        name,
        String(count / 1e6),
        rate(seconds, count / 1e6),
        sum(counts).toLocaleString("en"),
        difference(ours, counts),
      ]);
    } catch (error) {
      rows.push([name, "", `not run: ${String(error.message).split("\n")[0]}`, "", ""]);
    }
  }
  rmSync(folder, { recursive: true, force: true });
  const edges = source.regions.reduce(
    (all, { polygons }) => all + polygons.flat().reduce((n, ring) => n + ring.length / 2 - 1, 0),
    0,
  );
  return [
    "## Locators",
    `Seeded points, six in ten in the box of the conterminous US, and ${source.regions.length.toLocaleString("en")} counties of about ${edges.toLocaleString("en")} edges; processor time of one core, the same doubles for all. Points on a boundary may be given differently.`,
    table(
      [
        "",
        "million points",
        "million points a second and core",
        "points located",
        "counties whose count differs from bisonflow's",
      ],
      rows,
    ),
  ].join("\n\n");
}

function rate(seconds, millions) {
  return meanOf(seconds.map((second) => millions / second)).text;
}

function sum(counts) {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}

function difference(ours, theirs) {
  const ids = [...new Set([...ours.keys(), ...theirs.keys()])];
  const off = ids.map((id) => Math.abs((ours.get(id) ?? 0) - (theirs.get(id) ?? 0))).filter((by) => by > 0);
  return off.length === 0
    ? "none"
    : `${off.length}, by ${Math.max(...off)} at most, ${off.reduce((a, b) => a + b, 0)} in all`;
}
