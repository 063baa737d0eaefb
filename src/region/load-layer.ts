import { join } from "node:path";
import type { DataIssue } from "../trouble/index.ts";
import { compileLayer } from "./compile-layer.ts";
import type { CompiledLayer } from "./compiled-layer.ts";
import { dissolve } from "./dissolve.ts";
import { decodeLayer, encodeLayer } from "./encode-layer.ts";
import { layerKey, readCached, writeCached } from "./layer-cache.ts";
import { decodeGeometry, encodeGeometry, geometryOf, type LayerGeometry } from "./layer-geometry.ts";
import type { LayerOptions } from "./layer-source.ts";
import { readLayer } from "./read-layer.ts";

/** A compiled layer and where it is kept. */
export interface LoadedLayer {
  readonly layer: CompiledLayer;
  /** What the files' content and the options come to: SHA-256, hexadecimal. */
  readonly key: string;
  readonly fromCache: boolean;
  readonly cachePath: string;
  readonly issues: readonly DataIssue[];
}

/**
 * A layer from the cache, or read, compiled and put there. Its place is named by the content of its files and the
 * options; a damaged file of the cache is made anew. Several processes may do so at once.
 *
 * @example
 * ```ts
 * import { createRequire } from "node:module";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { createLocator, loadLayer } from "bisonflow/region";
 * const path = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");
 * const cacheFolder = join(tmpdir(), "bisonflow-example-cache");
 * const { layer } = await loadLayer({ name: "county", path }, { cacheFolder });
 * console.log(layer.names[createLocator(layer).locate(-119.55, 37.74)]); // Mariposa
 * ```
 */
export async function loadLayer(
  options: LayerOptions,
  settings: { readonly cacheFolder: string },
): Promise<LoadedLayer> {
  const key = await layerKey(options);
  const cachePath = join(settings.cacheFolder, `${key}.layer`);
  const cached = await readCached(cachePath);
  const known = cached === undefined ? undefined : decodeLayer(cached);
  if (known !== undefined) return { layer: known, key, fromCache: true, cachePath, issues: known.issues };
  const { layer } = await make(options, settings.cacheFolder, key);
  return { layer, key, fromCache: false, cachePath, issues: layer.issues };
}

/**
 * The shapes of a layer's regions, sorted by id like the compiled layer's, from the cache or read and put there.
 *
 * @example
 * ```ts
 * import { createRequire } from "node:module";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { loadLayerGeometry, toFeatureCollection } from "bisonflow/region";
 * const path = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");
 * const cacheFolder = join(tmpdir(), "bisonflow-example-cache");
 * const geometry = await loadLayerGeometry({ name: "county", path }, { cacheFolder });
 * console.log(geometry.ids.length, toFeatureCollection(geometry).features[0]?.properties.name); // 3231 Autauga
 * ```
 */
export async function loadLayerGeometry(
  options: LayerOptions,
  settings: { readonly cacheFolder: string },
): Promise<LayerGeometry> {
  const key = await layerKey(options);
  const cached = await readCached(join(settings.cacheFolder, `${key}.shapes`));
  const known = cached === undefined ? undefined : decodeGeometry(cached);
  return known ?? (await make(options, settings.cacheFolder, key)).geometry;
}

/**
 * The shapes of a coarser layer that a layer's fields hold (the states of a county layer), from the cache or made
 * and put there; undefined when the layer has none of that name.
 *
 * @example
 * ```ts
 * import { createRequire } from "node:module";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { loadCoarserGeometry } from "bisonflow/region";
 * const path = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");
 * const cacheFolder = join(tmpdir(), "bisonflow-example-cache");
 * const states = await loadCoarserGeometry({ name: "county", path }, { cacheFolder, coarser: "state" });
 * console.log(states?.names[0]); // Alabama
 * ```
 */
export async function loadCoarserGeometry(
  options: LayerOptions,
  settings: { readonly cacheFolder: string; readonly coarser: string },
): Promise<LayerGeometry | undefined> {
  const path = join(settings.cacheFolder, `${await layerKey(options)}-${settings.coarser}.shapes`);
  const cached = await readCached(path);
  const known = cached === undefined ? undefined : decodeGeometry(cached);
  if (known !== undefined) return known;
  const { layer } = await loadLayer(options, settings);
  const coarser = layer.coarser.find(({ name }) => name === settings.coarser);
  if (coarser === undefined) return undefined;
  const geometry = dissolve(await loadLayerGeometry(options, settings), coarser);
  await writeCached(path, encodeGeometry(geometry));
  return geometry;
}

/** Reads once and keeps both: whoever wants one mostly wants the other soon. */
async function make(options: LayerOptions, folder: string, key: string) {
  const source = await readLayer(options);
  const { overlap, snapMeters } = options;
  const layer = compileLayer(source, {
    ...(overlap === undefined ? {} : { overlap }),
    ...(snapMeters === undefined ? {} : { snapMeters }),
  });
  const geometry = geometryOf(source);
  await writeCached(join(folder, `${key}.layer`), encodeLayer(layer));
  await writeCached(join(folder, `${key}.shapes`), encodeGeometry(geometry));
  return { layer, geometry };
}
