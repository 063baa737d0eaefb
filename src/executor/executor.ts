/**
 * What an executor is asked to do: run the tasks of one stage of a plan, each as
 * `bisonflow task run PLAN STAGE INDEX`, wherever it likes.
 */
export interface StageJob {
  /** Where the plan is: a path or URI that the tasks can read. */
  readonly planUri: string;
  readonly stage: string;
  /** Indexes into the stage's tasks; those that have an output already are not among them. */
  readonly indexes: readonly number[];
  /** Most tasks at one time. */
  readonly workers: number;
}

/** What a task says while it runs; progress is advisory, the task's published result is the truth. */
export type TaskEvent =
  | { readonly type: "task-started"; readonly index: number }
  | {
      readonly type: "task-progress";
      readonly index: number;
      readonly rows: number;
      readonly totalRows: number;
    }
  | {
      readonly type: "task-finished";
      readonly index: number;
      readonly seconds: number;
      readonly rows: number;
    }
  | {
      readonly type: "task-failed";
      readonly index: number;
      readonly message: string;
      readonly retry: boolean;
      readonly hint?: string;
      readonly code?: string;
      readonly exitCode?: number;
      readonly stack?: string;
    };

/** Runs tasks somewhere. An executor decides where, never what. */
export interface Executor {
  readonly name: string;
  /**
   * Resolves when no task of the job runs any more, with the last failure of each task that failed.
   * Aborting `signal` stops the tasks, lets them clean up, and resolves.
   */
  run(
    job: StageJob,
    hooks: { readonly onEvent: (event: TaskEvent) => void; readonly signal: AbortSignal },
  ): Promise<{ readonly failures: readonly Extract<TaskEvent, { type: "task-failed" }>[] }>;
}
