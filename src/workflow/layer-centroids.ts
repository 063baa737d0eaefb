import type { Centroid } from "../occurrence/index.ts";
import type { CompiledLayer } from "../region/index.ts";

/**
 * Points that gazetteers give for "United States" when nothing finer is known, beside the centre of the layer
 * itself: the geographic centre of the lower 48 states, and the point that web maps answer with.
 */
const usualStandIns: readonly Centroid[] = [
  { lon: -98.5795, lat: 39.8283 },
  { lon: -95.712891, lat: 37.09024 },
];

/** Centres of the states, where a layer knows them, and of all its regions together. */
export function layerCentroids(layer: CompiledLayer): {
  countryCentroids: Centroid[];
  stateCentroids: Centroid[];
} {
  const states = layer.coarser.find(({ name }) => name === "state");
  // Without states there is nothing to flag: the centre of a county is no stand-in for an unknown place.
  const groups = states === undefined ? [] : groupsOf(states.of, states.ids.length);
  const everything = weightedCentre(
    layer,
    layer.ids.map((_, index) => index),
  );
  return {
    countryCentroids: [...everything, ...usualStandIns],
    stateCentroids: groups.flatMap((members) => weightedCentre(layer, members)),
  };
}

function groupsOf(held: Int32Array, count: number): number[][] {
  const groups: number[][] = Array.from({ length: count }, () => []);
  for (const [region, group] of held.entries()) groups[group]?.push(region);
  return groups;
}

/** The planar centre of several regions: their centres weighted by area; nothing for regions without area. */
function weightedCentre(layer: CompiledLayer, regions: readonly number[]): Centroid[] {
  let lon = 0;
  let lat = 0;
  let total = 0;
  for (const region of regions) {
    const area = layer.areas[region] as number;
    lon += area * (layer.centroids[2 * region] as number);
    lat += area * (layer.centroids[2 * region + 1] as number);
    total += area;
  }
  return total > 0 ? [{ lon: lon / total, lat: lat / total }] : [];
}
