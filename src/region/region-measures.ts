import type { SourceRegion } from "./layer-source.ts";
import { isPlain, unwrapRing } from "./seam.ts";

/** The radius, in metres, of the sphere with the surface of the WGS84 ellipsoid. */
const authalicRadius = 6_371_007.181;
const radians = Math.PI / 180;

export interface RegionMeasures {
  readonly area: number;
  readonly centroid: readonly [number, number];
  readonly bounds: readonly [number, number, number, number];
}

/**
 * Area (square metres on the sphere of the Earth's surface area, edges straight in longitude and latitude),
 * planar centroid and bounds of a region: the outer rings less their holes.
 */
export function measureRegion(region: SourceRegion): RegionMeasures {
  let area = 0;
  let weight = 0;
  let [momentX, momentY] = [0, 0];
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  let origin: number | undefined;
  for (const polygon of region.polygons) {
    // A hole is in the frame of its outer ring, and all parts are in that of the first: centroids need one frame.
    polygon.forEach((ring, position) => {
      if (ring.length === 0) return;
      const plain = isPlain(ring);
      const path = plain ? ring : unwrapRing(ring);
      if (!plain) [west, east] = [-180, 180];
      origin ??= path[0] as number;
      const shift = plain ? 0 : 360 * Math.round((origin - (path[0] as number)) / 360);
      const sums = ringSums(path, shift, origin);
      const sign = position === 0 ? 1 : -1;
      area += sign * sums.area;
      weight += sign * sums.weight;
      momentX += sign * sums.momentX;
      momentY += sign * sums.momentY;
      for (let i = 0; i < path.length; i += 2) {
        if (plain) {
          west = Math.min(west, path[i] as number);
          east = Math.max(east, path[i] as number);
        }
        south = Math.min(south, path[i + 1] as number);
        north = Math.max(north, path[i + 1] as number);
      }
    });
  }
  if (origin === undefined) return { area: 0, centroid: [NaN, NaN], bounds: [NaN, NaN, NaN, NaN] };
  const bounds = [west, south, east, north] as const;
  if (!(weight > 0)) return { area: 0, centroid: [(west + east) / 2, (south + north) / 2], bounds };
  const x = origin + momentX / weight;
  return { area: Math.max(area, 0), centroid: [x - 360 * Math.round(x / 360), momentY / weight], bounds };
}

function ringSums(path: ArrayLike<number>, shift: number, origin: number) {
  let [area, weight, momentX, momentY] = [0, 0, 0, 0];
  const length = path.length;
  let x1 = (path[length - 2] as number) + shift - origin;
  let y1 = path[length - 1] as number;
  for (let i = 0; i < length; i += 2) {
    const x2 = (path[i] as number) + shift - origin;
    const y2 = path[i + 1] as number;
    area += (x2 - x1) * meanSine(y1, y2);
    const cross = x1 * y2 - x2 * y1;
    weight += cross;
    momentX += (x1 + x2) * cross;
    momentY += (y1 + y2) * cross;
    x1 = x2;
    y1 = y2;
  }
  const sign = weight < 0 ? -1 : 1;
  return {
    area: Math.abs(area) * radians * authalicRadius ** 2,
    weight: (sign * weight) / 2,
    momentX: (sign * momentX) / 6,
    momentY: (sign * momentY) / 6,
  };
}

/** The mean of the sine of latitude along a straight edge. */
function meanSine(y1: number, y2: number): number {
  const middle = Math.sin(((y1 + y2) / 2) * radians);
  const half = ((y2 - y1) / 2) * radians;
  return Math.abs(half) < 1e-6 ? middle : (middle * Math.sin(half)) / half;
}
