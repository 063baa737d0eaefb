import { crc32 } from "node:zlib";
import type { LayerSource } from "./layer-source.ts";
import { sortRegions } from "./sort-regions.ts";
import { encodeWkb, parseWkb } from "./wkb.ts";

/** The shapes of a layer's regions, for maps. */
export interface LayerGeometry {
  /** Sorted, like those of the compiled layer. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** A MultiPolygon each, WGS84, little-endian well-known binary; empty where a region has no polygon. */
  readonly wkb: readonly Uint8Array[];
}

/** A GeoJSON feature of a region. */
export interface RegionFeature {
  readonly type: "Feature";
  readonly id: string;
  readonly properties: { readonly id: string; readonly name: string };
  readonly geometry: { readonly type: "MultiPolygon"; readonly coordinates: number[][][][] };
}

/** The regions of a layer as GeoJSON. */
export interface RegionFeatureCollection {
  readonly type: "FeatureCollection";
  readonly features: readonly RegionFeature[];
}

/**
 * The shapes of a layer that was read, sorted by id, the polygons of one id together.
 *
 * @example
 * ```ts
 * import { geometryOf } from "bisonflow/region";
 * const polygons = [[Float64Array.of(0, 0, 1, 0, 1, 1, 0, 0)]];
 * const regions = ["b", "a"].map((id) => ({ id, name: id, fields: {}, polygons }));
 * const source = { name: "plot", idField: "id", nameField: "id", regions, crs: "EPSG:4326", issues: [], coarser: [] };
 * console.log(geometryOf(source).ids); // [ 'a', 'b' ]
 * ```
 */
export function geometryOf(source: LayerSource): LayerGeometry {
  const { regions } = sortRegions(source.regions);
  return {
    ids: regions.map(({ id }) => id),
    names: regions.map(({ name }) => name),
    wkb: regions.map(({ polygons }) => encodeWkb(polygons)),
  };
}

/**
 * Shapes as a GeoJSON object, coordinates in full.
 *
 * @example
 * ```ts
 * import { geometryOf, toFeatureCollection } from "bisonflow/region";
 * const polygons = [[Float64Array.of(0, 0, 1, 0, 1, 1, 0, 0)]];
 * const regions = [{ id: "a", name: "Plot A", fields: {}, polygons }];
 * const source = { name: "plot", idField: "id", nameField: "id", regions, crs: "EPSG:4326", issues: [], coarser: [] };
 * console.log(toFeatureCollection(geometryOf(source)).features[0]?.geometry.coordinates.length); // 1
 * ```
 */
export function toFeatureCollection(geometry: LayerGeometry): RegionFeatureCollection {
  const features = geometry.ids.map((id, i): RegionFeature => {
    const { polygons } = parseWkb(geometry.wkb[i] as Uint8Array);
    const coordinates = polygons.map((rings) => rings.map(pairs));
    const properties = { id, name: geometry.names[i] as string };
    return { type: "Feature", id, properties, geometry: { type: "MultiPolygon", coordinates } };
  });
  return { type: "FeatureCollection", features };
}

function pairs(ring: Float64Array): number[][] {
  return Array.from({ length: ring.length / 2 }, (_, i) => [
    ring[2 * i] as number,
    ring[2 * i + 1] as number,
  ]);
}

const magic = 0x31_70_73_62; // "bsp1"

/** Bytes for the cache: magic, length of the description, checksum of the rest; the description; the shapes. */
export function encodeGeometry(geometry: LayerGeometry): Uint8Array {
  const { ids, names, wkb } = geometry;
  const text = Buffer.from(JSON.stringify({ ids, names, lengths: wkb.map(({ length }) => length) }));
  const body = Buffer.concat([text, ...wkb]);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(magic, 0);
  head.writeUInt32LE(text.length, 4);
  head.writeUInt32LE(crc32(body, crc32(head.subarray(0, 8))), 8);
  return Buffer.concat([head, body]);
}

/** The shapes that `encodeGeometry` wrote; undefined for any other bytes. */
export function decodeGeometry(given: Uint8Array): LayerGeometry | undefined {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
  if (bytes.length < 12 || bytes.readUInt32LE(0) !== magic) return undefined;
  if (crc32(bytes.subarray(12), crc32(bytes.subarray(0, 8))) !== bytes.readUInt32LE(8)) return undefined;
  let at = 12 + bytes.readUInt32LE(4);
  const { ids, names, lengths } = JSON.parse(bytes.subarray(12, at).toString()) as {
    ids: string[];
    names: string[];
    lengths: number[];
  };
  const wkb = lengths.map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  });
  return { ids, names, wkb };
}
