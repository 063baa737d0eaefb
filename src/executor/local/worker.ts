import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { StageJob, TaskEvent } from "../executor.ts";

export type Failure = Extract<TaskEvent, { type: "task-failed" }>;

/** Tasks for a worker, and whom to tell. */
export interface Work {
  readonly job: StageJob;
  readonly first: number;
  /** The next task's index; undefined when there is none to begin. */
  readonly take: () => number | undefined;
  /** The same, for a worker that is still busy. */
  readonly takeAhead: () => number | undefined;
  readonly onEvent: (event: TaskEvent) => void;
  readonly signal: AbortSignal;
}

/** What a worker says of itself beside its tasks' events: it has none, and takes so much memory. */
interface WorkerWaits {
  readonly type: "worker-waits";
  readonly memoryMiB: number;
}

interface Ended {
  readonly code: number | null;
  readonly by: NodeJS.Signals | null;
  readonly error?: Error;
}

/** How long a worker may take to stop once asked, before it is killed. */
const stopSeconds = 5;

/**
 * A process that does tasks, of whatever stage, one after the other, told of each on its standard input. It ends
 * when this process does, even if this one is killed: its input closes. While it waits it keeps nobody alive.
 */
export class Worker {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<Ended>;
  #stderr = "";
  #onMessage: (message: TaskEvent | WorkerWaits) => void = () => undefined;
  /** What it said it takes when it last began to wait. */
  memoryMiB = 0;

  constructor(command: readonly string[]) {
    const [program = "", ...before] = command;
    const child = spawn(program, [...before, "task", "follow"]);
    this.#child = child;
    this.#closed = new Promise((resolve) => {
      child.once("error", (error) => resolve({ code: null, by: null, error }));
      child.once("close", (code, by) => resolve({ code, by }));
    });
    // Told of by the events of the process.
    child.stdin.on("error", () => undefined);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      // Enough to explain a crash; a worker that floods must not fill this process.
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const message = parseMessage(line);
      if (message !== undefined) this.#onMessage(message);
    });
    this.#keepsAlive(false);
  }

  get isAlive(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Ends it at once: for one that waits, which has nothing to lose. */
  async end(): Promise<void> {
    this.#keepsAlive(true);
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  /** Resolves when it waits again with all tasks done, or has ended: which tasks are not done, and what failed. */
  async do(work: Work): Promise<{ unfinished: number[]; failure: Failure | undefined }> {
    const { job, take, takeAhead, onEvent, signal } = work;
    const given: number[] = [];
    const finished = new Set<number>();
    let failure: Failure | undefined;
    let running = work.first;
    const give = (index: number | undefined): void => {
      if (index === undefined) return;
      given.push(index);
      this.#child.stdin.write(`${JSON.stringify({ planUri: job.planUri, stage: job.stage, index })}\n`);
    };
    const waits = new Promise<void>((resolve) => {
      this.#onMessage = (message) => {
        if (message.type === "worker-waits") {
          this.memoryMiB = message.memoryMiB;
          if (finished.size === given.length) resolve();
          return;
        }
        if (message.type === "task-failed") {
          failure = message;
          return;
        }
        if (message.type === "task-started") {
          running = message.index;
          give(takeAhead());
        }
        if (message.type === "task-finished") {
          finished.add(message.index);
          if (finished.size === given.length) give(take());
        }
        onEvent(message);
      };
    });
    const stop = (): void => {
      this.#child.kill("SIGTERM");
      setTimeout(() => this.#child.kill("SIGKILL"), stopSeconds * 1000).unref();
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    this.#keepsAlive(true);
    give(work.first);

    const ended = await Promise.race([waits, this.#closed]);
    this.#keepsAlive(false);
    signal.removeEventListener("abort", stop);
    if (ended !== undefined && failure === undefined && finished.size < given.length && !signal.aborted)
      failure = this.#silentEnd(running, ended);
    return { unfinished: given.filter((index) => !finished.has(index)), failure };
  }

  #silentEnd(index: number, ended: Ended): Failure {
    const { code, by, error } = ended;
    const printed = this.#stderr === "" ? "" : ` It printed: ${this.#stderr.trim()}`;
    return {
      type: "task-failed",
      index,
      // A worker that is killed says nothing; the usual killer is the system, short of memory.
      message: error
        ? `The worker could not be started: ${error.message}`
        : `The worker ended without a word (${by ? `signal ${by}` : `exit code ${code}`}).${printed}`,
      retry: error === undefined,
      ...(by === "SIGKILL"
        ? {
            hint: "If the system killed it for want of memory, run again with fewer --workers or less --memory.",
          }
        : {}),
    };
  }

  #keepsAlive(yes: boolean): void {
    const how = yes ? "ref" : "unref";
    this.#child[how]();
    const { stdin, stdout, stderr } = this.#child;
    // Pipes are sockets to Node, which its types do not say.
    for (const pipe of [stdin, stdout, stderr] as unknown as { ref(): void; unref(): void }[]) pipe[how]();
  }
}

function parseMessage(line: string): TaskEvent | WorkerWaits | undefined {
  if (!/^\{"type":"(task|worker)-/.test(line)) return undefined;
  try {
    return JSON.parse(line) as TaskEvent | WorkerWaits;
  } catch {
    return undefined; // a line cut short by a killed worker
  }
}
