/**
 * The polygons of a layer, one array entry a region, as the region room's cache keeps them.
 * Longitude and latitude in degrees, WGS84.
 */
export interface MapGeometry {
  /** Name of the layer, for example county. */
  readonly layer: string;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** Well-known binary of a Polygon or MultiPolygon, a region each. */
  readonly wkb: readonly Uint8Array[];
}
