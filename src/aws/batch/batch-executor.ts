import { BatchClient, SubmitJobCommand } from "@aws-sdk/client-batch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { Executor, StageJob } from "../../executor/index.ts";
import type { Store } from "../../store/index.ts";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";
import type { BatchTarget } from "./batch-target.ts";
import { type CheckedTarget, checkTarget } from "./check-target.ts";
import { followJobs, type SubmittedJob } from "./follow-jobs.ts";
import { followableJobs } from "./followable-jobs.ts";
import { folderPrefix, jobParts } from "./job-parts.ts";
import { indexList, type JobLimits, jobRequest } from "./job-request.ts";
import type { Pace } from "./patience.ts";
import { endEarlierJobs, livingJobs, terminateJobs } from "./stop-jobs.ts";

/** What a Batch executor is made of. */
export interface BatchExecutorOptions {
  readonly access: AwsAccess;
  /** Where the plan is; lists of indexes go beside it. */
  readonly store: Pick<Store, "publishBytes" | "read" | "remove">;
  readonly target: BatchTarget;
  /** What the containers of a stage's tasks get; sizes are the job definition's where this says none. */
  readonly limits: (stage: string) => LimitSpec;
  /** The stages that there will be. */
  readonly stages: readonly string[];
  /** What a task may take of its container's memory, in MiB: one that is smaller is refused. */
  readonly leastMemoryMiB: number;
  readonly pace?: Pace;
}

/** Limits as far as they are chosen. */
export type LimitSpec = Omit<JobLimits, "vcpus" | "memoryMiB"> & {
  readonly vcpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
};

/** A job depends on at most so many others. */
const mostDependencies = 20;

/**
 * Runs tasks as jobs of AWS Batch: an array for a stage, its children the tasks that have no output yet. All
 * stages are submitted at once, each depending on the one before, so that the queue works on when this process is
 * gone. What is needed is looked at first, before anything is submitted: a UserError says what is missing.
 *
 * The tasks' published results are the truth; Batch says who lives, logs give progress and last words.
 */
export async function batchExecutor(options: BatchExecutorOptions): Promise<Executor> {
  const batch = connect(BatchClient, options.access);
  const logs = connect(CloudWatchLogsClient, options.access);
  const target = await checkTarget(options.target, { batch, logs });
  return new JobQueue({ ...options, batch, logs, target });
}

class JobQueue implements Executor {
  readonly name = "aws";
  readonly #options: Omit<BatchExecutorOptions, "target"> & { readonly target: CheckedTarget };
  readonly #batch: BatchClient;
  readonly #logs: CloudWatchLogsClient;
  readonly #pace: Pace;
  /** Jobs of stages whose turn has not come. */
  readonly #announced = new Map<string, readonly SubmittedJob[]>();
  /** Jobs of an earlier run of this plan that go on, by stage. */
  #inherited = new Map<string, readonly SubmittedJob[]>();

  constructor(
    options: Omit<BatchExecutorOptions, "target"> & {
      readonly target: CheckedTarget;
      readonly batch: BatchClient;
      readonly logs: CloudWatchLogsClient;
    },
  ) {
    this.#options = options;
    this.#batch = options.batch;
    this.#logs = options.logs;
    this.#pace = options.pace ?? { firstSeconds: 1, mostSeconds: 5 };
  }

  readonly check: NonNullable<Executor["check"]> = async () => {
    for (const stage of this.#options.stages) this.#limits(stage);
  };

  readonly takeOver: NonNullable<Executor["takeOver"]> = async ({ again, ...plan }) => {
    const { store, target } = this.#options;
    const ids = await livingJobs(this.#batch, target.queue, folderPrefix(plan.planUri));
    if (ids.length === 0) return false;
    const ours = again ? undefined : await followableJobs({ batch: this.#batch, store, target, plan, ids });
    if (ours === undefined) {
      await endEarlierJobs(this.#batch, ids, this.#pace);
      return false;
    }
    this.#inherited = new Map(ours);
    return true;
  };

  readonly announce: NonNullable<Executor["announce"]> = async (jobs) => {
    let before: readonly SubmittedJob[] = [];
    try {
      for (const job of jobs) {
        if (before.length > mostDependencies) return;
        before = await this.#complete(job, before);
        this.#announced.set(job.stage, before);
      }
    } catch (error) {
      await this.#endAnnounced("bisonflow: not all stages could be submitted").catch(() => undefined);
      throw error;
    }
  };

  readonly run: Executor["run"] = async (job, { onEvent, signal }) => {
    const jobs = this.#announced.get(job.stage) ?? (await this.#submit(job, []));
    this.#announced.delete(job.stage);
    let over = false;
    const stop = async (reason: string): Promise<void> => {
      over = true;
      await terminateJobs(
        this.#batch,
        jobs.map(({ id }) => id),
        reason,
      );
      await this.#endAnnounced(reason);
    };
    try {
      const { failures, rescued } = await followJobs({
        batch: this.#batch,
        logs: this.#logs,
        target: this.#options.target,
        limits: this.#limits(job.stage),
        pace: this.#pace,
        jobs,
        stage: job,
        onEvent,
        signal,
        stop,
      });
      // Batch ends what depends on a job that it calls failed; those stages are submitted anew in their turn.
      if ((rescued || failures.length > 0) && !over) {
        await this.#endAnnounced("bisonflow: submitted anew").catch((error: unknown) => {
          if (failures.length === 0) throw error;
          // Why a task failed is the thing to tell.
          const said = error instanceof Error ? error.message : String(error);
          onEvent({ type: "note", message: `Jobs that waited for this stage could not be ended: ${said}` });
        });
      }
      return { failures };
    } catch (error) {
      // Whatever it is, nothing must go on that nobody follows; the first error is the one to tell.
      if (!over) await stop("bisonflow: the run failed").catch(() => undefined);
      throw error;
    } finally {
      await this.#forgetLists(job, jobs);
      // Interrupted after the last task had ended: the stages behind must not begin.
      if (signal.aborted && !over) await this.#endAnnounced("bisonflow: interrupted");
    }
  };

  #limits(stage: string): JobLimits {
    const { target, limits, leastMemoryMiB } = this.#options;
    const { vcpus = target.vcpus, memoryMiB = target.memoryMiB, ...rest } = limits(stage);
    if (memoryMiB >= leastMemoryMiB) return { ...rest, vcpus, memoryMiB };
    throw new UserError({
      code: "batch-container-small",
      message: `A container of stage ${stage} has ${memoryMiB} MiB, less than the ${leastMemoryMiB} that a task may take with this --memory.`,
      hint: "Give containers more (aws.memoryMiB in the configuration, or the job definition), or tasks less (--memory).",
    });
  }

  /** The jobs that run a stage's open tasks: those that go on from an earlier run, and new ones for the rest. */
  async #complete(job: StageJob, after: readonly SubmittedJob[]): Promise<readonly SubmittedJob[]> {
    const inherited = this.#inherited.get(job.stage) ?? [];
    this.#inherited.delete(job.stage);
    const covered = new Set(inherited.flatMap(({ indexes }) => indexes));
    const indexes = job.indexes.filter((index) => !covered.has(index));
    if (indexes.length === 0) return inherited;
    // What depends on this stage's old jobs would not wait for its new ones.
    const superseded = [...this.#inherited.values()].flat().map(({ id }) => id);
    this.#inherited.clear();
    await terminateJobs(this.#batch, superseded, "bisonflow: submitted anew");
    return [...inherited, ...(await this.#submit({ ...job, indexes }, after))];
  }

  async #submit(job: StageJob, after: readonly SubmittedJob[]): Promise<readonly SubmittedJob[]> {
    const { store, target } = this.#options;
    const limits = this.#limits(job.stage);
    const submitted: SubmittedJob[] = [];
    try {
      for (const part of jobParts(job)) {
        const list = indexList(job.planUri, job.stage, part);
        if (list !== undefined) await store.publishBytes(list.bytes, list.uri);
        const request = jobRequest({ job, part, list, target, limits, after: after.map(({ id }) => id) });
        const { jobId = "" } = await this.#batch.send(new SubmitJobCommand(request));
        submitted.push({ id: jobId, indexes: part.indexes });
      }
      return submitted;
    } catch (error) {
      // Half a stage is no stage; why it is half is the thing to tell.
      const ids = submitted.map(({ id }) => id);
      await terminateJobs(this.#batch, ids, "bisonflow: not all could be submitted").catch(() => undefined);
      throw error;
    }
  }

  async #endAnnounced(reason: string): Promise<void> {
    const ids = [...this.#announced.values()].flat().map(({ id }) => id);
    this.#announced.clear();
    await terminateJobs(this.#batch, ids, reason);
  }

  /** Lists of indexes have served when their jobs have ended. */
  async #forgetLists(job: StageJob, jobs: readonly SubmittedJob[]): Promise<void> {
    for (const { indexes } of jobs) {
      const list = indexList(job.planUri, job.stage, { name: "", indexes });
      if (list !== undefined) await this.#options.store.remove(list.uri).catch(() => undefined);
    }
  }
}
