import type { OccurrenceInput, Profile } from "../occurrence/index.ts";
import type { LayerConfig, RegisterConfig, RunConfig } from "./spec.ts";
import type { StageName } from "./stage-names.ts";

export { type StageName, stageNames } from "./stage-names.ts";

/** Where an annotate task finds records: rows [start, end) of a Parquet file, or a part that acquire wrote. */
export type RecordSource =
  | { readonly kind: "parquet"; readonly path: string; readonly start: number; readonly end: number }
  | { readonly kind: "acquired"; readonly taskKey: string; readonly part: string };

export type TaskWork =
  | { readonly do: "prepare-layer"; readonly layer: string }
  | {
      readonly do: "acquire";
      readonly input: number;
      readonly columns: readonly string[];
      readonly partBytes: number;
    }
  | { readonly do: "resolve"; readonly sources: readonly RecordSource[] }
  | { readonly do: "annotate"; readonly sources: readonly RecordSource[] }
  | { readonly do: "count" }
  | { readonly do: "publish" };

/** A task: what to do, and the key under which its output is found again. */
export interface Task {
  readonly index: number;
  readonly title: string;
  /** Records it is expected to read; 0 where that is unknown or none. For progress alone. */
  readonly rows: number;
  readonly work: TaskWork;
  /** Identity of everything that its output depends on. */
  readonly key: string;
  /** What the key is made of, so that a dry run can say why a task runs again. */
  readonly because: {
    readonly work: string;
    readonly inputs: string;
    readonly parameters: string;
    readonly code: string;
    readonly upstream: string;
  };
}

/** A stage: tasks that may run side by side. */
export interface Stage {
  readonly name: StageName;
  readonly tasks: readonly Task[];
}

export interface PlannedInput {
  readonly input: OccurrenceInput;
  readonly path: string;
  readonly bytes: number;
  /** Content identity: sha256 of a local file, etag of an object. */
  readonly identity: string;
}

/** Everything a run will do, as plain JSON: made from metadata alone, printed by `bisonflow plan`. */
export interface Plan {
  readonly format: "bisonflow-plan-1";
  readonly version: string;
  /** Identity of the whole plan. */
  readonly key: string;
  readonly out: string;
  readonly config: RunConfig;
  readonly profile: Profile;
  readonly columns: readonly string[];
  readonly inputs: readonly PlannedInput[];
  readonly layers: readonly (LayerConfig & { readonly identity: string })[];
  readonly register?: RegisterConfig & { readonly identity: string };
  readonly matrices: readonly string[];
  readonly stages: readonly Stage[];
}

/** The stage of a plan by its name. */
export function stageOf(plan: Plan, name: string): Stage {
  const stage = plan.stages.find((candidate) => candidate.name === name);
  if (stage === undefined) {
    throw new Error(`Bug in bisonflow: a plan without the stage ${name}.`);
  }
  return stage;
}
