import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileLayer, createLocator, readLayer } from "../../src/region/index.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../support/paths.ts";
import { runPython } from "../support/python.ts";

const script = readFileSync(new URL("cover-with-geos.py", import.meta.url), "utf8");

/** Layers, the field of their ids, and whether no two of their regions overlap. */
const layers = [
  ["county", "cb_2021_us_county_5m.zip", "GEOID", true],
  ["state", "cb_2020_us_state_500k.zip", "GEOID", true],
  ["aiannh", "cb_2021_us_aiannh_500k.zip", "GEOID", false],
  ["padus", "padus-yosemite-wilderness.esri.json", "OBJECTID", true],
  ["padus", "padus-yosemite-national-park.esri.json", "OBJECTID", true],
] as const;

function arrayOf(path: string): ArrayBuffer {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

describe.skipIf(noSharedData)("the locator and GEOS", () => {
  it.each(layers)(
    "agree on every point of the real records and on the vertices and edges of %s (%s)",
    async (name, file, idField, tiled) => {
      const out = temporaryFolder();
      const path = sharedFile(join("regions", file));
      const ids = runPython<string[]>(script, [path, idField, sharedFile("occurrences"), out]);
      const points = new Float64Array(arrayOf(join(out, "points.f64")));
      const pairs = new Int32Array(arrayOf(join(out, "pairs.i32")));
      const source = await readLayer({ name, path });
      const locator = createLocator(compileLayer(source));
      expect(locator.layer.ids).toEqual(ids);
      const count = points.length / 2;
      const xs = Float64Array.from({ length: count }, (_, i) => points[2 * i] as number);
      const ys = Float64Array.from({ length: count }, (_, i) => points[2 * i + 1] as number);
      const located = new Int32Array(count);
      locator.locateMany(xs, ys, located);
      const wrong: unknown[] = [];
      let at = 0;
      let covered = 0;
      for (let i = 0; i < count; i++) {
        const expected: number[] = [];
        for (; pairs[2 * at] === i; at++) expected.push(pairs[2 * at + 1] as number);
        const [x, y] = [xs[i] as number, ys[i] as number];
        const found = locator.locateAll(x, y);
        const one = located[i] as number;
        // Where regions only touch, the first by id has the point; where they overlap, one of them.
        const right =
          expected.length === 0 ? one === -1 : tiled ? one === expected[0] : expected.includes(one);
        if (!right || found.join() !== expected.join()) wrong.push({ x, y, expected, found, one });
        if (expected.length > 0) covered++;
      }
      expect(wrong.slice(0, 5), `${wrong.length} of ${count} points`).toEqual([]);
      expect(count).toBeGreaterThan(200_000);
      expect(covered).toBeGreaterThan(30_000);
    },
    300_000,
  );
});
