import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { runPython } from "../../test/support/python.ts";
import { reportSample } from "../../test/support/report-sample.ts";
import { openEngine } from "../engine/index.ts";
import { writeGeoParquet } from "./geoparquet.ts";

const script = `
import sys, json, geopandas, pandas, pyarrow.parquet
frame = geopandas.read_parquet(sys.argv[1])
counts = pandas.read_parquet(sys.argv[2])
box = frame[frame.region_id == "06109"].geometry.iloc[0].bounds
print(json.dumps({
  "crs": frame.crs.to_string(), "rows": len(frame), "valid": float(frame.geometry.is_valid.mean()),
  "missing": int(frame.geometry.isna().sum()), "kinds": sorted(set(frame.geometry.geom_type)),
  "columns": list(frame.columns), "counts": list(counts.columns), "same": bool((frame.occ_count == counts.occ_count).all()),
  "bbox": box, "geo": json.loads(pyarrow.parquet.read_schema(sys.argv[1]).metadata[b"geo"]),
  "west": len(geopandas.read_parquet(sys.argv[1], bbox=(-125, 32, -114, 42)))}))`;

describe("maps as GeoParquet", () => {
  const folder = temporaryFolder();

  it("are opened by GeoPandas with their counts, their CRS and valid polygons", async () => {
    const engine = await openEngine();
    const { counties, tablesFolder } = await reportSample(engine, folder);
    const [outPath, again] = [join(folder, "county.parquet"), join(folder, "again.parquet")];
    const countsTable = join(tablesFolder, "county_counts.parquet");
    const written = await writeGeoParquet(engine, { geometry: counties, countsTable, outPath });
    await writeGeoParquet(engine, { geometry: counties, countsTable, outPath: again });
    engine.close();

    const read = runPython<Record<string, unknown> & { counts: string[]; bbox: number[]; west: number }>(
      script,
      [outPath, countsTable],
    );
    expect(read).toMatchObject({
      crs: "OGC:CRS84",
      rows: counties.ids.length,
      missing: 0,
      kinds: ["MultiPolygon"],
      same: true,
    });
    // GeoPandas keeps the covering to itself and reads by it.
    expect(read.columns).toEqual([...read.counts, "geometry"]);
    // us-atlas itself holds some rings that touch themselves.
    expect(read.valid).toBeGreaterThan(0.98);
    expect(read.bbox[0]).toBeCloseTo(-120.65, 1);
    expect(read.west).toBeLessThan(250);
    expect(read.geo).toMatchObject({
      version: "1.1.0",
      columns: { geometry: { encoding: "WKB", geometry_types: ["MultiPolygon"] } },
    });
    expect(written).toMatchObject({ rows: counties.ids.length });
    expect(readFileSync(outPath).equals(readFileSync(again))).toBe(true);
  });

  it("have a null geometry for a region without polygons, and may be empty", async () => {
    const engine = await openEngine();
    const countsTable = join(folder, "counts.parquet");
    const outPath = join(folder, "x.parquet");
    const geometry = { layer: "x", ids: [], names: [], wkb: [] };
    await engine.run(
      `COPY (SELECT 'a' AS region_id, 1::BIGINT AS occ_count) TO '${countsTable}' (FORMAT parquet)`,
    );
    expect(await writeGeoParquet(engine, { geometry, countsTable, outPath })).toMatchObject({ rows: 1 });
    await engine.run(
      `COPY (SELECT 'a' AS region_id, 1::BIGINT AS occ_count WHERE false) TO '${countsTable}' (FORMAT parquet)`,
    );
    expect(await writeGeoParquet(engine, { geometry, countsTable, outPath })).toMatchObject({ rows: 0 });
    engine.close();
    expect(
      runPython("import sys, geopandas; print(len(geopandas.read_parquet(sys.argv[1])))", [outPath]),
    ).toBe(0);
  });
});
