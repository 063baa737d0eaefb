import { createRequire } from "node:module";
import type { LayerConfig } from "./spec.ts";

/**
 * The counties of the us-atlas package (Census 2017 boundaries, 1:10 million): the layer when none is given.
 *
 * @example
 * ```ts
 * import { packagedCounties } from "bisonflow/workflow";
 * console.log(packagedCounties().name); // county
 * ```
 */
export function packagedCounties(): LayerConfig {
  const require = createRequire(import.meta.url);
  return {
    name: "county",
    title: "US counties",
    path: require.resolve("us-atlas/counties-10m.json"),
    sublayer: "counties",
    // TopoJSON has no place to say it.
    crs: "EPSG:4326",
    overlap: "one",
    snapMeters: 0,
    vintage: "us-atlas 3",
  };
}
