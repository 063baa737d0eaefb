import type { SummaryLayer } from "../summary/index.ts";
import { bug } from "../trouble/index.ts";
import { inBatches } from "./in-batches.ts";
import type { Placement } from "./located-layers.ts";
import { type Plan, stageOf } from "./plan.ts";
import type { AnnotateFacts } from "./stages/annotate.ts";
import type { WorkFolder } from "./work-folder.ts";

/** What all annotate tasks counted, added up. */
export interface Gathered {
  readonly read: number;
  readonly kept: number;
  readonly dropped: readonly number[];
  readonly placement: readonly Placement[];
  readonly layers: readonly SummaryLayer[];
}

/** Adds up the facts of a plan's annotate tasks, and checks that every record is accounted for. */
export async function gatherAnnotate(plan: Plan, work: WorkFolder): Promise<Gathered> {
  let read = 0;
  let kept = 0;
  const dropped: number[] = [];
  const placement = new Map<string, { layer: string; inside: number; nearest: number; outside: number }>();
  let layers: readonly SummaryLayer[] = [];
  const { tasks } = stageOf(plan, "annotate");
  const results = await inBatches(tasks, (task) => work.result("annotate", task.key));
  for (const task of tasks) {
    const result = results[task.index];
    if (result === undefined) bug(`annotate ${task.index} is not done`);
    const facts = result.facts as unknown as AnnotateFacts;
    read += facts.read;
    kept += facts.kept;
    facts.dropped.forEach((count, rule) => {
      dropped[rule] = (dropped[rule] ?? 0) + count;
    });
    for (const { layer, inside, nearest, outside } of facts.placement) {
      const sum = placement.get(layer) ?? { layer, inside: 0, nearest: 0, outside: 0 };
      sum.inside += inside;
      sum.nearest += nearest;
      sum.outside += outside;
      placement.set(layer, sum);
    }
    layers = facts.layers;
  }
  const accounted = kept + dropped.reduce((sum, count) => sum + count, 0);
  if (accounted !== read) bug(`read ${read} records and accounted for ${accounted}`);
  for (const { layer, inside, nearest, outside } of placement.values()) {
    if (inside + nearest + outside !== kept)
      bug(`placed ${inside + nearest + outside} of ${kept} records in ${layer}`);
  }
  return { read, kept, dropped, placement: [...placement.values()], layers };
}
