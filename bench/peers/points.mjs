// The same points and the same counties for every locator.
import { writeFileSync } from "node:fs";
import { seeded } from "../seeded.mjs";

/** Seeded points, six in ten in the box of the conterminous US, the others anywhere. */
export function makePoints(count) {
  const random = seeded(20240301);
  const lons = new Float64Array(count);
  const lats = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const isUs = random() < 0.6;
    lons[i] = isUs ? -124.7 + 57.7 * random() : -180 + 360 * random();
    lats[i] = isUs ? 25.1 + 24.3 * random() : -90 + 180 * random();
  }
  return { lons, lats };
}

/** The regions as lines of id, tab, WKT; JavaScript's digits are the shortest that give the same double. */
export function writeWkt(regions, path) {
  const ring = (numbers) => {
    const pairs = [];
    for (let i = 0; i < numbers.length; i += 2) pairs.push(`${numbers[i]} ${numbers[i + 1]}`);
    if (pairs[0] !== pairs[pairs.length - 1]) pairs.push(pairs[0]);
    return `(${pairs.join(",")})`;
  };
  const polygon = (rings) => `(${rings.map(ring).join(",")})`;
  writeFileSync(
    path,
    regions.map(({ id, polygons }) => `${id}\tMULTIPOLYGON(${polygons.map(polygon).join(",")})`).join("\n"),
  );
}

/** Points as little-endian doubles, longitude and latitude in turn. */
export function writePoints({ lons, lats }, count, path) {
  const pairs = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    pairs[2 * i] = lons[i];
    pairs[2 * i + 1] = lats[i];
  }
  writeFileSync(path, Buffer.from(pairs.buffer));
}
