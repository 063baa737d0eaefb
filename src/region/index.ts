export { compileLayer } from "./compile-layer.ts";
export type { CoarserLayer, CompiledLayer } from "./compiled-layer.ts";
export { dissolve } from "./dissolve.ts";
export { decodeLayer, encodeLayer } from "./encode-layer.ts";
export { geodesicMeters } from "./geodesic.ts";
export {
  geometryOf,
  type LayerGeometry,
  type RegionFeature,
  type RegionFeatureCollection,
  toFeatureCollection,
} from "./layer-geometry.ts";
export type { CoarserSource, LayerOptions, LayerSource, Overlap, SourceRegion } from "./layer-source.ts";
export { type LoadedLayer, loadCoarserGeometry, loadLayer, loadLayerGeometry } from "./load-layer.ts";
export { createLocator, type Locator, SNAPPED } from "./locator.ts";
export { orientation } from "./orientation.ts";
export { readLayer } from "./read-layer.ts";
export { encodeWkb, type Polygons, parseWkb, type WkbPolygons } from "./wkb.ts";
