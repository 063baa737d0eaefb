import { createHash } from "node:crypto";
import type { StageJob } from "../../executor/index.ts";

/** The most children that an array job takes. */
export const mostChildren = 10_000;

/** Tasks of a stage that one job of Batch runs: a plain job for one task, an array for more. */
export interface JobPart {
  readonly name: string;
  /** Child i of the array runs the task `indexes[i]`. */
  readonly indexes: readonly number[];
}

/** The beginning of the names of all jobs of runs into one folder, so that a later run finds them. */
export function folderPrefix(planUri: string): string {
  return `bisonflow-${createHash("sha256").update(planUri).digest("hex").slice(0, 12)}-`;
}

/** The beginning of the names of the jobs of one plan. */
export function planPrefix(plan: { readonly planUri: string; readonly planKey: string }): string {
  return `${folderPrefix(plan.planUri)}${plan.planKey.slice(0, 12)}-`;
}

/** Splits a stage's tasks into jobs. */
export function jobParts(job: Pick<StageJob, "planUri" | "planKey" | "stage" | "indexes">): JobPart[] {
  const base = `${planPrefix(job)}${job.stage}`;
  const parts: JobPart[] = [];
  for (let start = 0; start < job.indexes.length; start += mostChildren) {
    const name = parts.length === 0 ? base : `${base}-${parts.length + 1}`;
    parts.push({ name, indexes: job.indexes.slice(start, start + mostChildren) });
  }
  return parts;
}
