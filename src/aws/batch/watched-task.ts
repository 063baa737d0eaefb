import type { JobDetail } from "@aws-sdk/client-batch";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { TaskEvent } from "../../executor/index.ts";
import { attemptEvents } from "./attempts.ts";
import { hasEnded } from "./describe-jobs.ts";
import { TaskLog } from "./task-log.ts";

/** One task in the queue: what Batch said of it last, told on as events, each once. */
export class WatchedTask {
  readonly index: number;
  /** Id of the job, or of the array's child. */
  readonly jobId: string;
  /** Id of the job that was submitted. */
  readonly parentId: string;
  /** Whether this run waits for it; false for one that was done before. */
  readonly open: boolean;
  readonly log: TaskLog;
  #job: JobDetail | undefined;
  #attempts = 0;
  #starts = 0;
  settled = false;

  constructor(task: {
    readonly index: number;
    readonly jobId: string;
    readonly parentId: string;
    readonly open: boolean;
    readonly logs: CloudWatchLogsClient;
    readonly logGroup: string;
  }) {
    this.index = task.index;
    this.jobId = task.jobId;
    this.parentId = task.parentId;
    this.open = task.open;
    this.log = new TaskLog(task.logs, task.logGroup);
  }

  get job(): JobDetail | undefined {
    return this.#job;
  }

  get running(): boolean {
    return this.#job?.status === "RUNNING";
  }

  get ended(): boolean {
    return hasEnded(this.#job);
  }

  /** Where the newest attempt logs. */
  get logStream(): string | undefined {
    const ofAttempt = this.#job?.attempts?.at(-1)?.container?.logStreamName;
    return (
      (this.running ? this.#job?.container?.logStreamName : ofAttempt) ?? this.#job?.container?.logStreamName
    );
  }

  /** Seconds that attempts of this task took, those that were lost too. */
  get seconds(): number {
    return (this.#job?.attempts ?? []).reduce(
      (sum, { startedAt = 0, stoppedAt = startedAt }) => sum + (stoppedAt - startedAt) / 1000,
      0,
    );
  }

  /** Takes in a description; tells of starts and of attempts that have ended. */
  see(job: JobDetail, onEvent: (event: TaskEvent) => void): void {
    this.#job = job;
    const ended = attemptEvents(job, { index: this.index, known: this.#attempts });
    this.#attempts += ended.length;
    // An attempt that began and ended between two looks began all the same.
    const starts = this.#attempts + (this.running ? 1 : 0);
    if (starts > this.#starts) onEvent({ type: "task-started", index: this.index });
    this.#starts = starts;
    for (const event of ended) onEvent(event);
  }
}
