import { type Engine, identifier } from "../engine/index.ts";
import { qualityFlags } from "../occurrence/index.ts";
import { bug } from "../trouble/index.ts";
import type { AnnotateSql } from "./annotate-sql.ts";
import { layerCentroids } from "./layer-centroids.ts";
import type { LocatedLayers } from "./located-layers.ts";
import { edgeDistanceFunction, misplaced, misplacedFunction } from "./point-functions.ts";
import type { TaskContext } from "./task-context.ts";

/** The flag that compares a record's uncertainty with its distance to a border. */
export const ambiguousFlag = "ambiguous_placement";
/** Farther from a border than this, no uncertainty is looked at. */
const farMeters = 100_000;

/** The quality flags that a plan asks for, as columns over the located rows. */
export async function flagColumns(
  context: TaskContext,
  engine: Engine,
  layers: LocatedLayers,
): Promise<AnnotateSql["flags"]> {
  const { flags } = context.plan.config;
  if (flags.length === 0) return [];
  const [name] = layers.locators.keys();
  const locator = layers.locators.get(name ?? "") ?? bug("flags without a layer");
  const point = `coalesce(r."decimallongitude", 'nan'::DOUBLE), coalesce(r."decimallatitude", 'nan'::DOUBLE)`;
  const columns: { name: string; sql: string }[] = [];
  if (flags.includes(ambiguousFlag)) {
    engine.register(edgeDistanceFunction("bf_edge_meters", locator, farMeters));
    columns.push({
      name: `flag_${ambiguousFlag}`,
      sql: `coalesce(NOT isnan(r."coordinateuncertaintyinmeters") AND r."coordinateuncertaintyinmeters" > bf_edge_meters(${point}), false)`,
    });
  }
  if (flags.some((flag) => flag.startsWith("swapped") || flag.startsWith("negated"))) {
    engine.register(misplacedFunction("bf_misplaced", locator));
  }
  const shifted = (bit: number): string => `(bf_misplaced(${point}) & ${bit}) != 0`;
  const made = qualityFlags(
    flags.filter((flag) => flag !== ambiguousFlag),
    {
      ...layerCentroids(locator.layer),
      swappedInside: shifted(misplaced.swapped),
      negatedInside: shifted(misplaced.negated),
      column: (column: string) => `r.${identifier(column)}`,
    },
  );
  return [...made.map(({ name: column, sql }) => ({ name: column, sql })), ...columns];
}
