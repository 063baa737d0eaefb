// Points a second of the locator on one core: seeded points, six in ten in the conterminous United States, the
// others anywhere; a warm-up, then the mean and spread of several rounds. Run after a build:
//   node bench/locator.mjs [LAYER=PATH ...]
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const { compileLayer, createLocator, decodeLayer, encodeLayer, readLayer } = await import(
  process.env.BISONFLOW_BENCH_DIST ?? "../dist/region/index.js"
);

const points = 2_000_000;
const rounds = 7;

/** Numbers in 0 .. 1 from a seed (mulberry32). */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makePoints(share) {
  const random = seeded(20240301);
  const lons = new Float64Array(points);
  const lats = new Float64Array(points);
  for (let i = 0; i < points; i++) {
    if (random() < share) {
      lons[i] = -124.7 + 57.7 * random();
      lats[i] = 25.1 + 24.3 * random();
    } else {
      lons[i] = -180 + 360 * random();
      lats[i] = -90 + 180 * random();
    }
  }
  return { lons, lats };
}

const regions = join(here, "../../shared/data/regions");
const given = process.argv.slice(2).map((argument) => argument.split("="));
const layers =
  given.length > 0
    ? given
    : [
        ["county", join(regions, "cb_2021_us_county_5m.zip")],
        ["state", join(regions, "cb_2020_us_state_500k.zip")],
        ["aiannh", join(regions, "cb_2021_us_aiannh_500k.zip")],
      ];

let sink = 0;
const locators = [];
for (const [name, path] of layers) {
  const begin = performance.now();
  const source = await readLayer({ name, path });
  const read = performance.now();
  const bytes = encodeLayer(compileLayer(source));
  const compiled = performance.now();
  const layer = decodeLayer(bytes);
  const decoded = performance.now();
  console.log(
    `${name}: ${layer.edgeCount.toLocaleString("en")} edges, read ${(read - begin).toFixed(0)} ms, ` +
      `compiled and encoded ${(compiled - read).toFixed(0)} ms, decoded ${(decoded - compiled).toFixed(1)} ms, ` +
      `${(bytes.length / 1e6).toFixed(1)} MB`,
  );
  locators.push([name, createLocator(layer)]);
}

function measure(label, some, { lons, lats }) {
  const out = new Int32Array(2048);
  const once = () => {
    // Time on the core, not on the clock: other work on the machine does not count.
    const begin = process.cpuUsage();
    for (let at = 0; at < points; at += 2048) {
      const x = lons.subarray(at, at + 2048);
      const y = lats.subarray(at, at + 2048);
      for (const locator of some) {
        locator.locateMany(x, y, out, x.length);
        sink += out[at & 1023];
      }
    }
    const { user, system } = process.cpuUsage(begin);
    return points / (user + system);
  };
  once();
  once();
  const rates = Array.from({ length: rounds }, once);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rounds;
  const spread = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rounds);
  console.log(`${label}: ${mean.toFixed(1)} ± ${spread.toFixed(1)} million points a second`);
}

const mixed = makePoints(0.6);
const inside = makePoints(1);
for (const [name, locator] of locators) {
  measure(`${name}, 6 in 10 in the US`, [locator], mixed);
  measure(`${name}, all in the box of the US`, [locator], inside);
}
if (locators.length > 1)
  measure(
    "all of them, 6 in 10 in the US",
    locators.map(([, locator]) => locator),
    mixed,
  );
if (sink === 0.5) console.log(sink);
