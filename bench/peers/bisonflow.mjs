const { compileLayer, createLocator } = await import("../../dist/region/index.js");

/** bisonflow's own locator, in batches of DuckDB's vector size as annotate calls it. */
export function runBisonflow({ source, points, repetitions }) {
  const locator = createLocator(compileLayer(source));
  const { ids } = locator.layer;
  const { lons, lats } = points;
  const out = new Int32Array(2048);
  const once = () => {
    const counts = new Int32Array(ids.length);
    const before = process.cpuUsage();
    for (let at = 0; at < lons.length; at += 2048) {
      const xs = lons.subarray(at, at + 2048);
      locator.locateMany(xs, lats.subarray(at, at + 2048), out, xs.length);
      for (let i = 0; i < xs.length; i++) if (out[i] >= 0) counts[out[i]]++;
    }
    const { user, system } = process.cpuUsage(before);
    return { seconds: (user + system) / 1e6, counts: new Map(ids.map((id, i) => [id, counts[i]])) };
  };
  once();
  const runs = Array.from({ length: repetitions }, once);
  return { seconds: runs.map(({ seconds }) => seconds), counts: runs[0].counts };
}
