import { setTimeout as pause } from "node:timers/promises";
import { ExitCode, UserError } from "../../trouble/index.ts";
import type { StageJob, TaskEvent } from "../executor.ts";
import { maxAttempts } from "./batch-script.ts";
import { isAlive, type QueuedTask, readQueue } from "./queue.ts";
import { QueueWatch } from "./queue-watch.ts";
import { explainEnd } from "./reasons.ts";
import { cancel, type SlurmSettings, submitStage, type TaskArray } from "./submit-stage.ts";
import { TaskLog } from "./task-log.ts";

type Failure = Extract<TaskEvent, { type: "task-failed" }>;

/** A task that is not done, as far as is known. */
interface OpenTask {
  readonly index: number;
  array: TaskArray;
  submissions: number;
  starts: number;
  /** The state in which Slurm last showed it; empty where it never did. */
  state: string;
  reason: string;
  /** Since when Slurm has not been at work on it, in milliseconds of `performance.now()`. */
  goneSince: number | undefined;
  saidFinished: Extract<TaskEvent, { type: "task-finished" }> | undefined;
  failure: Failure | undefined;
}

/** Slurm is asked after so many seconds at first, less and less often up to so many. */
const askSeconds = { first: 1, growth: 1.4, most: 10 };
/** How long a result may take to show on a network file system that remembers what was not there. */
const patienceSeconds = { ended: 2, completed: 30 };
/** Longest that tasks may take to end once cancelled: KillWait, and what Slurm takes itself. */
const endSeconds = 120;

/**
 * Follows the tasks of a stage to their end. What tasks print is read from the shared folder, for progress;
 * Slurm's queue tells only who is still alive; whether a task is done, its published result alone says.
 */
export class StageFollower {
  readonly #job: StageJob;
  readonly #settings: SlurmSettings;
  readonly #logs: string;
  readonly #onEvent: (event: TaskEvent) => void;
  readonly #log: TaskLog;
  readonly #open = new Map<number, OpenTask>();
  readonly #failures: Failure[] = [];
  readonly #watch: QueueWatch;

  constructor(options: {
    readonly job: StageJob;
    readonly settings: SlurmSettings;
    readonly logs: string;
    readonly onEvent: (event: TaskEvent) => void;
  }) {
    this.#job = options.job;
    this.#settings = options.settings;
    this.#logs = options.logs;
    this.#onEvent = options.onEvent;
    this.#watch = new QueueWatch(options.onEvent);
    this.#log = new TaskLog(options.logs, options.job.stage);
  }

  /** The arrays that hold tasks which are not done. */
  arrays(): TaskArray[] {
    return [...new Set([...this.#open.values()].map(({ array }) => array))];
  }

  /**
   * Resolves with the failures when no task is left in Slurm's hands, or, aborted, at once. `given` are arrays
   * that have been submitted already; what they do not hold is submitted now.
   */
  async follow(given: readonly TaskArray[], signal: AbortSignal): Promise<readonly Failure[]> {
    const wanted = new Set(this.#job.indexes);
    for (const array of given) {
      for (const index of array.indexes) if (wanted.has(index)) this.#track(index, array);
    }
    await this.#submit(this.#job.indexes.filter((index) => !this.#open.has(index)));
    let askEvery = askSeconds.first;
    let askAt = performance.now();
    while (this.#open.size > 0 && !signal.aborted) {
      this.#take(await this.#log.events((index) => this.#open.has(index)));
      await this.#finishThoseDone();
      if (this.#open.size > 0 && performance.now() >= askAt) {
        await this.#askQueue();
        askEvery = Math.min(askEvery * askSeconds.growth, askSeconds.most);
        askAt = performance.now() + askEvery * 1000;
      }
      if (this.#open.size === 0) break;
      await pause(askEvery > 5 ? 2000 : 500, undefined, { signal }).catch(() => undefined);
    }
    return this.#failures;
  }

  #track(index: number, array: TaskArray): void {
    const known = this.#open.get(index);
    this.#open.set(index, {
      index,
      array,
      submissions: (known?.submissions ?? 0) + 1,
      starts: known?.starts ?? 0,
      state: "",
      reason: "",
      goneSince: undefined,
      saidFinished: undefined,
      failure: undefined,
    });
  }

  async #submit(indexes: readonly number[]): Promise<void> {
    if (indexes.length === 0) return;
    const options = { settings: this.#settings, logs: this.#logs, indexes, after: [] };
    for (const array of await submitStage(this.#job, options)) {
      for (const index of array.indexes) this.#track(index, array);
    }
  }

  #take(events: readonly TaskEvent[]): void {
    for (const event of events) {
      const task = event.type === "note" ? undefined : this.#open.get(event.index);
      if (task === undefined) continue;
      if (event.type === "task-failed") task.failure = event;
      else if (event.type === "task-finished") task.saidFinished = event;
      else {
        if (event.type === "task-started") {
          task.failure = undefined;
          task.starts++;
          if (task.starts > 1)
            this.#watch.note(`${this.#named(task)} is tried again, for the ${ordinal(task.starts)} time.`);
        }
        this.#onEvent(event);
      }
    }
  }

  async #finishThoseDone(): Promise<void> {
    for (const task of [...this.#open.values()]) {
      if (task.saidFinished === undefined && task.goneSince === undefined) continue;
      if (!(await this.#job.isDone(task.index))) continue;
      this.#open.delete(task.index);
      // Its word may be lost, its result is not.
      this.#onEvent(task.saidFinished ?? { type: "task-finished", index: task.index, seconds: 0, rows: 0 });
    }
  }

  async #askQueue(): Promise<void> {
    const queue = await readQueue();
    const now = performance.now();
    if ("silent" in queue) return this.#watch.silence(queue.silent, now);
    const shown = new Map(queue.tasks.map((task) => [`${task.array}_${task.element}`, task]));
    const alive: QueuedTask[] = [];
    for (const task of this.#open.values()) {
      const found = shown.get(`${task.array.id}_${task.index - task.array.base}`);
      if (found !== undefined) {
        task.state = found.state;
        task.reason = found.reason;
      }
      if (found !== undefined && isAlive(found.state)) {
        alive.push(found);
        task.goneSince = undefined;
      } else task.goneSince ??= now;
    }
    await this.#finishThoseDone();
    await this.#judgeGone(now);
    await this.#watch.waiting(alive, now);
  }

  async #judgeGone(now: number): Promise<void> {
    const again: number[] = [];
    for (const task of [...this.#open.values()]) {
      if (task.goneSince === undefined) continue;
      const patience = mayBeHidden(task) ? patienceSeconds.completed : patienceSeconds.ended;
      if ((now - task.goneSince) / 1000 < patience) continue;
      if (this.#failures.length > 0) {
        // The stage has failed: nothing is tried again.
        this.#open.delete(task.index);
        if (task.failure !== undefined) this.#fail(task.failure);
        continue;
      }
      const failure = task.failure ?? (await this.#wordless(task));
      // Killed because a task of an earlier stage failed, which went well in the end.
      const neverBegan =
        task.starts === 0 &&
        (task.state === "" || (task.state === "CANCELLED" && /Dependency/.test(task.reason)));
      if (task.submissions < maxAttempts && (neverBegan || (failure.retry && task.starts < maxAttempts))) {
        again.push(task.index);
      } else {
        this.#open.delete(task.index);
        this.#fail(failure);
      }
    }
    if (this.#failures.length > 0) await cancel(this.arrays(), "waiting");
    else await this.#submit(again);
  }

  async #wordless(task: OpenTask): Promise<Failure> {
    const { message, hint, retry } = explainEnd(task.state);
    const printed = await this.#log.printed(task.array.base, task.index - task.array.base);
    return {
      type: "task-failed",
      index: task.index,
      message: `${message}; job ${task.array.id}_${task.index - task.array.base}.${printed === "" ? "" : ` It printed: ${printed}`}`,
      retry,
      ...(hint === undefined ? {} : { hint }),
    };
  }

  #fail(failure: Failure): void {
    this.#failures.push(failure);
    this.#onEvent(failure);
  }

  #named(task: OpenTask): string {
    return `Task ${this.#job.stage} ${task.index}`;
  }
}

/**
 * Whether a task that has left Slurm's hands may have a result that does not show yet. One that Slurm never
 * showed and that printed nothing has none: it was cancelled with what it waited for, before its stage's turn.
 */
function mayBeHidden({ state, starts, saidFinished, failure }: OpenTask): boolean {
  if (failure !== undefined) return false;
  if (state === "") return starts > 0;
  return saidFinished !== undefined || state === "COMPLETED" || isAlive(state);
}

function ordinal(count: number): string {
  return ["first", "second", "third"][count - 1] ?? `${count}th`;
}

/** Resolves when Slurm has nothing more to do with any task of these arrays; throws when that does not come about. */
export async function untilGone(ids: ReadonlySet<string>): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < endSeconds * 1000) {
    const queue = await readQueue();
    if ("tasks" in queue && !queue.tasks.some(({ array, state }) => ids.has(array) && isAlive(state))) return;
    await pause(500);
  }
  throw new UserError({
    code: "slurm-jobs-stay",
    message: `Jobs ${[...ids].join(", ")} were cancelled ${endSeconds} seconds ago and have not ended.`,
    hint: "See `squeue --me`; when they are gone, run the same command again.",
    exitCode: ExitCode.environment,
  });
}
