import { type Classes, classify } from "./classes.ts";
import { ASSESSMENTS, type Assessment, type RegionFigures } from "./readings.ts";

/** A figure of the regions that the map can show. */
export interface Metric {
  readonly key: string;
  /** On the switch. */
  readonly title: string;
  /** Above the legend: what the numbers are. */
  readonly explanation: string;
  readonly kind: "count" | "share";
  readonly values: readonly (number | null)[];
  readonly classes: Classes;
}

/** The figures to choose from: occurrences and species, and with a register the shares of what it lists. */
export function metricsOf(regions: RegionFigures, assessed: boolean): Metric[] {
  const metric = (
    key: string,
    title: string,
    explanation: string,
    kind: Metric["kind"],
    values: readonly (number | null)[],
  ): Metric => ({
    key,
    title,
    explanation,
    kind,
    values,
    classes: classify(values, regions.occurrences, kind),
  });
  const all = [
    metric("occurrences", "Records", "Number of occurrence records", "count", regions.occurrences),
    metric("species", "Species", "Number of different species recorded", "count", regions.species),
  ];
  if (!assessed) return all;
  const { recordShare, assessed: records } = regions;
  // A share of no assessed species is not 0: in the territories nothing was compared with the register.
  const nothing = regions.ids.map((_, i) => ASSESSMENTS.every((name) => records[name][i] === 0));
  const speciesShare = (name: Assessment) =>
    regions.speciesShare[name].map((share, i) => (nothing[i] ? null : share));
  return [
    ...all,
    metric(
      "introduced",
      "Introduced, % of records",
      "Share of assessed records that are of introduced species",
      "share",
      recordShare.introduced,
    ),
    metric(
      "invasive",
      "Invasive, % of records",
      "Share of assessed records that are of invasive species",
      "share",
      recordShare.invasive,
    ),
    metric(
      "introduced_species",
      "Introduced, % of species",
      "Share of species that are introduced",
      "share",
      speciesShare("introduced"),
    ),
    metric(
      "invasive_species",
      "Invasive, % of species",
      "Share of species that are invasive",
      "share",
      speciesShare("invasive"),
    ),
  ];
}
