import { type BatchClient, DescribeComputeEnvironmentsCommand, type JobDetail } from "@aws-sdk/client-batch";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { StageJob, TaskEvent } from "../../executor/index.ts";
import type { CheckedTarget } from "./check-target.ts";
import { describeJobs, hasEnded } from "./describe-jobs.ts";
import type { JobLimits } from "./job-request.ts";
import { type Pace, patiently, pause } from "./patience.ts";
import { failureOf } from "./task-failure.ts";
import { WatchedTask } from "./watched-task.ts";
import { whyWaiting } from "./why-waiting.ts";

type Failure = Extract<TaskEvent, { type: "task-failed" }>;

/** A job in the queue, and the tasks that its children run. */
export interface SubmittedJob {
  readonly id: string;
  readonly indexes: readonly number[];
}

/** What a follower needs of its executor. */
export interface FollowOptions {
  readonly batch: BatchClient;
  readonly logs: CloudWatchLogsClient;
  readonly target: CheckedTarget;
  readonly limits: JobLimits;
  readonly pace: Pace;
  readonly jobs: readonly SubmittedJob[];
  /** Jobs of an earlier run may run tasks that are done by now: of those not in `indexes` only attempts are told. */
  readonly stage: Pick<StageJob, "isDone" | "indexes">;
  readonly onEvent: (event: TaskEvent) => void;
  readonly signal: AbortSignal;
  /** Ends every job of the run: called once, on interruption or after the first failure. */
  readonly stop: (reason: string) => Promise<void>;
}

/** How a stage ended; `rescued` says that Batch calls a job failed though all of its output is there. */
export interface Followed {
  readonly failures: readonly Failure[];
  readonly rescued: boolean;
}

/** Logs read in one look: CloudWatch answers 25 such calls a second, and progress can wait. */
const mostLogs = 20;
/** Looks at all children happen when the array's summary changed, and at least so often. */
const lookSeconds = 60;
/** After this long without a machine and without a reason, say what it may be. */
const silenceSeconds = 300;
/** How long stopped jobs may take to end. */
const stopSeconds = 120;

/** Follows jobs until none of them runs any more. */
export async function followJobs(options: FollowOptions): Promise<Followed> {
  return new Follower(options).run();
}

class Follower {
  readonly #options: FollowOptions;
  readonly #tasks: readonly WatchedTask[];
  readonly #failures: Failure[] = [];
  readonly #noted = new Set<string>();
  #rescued = false;
  #stoppedAt: number | undefined;
  #summary = "";
  #looked = Number.NEGATIVE_INFINITY;
  #nextLog = 0;
  #quietSince = performance.now();

  constructor(options: FollowOptions) {
    this.#options = options;
    const { logs, target, jobs, stage } = options;
    const open = new Set(stage.indexes);
    this.#tasks = jobs.flatMap(({ id, indexes }) =>
      indexes.map((index, at) => {
        const jobId = indexes.length === 1 ? id : `${id}:${at}`;
        const { logGroup } = target;
        return new WatchedTask({ index, jobId, parentId: id, open: open.has(index), logs, logGroup });
      }),
    );
  }

  async run(): Promise<Followed> {
    const { pace, signal } = this.#options;
    let wait = pace.firstSeconds;
    for (;;) {
      const changed = await this.#look();
      if (this.#tasks.every(({ settled }) => settled)) break;
      if (this.#stoppedAt === undefined && (signal.aborted || this.#failures.length > 0)) {
        this.#stoppedAt = performance.now();
        const why = signal.aborted ? "bisonflow: interrupted" : "bisonflow: a task failed";
        await this.#options.stop(why).catch((error: unknown) => {
          if (this.#failures.length === 0) throw error;
          // Why a task failed is the thing to tell.
          const said = error instanceof Error ? error.message : String(error);
          this.#options.onEvent({ type: "note", message: `The other jobs could not be ended: ${said}` });
        });
        wait = pace.firstSeconds;
      }
      if (this.#stoppedAt !== undefined && performance.now() - this.#stoppedAt > stopSeconds * 1000) break;
      wait = changed ? pace.firstSeconds : Math.min(wait * 1.5, pace.mostSeconds);
      // Once stopped, the signal has done its work: wait in full.
      await pause(wait, this.#stoppedAt === undefined ? signal : new AbortController().signal);
    }
    return { failures: this.#failures, rescued: this.#rescued };
  }

  /** One look at the queue; true when something happened. */
  async #look(): Promise<boolean> {
    const { batch, jobs } = this.#options;
    const parents = await this.#ask(() =>
      describeJobs(
        batch,
        jobs.map(({ id }) => id),
      ),
    );
    const summary = JSON.stringify([...parents.values()].map(inBrief));
    const changed = summary !== this.#summary;
    if (changed || performance.now() - this.#looked > lookSeconds * 1000) {
      this.#summary = summary;
      this.#looked = performance.now();
      await this.#lookAtTasks(parents);
    }
    await this.#readLogs();
    await this.#sayWhyWaiting(parents, changed);
    return changed;
  }

  async #lookAtTasks(parents: ReadonlyMap<string, JobDetail>): Promise<void> {
    const { batch, onEvent } = this.#options;
    const open = this.#tasks.filter(({ settled }) => !settled);
    const children = open.filter(({ jobId }) => !parents.has(jobId)).map(({ jobId }) => jobId);
    const details = await this.#ask(() => describeJobs(batch, children));
    for (const task of open) {
      const job = details.get(task.jobId) ?? parents.get(task.jobId);
      if (job !== undefined) task.see(job, task.open ? onEvent : attemptsOnly(onEvent));
      const parent = parents.get(task.parentId);
      if (task.ended || (job === undefined && hasEnded(parent))) await this.#settle(task, parent);
    }
  }

  /** Tells how a task ended, once. */
  async #settle(task: WatchedTask, parent: JobDetail | undefined): Promise<void> {
    const { onEvent, stage, limits, pace, signal } = this.#options;
    task.settled = true;
    if (!task.open) return;
    await this.#readLog(task);
    const succeeded = task.job?.status === "SUCCEEDED";
    // The published result is the truth: a machine may be taken away between publishing and the exit.
    if (succeeded || (await stage.isDone(task.index))) {
      this.#rescued ||= !succeeded;
      const { rows = 0, seconds = task.seconds } = task.log.finished ?? {};
      onEvent({ type: "task-finished", index: task.index, rows, seconds });
      return;
    }
    // What was ended by us, for another task's failure or an interruption, did not fail.
    if (this.#stoppedAt !== undefined) return;
    for (let tries = 0; tries < 3 && task.logStream !== undefined; tries++) {
      if (task.log.failed !== undefined || task.log.tail !== "") break;
      await pause(pace.firstSeconds, signal); // logs come a little after the end
      await this.#readLog(task);
    }
    const failure = failureOf({
      index: task.index,
      job: task.job,
      reason: parent?.statusReason,
      said: task.log.failed,
      tail: task.log.tail,
      limits,
    });
    this.#failures.push(failure);
    onEvent(failure);
  }

  async #readLogs(): Promise<void> {
    const running = this.#tasks.filter(({ running, settled, open }) => running && open && !settled);
    for (let count = 0; count < Math.min(mostLogs, running.length); count++) {
      const task = running[this.#nextLog++ % running.length];
      if (task !== undefined) await this.#readLog(task);
    }
  }

  async #readLog(task: WatchedTask): Promise<void> {
    const { onEvent } = this.#options;
    const stream = task.logStream;
    if (stream === undefined) return;
    // The log names tasks by their own index, which is ours.
    await this.#ask(() => task.log.read(stream, onEvent));
  }

  async #sayWhyWaiting(parents: ReadonlyMap<string, JobDetail>, changed: boolean): Promise<void> {
    const waiting = this.#tasks.filter(({ job, settled }) => !settled && job?.status === "RUNNABLE");
    if (waiting.length === 0 || this.#tasks.some(({ running }) => running) || changed) {
      this.#quietSince = performance.now();
    }
    const details = [...waiting.map(({ job }) => job), ...parents.values()];
    const reason = details.find((job) => waitsFor(job?.statusReason))?.statusReason;
    const quiet = performance.now() - this.#quietSince > silenceSeconds * 1000;
    const key = reason ?? (quiet ? "silence" : undefined);
    if (waiting.length === 0 || key === undefined || this.#noted.has(key)) return;
    this.#noted.add(key);
    const { batch, target, onEvent } = this.#options;
    const { computeEnvironments = [] } = await this.#ask(() =>
      batch.send(new DescribeComputeEnvironmentsCommand({ computeEnvironments: [...target.environments] })),
    );
    onEvent({ type: "note", message: whyWaiting(reason, computeEnvironments) });
  }

  #ask<T>(call: () => Promise<T>): Promise<T> {
    const { onEvent, signal, pace } = this.#options;
    return patiently(call, { note: (message) => onEvent({ type: "note", message }), signal, pace });
  }
}

/** Attempts at tasks that were done before this run are paid for all the same. */
function attemptsOnly(onEvent: (event: TaskEvent) => void): (event: TaskEvent) => void {
  return (event) => {
    if (event.type === "task-attempt") onEvent(event);
  };
}

/** A reason for waiting, not for the end of an attempt before. */
function waitsFor(reason: string | undefined): boolean {
  return reason !== undefined && /^(CAPACITY|MISCONFIGURATION|ACTION_REQUIRED|UNDETERMINED)/.test(reason);
}

function inBrief(job: JobDetail): unknown {
  const { jobId, status, statusReason, arrayProperties, attempts } = job;
  return [jobId, status, statusReason, arrayProperties?.statusSummary, attempts?.length];
}
