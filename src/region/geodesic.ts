// Distances on the WGS84 ellipsoid.

const radians = Math.PI / 180;
const equatorRadius = 6_378_137;
const flattening = 1 / 298.257_223_563;

/** Degrees of latitude that a distance never exceeds: a degree is shortest at the equator, 110,574 m. */
export function latitudeReach(meters: number): number {
  return (meters / 110_574) * 1.0001;
}

/** Degrees of longitude that a distance from a latitude never exceeds; 180 where the pole is as near. */
export function longitudeReach(meters: number, latitude: number): number {
  const reach = latitudeReach(meters) * radians;
  const cosine = Math.cos(latitude * radians);
  const sine = Math.sin(Math.min(reach, Math.PI / 2));
  return sine >= cosine ? 180 : Math.min(180, (Math.asin(sine / cosine) / radians) * 1.004);
}

/**
 * Metres between two points, degrees, by Lambert's formula (W. D. Lambert, 1942): within some 10 m over thousands of
 * kilometres, within 1 part in 20,000 anywhere nearer. Not for points opposite each other on the globe.
 *
 * @example
 * ```ts
 * import { geodesicMeters } from "bisonflow/region";
 * console.log(Math.round(geodesicMeters(0, 0, 0, 1)), Math.round(geodesicMeters(0, 60, 1, 60))); // 110574 55799
 * ```
 */
export function geodesicMeters(x1: number, y1: number, x2: number, y2: number): number {
  const reduced1 = Math.atan((1 - flattening) * Math.tan(y1 * radians));
  const reduced2 = Math.atan((1 - flattening) * Math.tan(y2 * radians));
  const halfLatitude = Math.sin((reduced2 - reduced1) / 2);
  const halfLongitude = Math.sin(((x2 - x1) * radians) / 2);
  const half = Math.min(
    1,
    Math.sqrt(halfLatitude ** 2 + Math.cos(reduced1) * Math.cos(reduced2) * halfLongitude ** 2),
  );
  if (half === 0) return 0;
  const angle = 2 * Math.asin(half);
  const sineP = Math.sin((reduced1 + reduced2) / 2) ** 2;
  const sineQ = halfLatitude ** 2;
  const cosineHalf = 1 - half * half;
  const x = cosineHalf === 0 ? 0 : ((angle - Math.sin(angle)) * sineP * (1 - sineQ)) / cosineHalf;
  const y = ((angle + Math.sin(angle)) * (1 - sineP) * sineQ) / (half * half);
  return equatorRadius * (angle - (flattening / 2) * (x + y));
}

/**
 * Metres from a point to the nearest point of an edge that is straight in longitude and latitude. The nearest point
 * is found on a local map and, near a pole or on a long edge, by search; `atMost` lets far edges answer Infinity early.
 */
export function edgeMeters(
  x: number,
  y: number,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  atMost: number,
): number {
  const low = y1 - y;
  if ((low > 0 ? low : y > y2 ? y - y2 : 0) * 110_574 > atMost) return Infinity;
  const dx = x2 - x1;
  const dy = y2 - y1;
  if (Math.abs(y) > 80 || Math.abs(dx) > 2 || dy > 2) return searchEdge(x, y, x1, y1, x2, y2);
  let t = 0;
  let squeeze = Math.cos(y * radians);
  for (let round = 0; round < 3; round++) {
    const ux = dx * squeeze;
    t = -((x1 - x) * squeeze * ux + (y1 - y) * dy) / (ux * ux + dy * dy);
    t = t > 0 ? (t < 1 ? t : 1) : 0;
    if (round === 0) {
      const awayX = (x1 + t * dx - x) * squeeze;
      const awayY = y1 + t * dy - y;
      // Rough, but never a third off as far from the poles as this and for distances that matter.
      if (Math.sqrt(awayX * awayX + awayY * awayY) * 110_574 > 1.5 * atMost + 1) return Infinity;
    }
    squeeze = Math.cos(((y + y1 + t * dy) / 2) * radians);
  }
  return at(x, y, x1, y1, x2, y2, t);
}

/** An end is taken as it stands, so that edges that meet in a vertex are exactly as far. */
function at(x: number, y: number, x1: number, y1: number, x2: number, y2: number, t: number): number {
  if (t === 0) return geodesicMeters(x, y, x1, y1);
  if (t === 1) return geodesicMeters(x, y, x2, y2);
  return geodesicMeters(x, y, x1 + t * (x2 - x1), y1 + t * (y2 - y1));
}

const samples = 64;

function searchEdge(x: number, y: number, x1: number, y1: number, x2: number, y2: number): number {
  let best = Infinity;
  let place = 0;
  for (let i = 0; i <= samples; i++) {
    const meters = at(x, y, x1, y1, x2, y2, i / samples);
    if (meters < best) [best, place] = [meters, i];
  }
  let [low, high] = [Math.max(0, place - 1) / samples, Math.min(samples, place + 1) / samples];
  for (let round = 0; round < 60; round++) {
    const third = (high - low) / 3;
    const one = at(x, y, x1, y1, x2, y2, low + third);
    const two = at(x, y, x1, y1, x2, y2, high - third);
    best = Math.min(best, one, two);
    if (one < two) high -= third;
    else low += third;
  }
  return best;
}
