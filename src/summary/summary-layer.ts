/** A region layer as the counts see it. */
export interface SummaryLayer {
  /** What tables and columns are called after: county, state, aiannh or the user's own word. */
  readonly name: string;
  /** `one`: LAYER_id is a text or null; `all`: LAYER_id is a list of texts, empty or null outside. */
  readonly overlap: "one" | "all";
  /** The finer layer whose fields hold this one: state is coarser of county. */
  readonly coarserOf?: string;
}

/** The three assessments, in the order in which columns and rows have them (which is the alphabet's). */
export const assessments = ["introduced", "invasive", "presumed_native"] as const;

/** What a record is in its place, by the register. */
export type Assessment = (typeof assessments)[number];

/**
 * Whether a layer's counts follow from those of the finer one that holds it: each of that one's regions lies in
 * one of its own. Not so where records have lists of regions: two counties of a state are one state.
 */
export function followsFromFiner(layer: SummaryLayer, layers: readonly SummaryLayer[]): boolean {
  return layer.overlap === "one" && layers.some(({ name }) => name === layer.coarserOf);
}
