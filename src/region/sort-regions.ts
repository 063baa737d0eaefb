import type { SourceRegion } from "./layer-source.ts";

/** Regions sorted by id (code units), those of one id made one; and where each, or its first part, stood. */
export function sortRegions(regions: readonly SourceRegion[]): {
  readonly regions: SourceRegion[];
  readonly positions: number[];
} {
  const merged = new Map<string, { region: SourceRegion; position: number }>();
  regions.forEach((region, position) => {
    const known = merged.get(region.id);
    if (known === undefined) merged.set(region.id, { region, position });
    else known.region = { ...known.region, polygons: [...known.region.polygons, ...region.polygons] };
  });
  const sorted = [...merged.values()].sort((a, b) => (a.region.id < b.region.id ? -1 : 1));
  return { regions: sorted.map(({ region }) => region), positions: sorted.map(({ position }) => position) };
}
