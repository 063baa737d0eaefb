import { readFileSync } from "node:fs";
import { geoCentroid } from "d3-geo";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import type { Random } from "./random.ts";

/** Where the sample's records cluster: an invented city, or the open country of a county. */
export interface Place {
  readonly lon: number;
  readonly lat: number;
  /** How far records lie around it, degrees. */
  readonly spread: number;
  readonly weight: number;
  readonly county: string;
  readonly state: string;
  readonly stateName: string;
}

/** How many invented cities there are. */
const cities = 450;
/** Counties that always have one, the largest first: chance alone leaves the West and the islands empty. */
const always = [
  "06037 36047 17031 48201 04013 53033 25025 06075 13121 08031 12086 26163 42101 24510 11001 27053 49035 32003 41051 35001",
  "48453 23005 16001 30111 53063 06067 33011 09003 22071 38017 56021 15003 02020 72127 02090 15001 72113 72021 02110 15009",
].flatMap((ids) => ids.split(" "));

interface Named {
  name: string;
}

/** Draws the places from the counties of an us-atlas file. */
export function makePlaces(countiesPath: string, random: Random): Place[] {
  const atlas = JSON.parse(readFileSync(countiesPath, "utf8")) as Topology<{
    counties: GeometryCollection<Named>;
    states: GeometryCollection<Named>;
  }>;
  const stateNames = new Map(
    atlas.objects.states.geometries.map(({ id, properties }) => [String(id), (properties as Named).name]),
  );
  const counties = feature(atlas, atlas.objects.counties).features.map((county) => {
    const [lon = 0, lat = 0] = geoCentroid(county);
    const state = String(county.id).slice(0, 2);
    return {
      id: String(county.id),
      county: county.properties.name,
      state,
      stateName: stateNames.get(state) ?? "",
      // Rounded, so that the last digits of trigonometry cannot change what is drawn.
      lon: Math.round(lon * 1000) / 1000,
      lat: Math.round(lat * 1000) / 1000,
    };
  });
  counties.sort((a, b) => (a.id < b.id ? -1 : 1));
  const byId = new Map(counties.map((county) => [county.id, county]));
  const chosen = new Set(always.map((id) => byId.get(id)).filter((county) => county !== undefined));
  while (chosen.size < Math.min(cities, counties.length)) {
    const county = counties[random.below(counties.length)];
    if (county !== undefined) chosen.add(county);
  }
  const places: Place[] = [];
  let rank = 1;
  let sum = 0;
  for (const county of chosen) {
    const weight = 1 / (3 + rank++);
    sum += weight;
    places.push({
      ...county,
      lon: county.lon + random.bell() * 0.05,
      lat: county.lat + random.bell() * 0.05,
      spread: tight(county.state) ? 0.05 : 0.13,
      weight,
    });
  }
  // Two in five records come from the open country, as many from each county.
  const open = (sum * 2) / 3 / counties.length;
  for (const county of counties) {
    places.push({
      ...county,
      spread: tight(county.state) ? 0.05 : county.state === "02" ? 0.6 : 0.17,
      weight: open,
    });
  }
  return places;
}

/** Islands: a wide spread would put most records into the sea. */
function tight(state: string): boolean {
  return state === "15" || Number(state) > 56;
}
