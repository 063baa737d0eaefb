import { open, rm, stat } from "node:fs/promises";
import { type Engine, literal, parquetScan } from "../engine/index.ts";
import type { MapGeometry } from "./map-geometry.ts";
import { boundsOf, type PolygonType, readPolygons } from "./wkb.ts";

/**
 * Writes the regions of a layer with their counts as GeoParquet 1.1: every column of LAYER_counts,
 * then `geometry` (WKB, OGC:CRS84, which is what the absence of a CRS means) and `bbox`, its covering.
 *
 * Rows keep the order of the counts table (by region_id); a region without polygons has a null geometry.
 * The same input gives the same bytes. Metadata as https://geoparquet.org/releases/v1.1.0/ says.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { openEngine } from "bisonflow/engine";
 * import { writeGeoParquet } from "bisonflow/report";
 * const folder = mkdtempSync("/tmp/map-");
 * const engine = await openEngine();
 * await engine.run(`COPY (SELECT 'A' AS region_id, 5::BIGINT AS occ_count) TO '${folder}/counts.parquet' (FORMAT parquet)`);
 * const numbers = [0, 0, 1, 0, 1, 1, 0, 0];
 * const view = new DataView(new ArrayBuffer(13 + 8 * numbers.length));
 * view.setUint8(0, 1); // little endian
 * for (const [i, value] of [3, 1, 4].entries()) view.setUint32(1 + 4 * i, value, true); // a polygon of one ring of four points
 * for (const [i, value] of numbers.entries()) view.setFloat64(13 + 8 * i, value, true);
 * const geometry = { layer: "county", ids: ["A"], names: ["A"], wkb: [new Uint8Array(view.buffer)] };
 * const { rows } = await writeGeoParquet(engine, { geometry, countsTable: `${folder}/counts.parquet`, outPath: `${folder}/county.parquet` });
 * console.log(rows); // 1
 * engine.close();
 * ```
 */
export async function writeGeoParquet(
  engine: Engine,
  options: { geometry: MapGeometry; countsTable: string; outPath: string },
): Promise<{ rows: number; bytes: number }> {
  const { geometry, countsTable, outPath } = options;
  // DuckDB takes binary from JavaScript only as text: one line a region, beside the output, gone afterwards.
  const scratch = `${outPath}.geometry.ndjson`;
  try {
    const { metadata, longestLine } = await writeScratch(scratch, geometry);
    await engine.run(copySql({ countsTable, scratch, outPath, metadata, longestLine }));
  } finally {
    await rm(scratch, { force: true });
  }
  const { rows } = await engine.row<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${parquetScan(outPath)}`);
  return { rows: Number(rows), bytes: (await stat(outPath)).size };
}

/** Writes the regions' binary as base64; returns the value of the `geo` key and the bytes of the longest line. */
async function writeScratch(
  path: string,
  geometry: MapGeometry,
): Promise<{ metadata: string; longestLine: number }> {
  let longestLine = 0;
  const types = new Set<PolygonType>();
  const all: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const file = await open(path, "w");
  try {
    for (const [i, id] of geometry.ids.entries()) {
      const wkb = geometry.wkb[i];
      if (wkb === undefined) continue;
      const { type, polygons } = readPolygons(wkb);
      const box = boundsOf(polygons);
      if (box === null) continue;
      types.add(type);
      const [xmin, ymin, xmax, ymax] = box;
      all[0] = Math.min(all[0], xmin);
      all[1] = Math.min(all[1], ymin);
      all[2] = Math.max(all[2], xmax);
      all[3] = Math.max(all[3], ymax);
      const text = Buffer.from(wkb.buffer, wkb.byteOffset, wkb.byteLength).toString("base64");
      const line = Buffer.from(`${JSON.stringify({ id, wkb: text, bbox: { xmin, ymin, xmax, ymax } })}\n`);
      longestLine = Math.max(longestLine, line.byteLength);
      await file.write(line);
    }
  } finally {
    await file.close();
  }
  const covering = Object.fromEntries(["xmin", "ymin", "xmax", "ymax"].map((side) => [side, ["bbox", side]]));
  const metadata = JSON.stringify({
    version: "1.1.0",
    primary_column: "geometry",
    columns: {
      geometry: {
        encoding: "WKB",
        geometry_types: [...types].sort(),
        ...(types.size === 0 ? {} : { bbox: all }),
        covering: { bbox: covering },
      },
    },
  });
  return { metadata, longestLine };
}

function copySql(options: {
  countsTable: string;
  scratch: string;
  outPath: string;
  metadata: string;
  longestLine: number;
}): string {
  // DuckDB takes twice this at once: no more than a line needs (its own default is 16 MiB).
  const most = Math.max(1 << 20, options.longestLine + 1024);
  return `COPY (
  SELECT counts.*, from_base64(shape.wkb) AS geometry, shape.bbox AS bbox
  FROM ${parquetScan(options.countsTable)} AS counts
  LEFT JOIN read_json(${literal(options.scratch)}, format = 'newline_delimited', maximum_object_size = ${most},
    columns = {id: 'VARCHAR', wkb: 'VARCHAR', bbox: 'STRUCT(xmin DOUBLE, ymin DOUBLE, xmax DOUBLE, ymax DOUBLE)'}) AS shape
    ON shape.id = counts.region_id
  ORDER BY counts.region_id
) TO ${literal(options.outPath)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {geo: ${literal(options.metadata)}})`;
}
