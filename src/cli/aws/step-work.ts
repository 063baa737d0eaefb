import type { Services } from "../../workflow/index.ts";

/** What every step is given. */
export interface StepWork {
  /** URI of the run's configuration. */
  readonly config: string;
  /** Folder of the execution, without a slash at its end. */
  readonly work: string;
  readonly services: Services;
  readonly signal: AbortSignal;
}

/** Names of what steps leave in the folder of an execution. */
export const stepFiles = {
  /** The configuration with the snapshot found, every place spelt out. */
  run: "run.json",
  plan: "plan.json",
  /** How many tasks each stage has: read by the state machine. */
  shape: "shape.json",
  /** What came out, in a few words: read by the state machine. */
  summary: "summary.json",
} as const;

/** Reads JSON that a step or a user has left. */
export async function readJson(services: Services, uri: string): Promise<unknown> {
  return JSON.parse(Buffer.from(await services.store.read(uri)).toString("utf8"));
}

/** Leaves JSON for the next step. */
export async function leaveJson(services: Services, uri: string, value: unknown): Promise<void> {
  await services.store.publishBytes(Buffer.from(`${JSON.stringify(value, null, 1)}\n`), uri);
}
