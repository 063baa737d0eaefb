import { bug } from "../trouble/index.ts";

/** One closed ring: x, y, x, y … in the units of its source. */
export type Ring = Float64Array;
/** An outer ring, then its holes. */
export type Polygon = Ring[];

/** What a piece of well-known binary says it is. */
export type PolygonType = "Polygon" | "MultiPolygon";

/**
 * Reads the well-known binary of a Polygon or MultiPolygon, in either byte order.
 *
 * The layout is that of OGC Simple Features (06-103r4, 8.2), two dimensions. Anything else is a bug:
 * the polygons come from bisonflow's own cache.
 *
 * @example
 * ```ts
 * import { readPolygons } from "bisonflow/report";
 * const numbers = [0, 0, 1, 0, 1, 1, 0, 0]; // a triangle, closed
 * const view = new DataView(new ArrayBuffer(13 + 8 * numbers.length));
 * view.setUint8(0, 1); // little endian
 * view.setUint32(1, 3, true); // a polygon
 * view.setUint32(5, 1, true); // of one ring
 * view.setUint32(9, 4, true); // of four points
 * for (const [i, value] of numbers.entries()) view.setFloat64(13 + 8 * i, value, true);
 * const { type, polygons } = readPolygons(new Uint8Array(view.buffer));
 * console.log(type, polygons[0]?.[0]?.length); // Polygon 8
 * ```
 */
export function readPolygons(wkb: Uint8Array): { type: PolygonType; polygons: Polygon[] } {
  const view = new DataView(wkb.buffer, wkb.byteOffset, wkb.byteLength);
  let at = 0;
  const polygons: Polygon[] = [];
  const readGeometry = (): number => {
    const little = view.getUint8(at) === 1;
    const type = view.getUint32(at + 1, little);
    const parts = view.getUint32(at + 5, little);
    at += 9;
    if (type === 6) {
      for (let i = 0; i < parts; i++) readGeometry();
      return type;
    }
    if (type !== 3) return bug(`well-known binary of type ${type} where a polygon should be`);
    const polygon: Polygon = [];
    for (let i = 0; i < parts; i++) {
      const ring = new Float64Array(2 * view.getUint32(at, little));
      at += 4;
      for (let j = 0; j < ring.length; j++, at += 8) ring[j] = view.getFloat64(at, little);
      polygon.push(ring);
    }
    if (polygon.length > 0) polygons.push(polygon);
    return type;
  };
  return { type: readGeometry() === 6 ? "MultiPolygon" : "Polygon", polygons };
}

/** Smallest box around polygons: west, south, east, north; null where there are none. */
export function boundsOf(polygons: readonly Polygon[]): [number, number, number, number] | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const polygon of polygons) {
    const outer = polygon[0];
    if (outer === undefined) continue;
    for (let i = 0; i < outer.length; i += 2) {
      const x = outer[i] as number;
      const y = outer[i + 1] as number;
      if (x < west) west = x;
      if (x > east) east = x;
      if (y < south) south = y;
      if (y > north) north = y;
    }
  }
  return west <= east ? [west, south, east, north] : null;
}
