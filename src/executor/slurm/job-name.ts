import { createHash } from "node:crypto";

/** What a job's name says: whose it is. */
export interface JobName {
  readonly stage: string;
  /** Names the folder of the run. */
  readonly folder: string;
  /** Names the plan. */
  readonly plan: string;
  readonly base: number;
}

/** The names of a run's folder and plan within job names. */
export function runNames(planUri: string, planKey: string): Pick<JobName, "folder" | "plan"> {
  return { folder: short(planUri), plan: short(planKey) };
}

/** Stage first: squeue shows a name's first eight letters. */
export function jobName({ stage, folder, plan, base }: JobName): string {
  return `${stage}.bisonflow.${folder}.${plan}.${base}`;
}

/** The parts of a job's name; undefined when the job is not ours. */
export function parseJobName(text: string): JobName | undefined {
  const found = /^([a-z-]+)\.bisonflow\.([0-9a-f]{10})\.([0-9a-f]{10})\.(\d+)$/.exec(text);
  const [, stage, folder, plan, base] = found ?? [];
  if (stage === undefined || folder === undefined || plan === undefined) return undefined;
  return { stage, folder, plan, base: Number(base) };
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}
