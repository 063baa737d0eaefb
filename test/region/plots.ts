import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { beforeAll } from "vitest";
import type { LayerOptions } from "../../src/region/layer-source.ts";
import { readLayer } from "../../src/region/read-layer.ts";
import { temporaryFolder } from "../support/paths.ts";
import { runPython } from "../support/python.ts";

export const folder = temporaryFolder();
const script = readFileSync(new URL("make-formats.py", import.meta.url), "utf8");
export const third = 1 / 3;
export const atlas = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");

beforeAll(() => {
  runPython(script, [folder]);
});

export function plots(
  file: string,
  more: Partial<LayerOptions> = {},
): Promise<Awaited<ReturnType<typeof readLayer>>> {
  return readLayer({ name: "plot", path: join(folder, file), ...more });
}

export function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

export const square = {
  type: "Polygon",
  coordinates: [
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ],
  ],
};
export const feature = (more: object): object => ({
  type: "Feature",
  properties: {},
  geometry: square,
  ...more,
});
export const collection = (...features: object[]): object => ({ type: "FeatureCollection", features });
