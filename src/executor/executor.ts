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
  /** The plan's own key: jobs in a queue carry it, so that a later run knows whose they are. */
  readonly planKey: string;
  /** Whether a task's output is published: the truth, where its events were lost. */
  readonly isDone: (index: number) => Promise<boolean>;
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
    }
  /** An attempt at a task has ended, told by executors whose queue tries again: each one is paid for. */
  | {
      readonly type: "task-attempt";
      readonly index: number;
      /** From 1. */
      readonly attempt: number;
      /** `lost`: its machine was taken away; `stopped`: it was asked to end. Both are tried again. */
      readonly end: "done" | "failed" | "lost" | "stopped" | "timed-out" | "out-of-memory";
      /** ISO 8601, UTC. */
      readonly started: string;
      readonly seconds: number;
      /** The queue's own words. */
      readonly reason: string;
      readonly exitCode?: number;
      readonly vcpus: number;
      readonly memoryMiB: number;
      /** Id of the job. */
      readonly job: string;
    }
  /** What whoever waits should know: why tasks do not start, that a queue does not answer. */
  | { readonly type: "note"; readonly message: string };

/** Runs tasks somewhere. An executor decides where, never what. */
export interface Executor {
  readonly name: string;
  /** Whether tasks can run there at all, asked before anything is made or moved; throws a UserError if not. */
  readonly check?: () => Promise<void>;
  /**
   * Told that a run is wanted, before it is planned: what takes time to start may start meanwhile, for so many tasks
   * at one time at most. It keeps no process alive; `run` uses it, `release` ends it.
   */
  readonly warmUp?: (workers: number) => void;
  /**
   * Asked before a run touches its folder, by executors whose tasks outlive the run that started them: ends
   * what an earlier, killed run left at work on the same folder. Where those are tasks of this very plan they
   * may be left to go on: then it resolves to true, nothing of theirs may be cleared, and `run` follows them.
   */
  readonly takeOver?: (run: {
    readonly planUri: string;
    readonly planKey: string;
    /** Tasks are to run again though they are done, so nothing goes on. */
    readonly again: boolean;
  }) => Promise<boolean>;
  /**
   * Told before the first stage what every stage will run, in order: executors with a queue may submit all of it at
   * once, each stage depending on the one before. `run` is called for each stage all the same.
   */
  readonly announce?: (jobs: readonly StageJob[]) => Promise<void>;
  /**
   * Resolves when no task of the job runs any more, with the last failure of each task that failed.
   * Aborting `signal` stops the tasks, lets them clean up, and resolves.
   */
  run(
    job: StageJob,
    hooks: { readonly onEvent: (event: TaskEvent) => void; readonly signal: AbortSignal },
  ): Promise<{ readonly failures: readonly Extract<TaskEvent, { type: "task-failed" }>[] }>;
  /** Told when a run is over, however it went: what waits for more tasks ends. */
  readonly release?: () => Promise<void>;
}
