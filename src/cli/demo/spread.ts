import type { Place } from "./places.ts";
import { cumulate } from "./random.ts";
import { ranges } from "./ranges.ts";
import { type Species, sampleSpecies } from "./species.ts";

/** For each species the running sums of how likely its records are at each place. */
export function spreadOf(places: readonly Place[]): Float64Array[] {
  // A degree of longitude is shorter than one of latitude; a parabola is near enough to the cosine.
  const narrow = places.map(({ lat }) => Math.max(0.2, 1 - (lat / 90) ** 2));
  return sampleSpecies.map((species) =>
    cumulate(places.map((place, index) => likelihood(species, place, narrow[index] ?? 1))),
  );
}

function likelihood(species: Species, place: Place, narrow: number): number {
  let sum = 0;
  for (const { range, factor } of species.parts) {
    for (const [lon, lat, spread, weight] of ranges[range] ?? []) {
      const far = (((place.lon - lon) * narrow) ** 2 + (place.lat - lat) ** 2) / spread ** 2;
      if (far < 9) sum += factor * weight * Math.exp(-far / 2);
    }
  }
  // Whole steps: the last digit of an exponential must not decide what is drawn.
  return Math.round(sum * place.weight * 1e9);
}

/** How many records each species has, as running sums; what it has little range for it has few records of. */
export function commonness(): Float64Array {
  return cumulate(sampleSpecies.map(({ weight }) => weight));
}
