// 4,000 places in US counties (of the us-atlas package), drawn with a fixed seed: where records cluster.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { geoCentroid } from "d3-geo";
import { feature } from "topojson-client";
import { seeded } from "./seeded.mjs";

/** Places as { place, lon, lat, state, state_name }, in the order in which they are popular. */
export function usPlaces() {
  const atlas = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve("us-atlas/counties-10m.json"), "utf8"),
  );
  const names = new Map(atlas.objects.states.geometries.map(({ id, properties }) => [id, properties.name]));
  // Territories have country codes of their own.
  const counties = feature(atlas, atlas.objects.counties).features.filter(({ id }) => Number(id) < 60_000);
  const centres = counties.map((county) => geoCentroid(county));
  const random = seeded(7);
  return Array.from({ length: 4000 }, (_, place) => {
    const county = Math.floor(random() * counties.length);
    const state = counties[county].id.slice(0, 2);
    const [lon, lat] = centres[county];
    const off = () => 0.2 * (random() - 0.5);
    return {
      place,
      lon: round(lon + off()),
      lat: round(lat + off()),
      state: Number(state),
      state_name: names.get(state),
    };
  });
}

function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}
