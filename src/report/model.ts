import { existsSync, readdirSync } from "node:fs";
import type { Engine } from "../engine/index.ts";
import { type Drawing, drawMap } from "./draw-map.ts";
import type { MapGeometry } from "./map-geometry.ts";
import { type Metric, metricsOf } from "./metrics.ts";
import { parentsOf } from "./parents.ts";
import {
  type Assessment,
  busiest,
  Readings,
  type RegionFigures,
  type SpeciesRow,
  type StatisticsOf,
} from "./readings.ts";
import type { LayerFacts, RunFacts } from "./run-facts.ts";

/** Everything that the page shows, before any markup. What a run does not have is null or empty. */
export interface ReportModel {
  readonly facts: RunFacts;
  /** The layer that the map and the tables of regions are about. */
  readonly layer: LayerFacts | null;
  readonly regions: RegionFigures | null;
  /** All regions of the layer and those with records; `regions` holds the busiest where there are too many for a page. */
  readonly regionCounts: { readonly all: number; readonly withRecords: number };
  /** Names of the regions with the coarser region they lie in: Orange County, California. */
  readonly labels: readonly string[];
  readonly metrics: readonly Metric[];
  readonly drawing: Drawing | null;
  readonly species: number | null;
  readonly assessments: {
    layer: LayerFacts;
    of: Record<Assessment, { species: number; top: SpeciesRow[] }>;
  } | null;
  readonly topSpecies: SpeciesRow[] | null;
  readonly statistics: { layer: LayerFacts; of: StatisticsOf } | null;
  readonly otherLayers: readonly { layer: LayerFacts; regions: RegionFigures }[];
  readonly resolution: { how: string; rows: number }[] | null;
  /** Names of the files in tables/. */
  readonly files: readonly string[];
}

const TOP_SPECIES = 10;
/** More regions than these would make a file that no browser likes. */
const MOST_REGIONS = 20_000;
const EMPTY_MULTIPOLYGON = new Uint8Array([1, 6, 0, 0, 0, 0, 0, 0, 0]);

/** Reads the tables of a run and draws its map. */
export async function gatherReport(
  engine: Engine,
  options: {
    facts: RunFacts;
    tablesFolder: string;
    map: MapGeometry | null;
    outlines?: MapGeometry | null | undefined;
  },
): Promise<ReportModel> {
  const { facts, tablesFolder, map } = options;
  const readings = new Readings(engine, tablesFolder);
  const layer = firstLayer(facts, readings, map);
  const everyRegion = layer === null ? null : await readings.regions(layer.name);
  const regions = everyRegion === null ? null : busiest(everyRegion, MOST_REGIONS);
  const coarser = await coarserNames(facts, readings, layer, options.outlines ?? null);
  const parents = regions === null ? undefined : parentsOf(regions.ids, coarser);
  const statisticsLayer = [layer, ...facts.layers].find(
    (one) => one !== null && readings.has(`${one.name}_x_species_diversity_stats`),
  );
  const statistics = statisticsLayer ? await readings.statistics(statisticsLayer.name) : null;
  const otherLayers: { layer: LayerFacts; regions: RegionFigures }[] = [];
  for (const one of facts.layers) {
    const figures = one.name === layer?.name ? null : await readings.regions(one.name);
    if (figures !== null) otherLayers.push({ layer: one, regions: figures });
  }
  const listLayer = [layer, ...facts.layers].find(
    (one) => one !== null && readings.has(`${one.name}_x_species_list`),
  );
  const assessed = facts.register !== undefined;
  return {
    facts,
    layer,
    regions,
    regionCounts: {
      all: everyRegion?.ids.length ?? 0,
      withRecords: everyRegion?.occurrences.filter((n) => n > 0).length ?? 0,
    },
    labels: regions === null ? [] : labelsOf(regions, parents, coarser),
    metrics: regions === null ? [] : metricsOf(regions, assessed),
    drawing:
      regions === null || map === null || map.layer !== layer?.name
        ? null
        : draw(map, regions, parents, options.outlines),
    species: await readings.speciesCount(),
    assessments:
      assessed && listLayer
        ? { layer: listLayer, of: await readings.speciesByAssessment(listLayer.name, TOP_SPECIES) }
        : null,
    topSpecies: await readings.topSpecies(TOP_SPECIES),
    statistics: statisticsLayer && statistics ? { layer: statisticsLayer, of: statistics } : null,
    otherLayers,
    resolution: assessed ? await readings.resolution() : null,
    files: existsSync(tablesFolder)
      ? readdirSync(tablesFolder)
          .filter((name) => /\.(parquet|csv)$/.test(name))
          .sort()
      : [],
  };
}

function firstLayer(facts: RunFacts, readings: Readings, map: MapGeometry | null): LayerFacts | null {
  const withTable = facts.layers.filter((layer) => readings.has(`${layer.name}_counts`));
  return withTable.find((layer) => layer.name === map?.layer) ?? withTable[0] ?? null;
}

/** Ids and names of the layer that the first one declares as coarser, or of the outlines. */
async function coarserNames(
  facts: RunFacts,
  readings: Readings,
  layer: LayerFacts | null,
  outlines: MapGeometry | null,
): Promise<ReadonlyMap<string, string>> {
  const declared = facts.layers.find((one) => layer !== null && one.coarserOf === layer.name);
  const figures = declared ? await readings.regions(declared.name) : null;
  if (figures !== null) return new Map(figures.ids.map((id, i) => [id, figures.names[i] ?? id]));
  return new Map(outlines?.ids.map((id, i) => [id, outlines.names[i] ?? id]));
}

function labelsOf(
  regions: RegionFigures,
  parents: readonly (string | null)[] | undefined,
  coarser: ReadonlyMap<string, string>,
): string[] {
  return regions.names.map((name, i) => {
    const parent = coarser.get(parents?.[i] ?? "");
    return parent === undefined ? name : `${name}, ${parent}`;
  });
}

/** The polygons in the order of the counts, so that one index serves for both. */
function draw(
  map: MapGeometry,
  regions: RegionFigures,
  parents: readonly (string | null)[] | undefined,
  outlines: MapGeometry | null | undefined,
): Drawing {
  const places = new Map(map.ids.map((id, i) => [id, i]));
  const wkb = regions.ids.map((id) => map.wkb[places.get(id) ?? -1] ?? EMPTY_MULTIPOLYGON);
  return drawMap({ layer: map.layer, ids: regions.ids, names: regions.names, wkb }, { parents, outlines });
}
