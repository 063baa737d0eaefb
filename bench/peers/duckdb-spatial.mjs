import { DuckDBInstance } from "@duckdb/node-api";
import { spatialExtension } from "./python.mjs";

/** DuckDB's spatial join on one thread, points and polygons in memory. */
export async function runDuckdbSpatial({ wkt, points, count, repetitions }) {
  const extension = spatialExtension();
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  await connection.run(`LOAD '${extension}'`);
  await connection.run(
    `CREATE TABLE county AS SELECT column0 AS id, ST_GeomFromText(column1) AS geom
     FROM read_csv('${wkt}', delim = '\t', header = false, quote = '', max_line_size = 16000000, columns = {'column0': 'VARCHAR', 'column1': 'VARCHAR'})`,
  );
  await connection.run("CREATE TABLE points (lon DOUBLE, lat DOUBLE)");
  const appender = await connection.createAppender("points");
  for (let i = 0; i < count; i++) {
    appender.appendDouble(points.lons[i]);
    appender.appendDouble(points.lats[i]);
    appender.endRow();
  }
  appender.closeSync();
  await connection.run("CREATE TABLE places AS SELECT ST_Point(lon, lat) AS geom FROM points");
  const once = async () => {
    const before = process.cpuUsage();
    const reader = await connection.runAndReadAll(
      "SELECT c.id, count(*)::INTEGER FROM places p JOIN county c ON ST_Intersects(p.geom, c.geom) GROUP BY 1",
    );
    const { user, system } = process.cpuUsage(before);
    return { seconds: (user + system) / 1e6, counts: new Map(reader.getRows()) };
  };
  await once();
  const runs = [];
  for (let i = 0; i < repetitions; i++) runs.push(await once());
  connection.closeSync();
  instance.closeSync();
  return { seconds: runs.map(({ seconds }) => seconds), counts: runs[0].counts };
}
