import { mergeArcs } from "topojson-client";
import { topology } from "topojson-server";
import type { GeometryCollection, MultiPolygon, Topology } from "topojson-specification";
import type { CoarserLayer } from "./compiled-layer.ts";
import { type LayerGeometry, toFeatureCollection } from "./layer-geometry.ts";
import { encodeWkb } from "./wkb.ts";

/**
 * The shapes of a coarser layer: those of its regions together, without the borders that they share. Borders
 * must share their points, as those of one edition of boundaries do; where they don't, a seam stays.
 *
 * @example
 * ```ts
 * import { dissolve, geometryOf, parseWkb } from "bisonflow/region";
 * const plot = (id: string, x: number) =>
 *   ({ id, name: id, fields: {}, polygons: [[Float64Array.of(x, 0, x + 1, 0, x + 1, 1, x, 1, x, 0)]] });
 * const source = { name: "plot", idField: "id", nameField: "id", regions: [plot("a", 0), plot("b", 1)],
 *   crs: "EPSG:4326", issues: [], coarser: [] };
 * const field = dissolve(geometryOf(source), { name: "field", ids: ["f"], names: ["Field"], of: Int32Array.of(0, 0) });
 * console.log(field.ids, parseWkb(field.wkb[0] as Uint8Array).polygons.length); // [ 'f' ] 1
 * ```
 */
export function dissolve(geometry: LayerGeometry, coarser: CoarserLayer): LayerGeometry {
  const whole = topology({ regions: toFeatureCollection(geometry) as never }) as unknown as Topology<{
    regions: GeometryCollection;
  }>;
  const members: MultiPolygon[][] = coarser.ids.map(() => []);
  whole.objects.regions.geometries.forEach((shape, region) => {
    members[coarser.of[region] as number]?.push(shape as MultiPolygon);
  });
  return {
    ids: coarser.ids,
    names: coarser.names,
    wkb: members.map((shapes) => encodeWkb(ringsOf(whole, mergeArcs(whole, shapes)))),
  };
}

/** Coordinates of merged arcs, a polygon's rings each. */
function ringsOf(whole: Topology, merged: MultiPolygon): Float64Array[][] {
  return merged.arcs.map((polygon) =>
    polygon.map((ring) => {
      const points: number[] = [];
      for (const arc of ring) {
        const forward = whole.arcs[arc < 0 ? ~arc : arc] ?? [];
        const along = arc < 0 ? [...forward].reverse() : forward;
        // An arc begins where the one before it ended.
        for (const [x = 0, y = 0] of points.length === 0 ? along : along.slice(1)) points.push(x, y);
      }
      return Float64Array.from(points);
    }),
  );
}
