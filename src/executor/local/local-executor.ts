import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Executor, StageJob, TaskEvent } from "../executor.ts";

type Failure = Extract<TaskEvent, { type: "task-failed" }>;

/** How long a worker may take to stop once asked, before it is killed. */
const stopSeconds = 5;

/**
 * Runs tasks in worker processes of this machine, each with its own DuckDB: functions written in
 * JavaScript run on a process's main thread, so processes are what use the cores.
 *
 * A worker does tasks of one stage one after the other, told of each on its standard input: starting Node and
 * DuckDB costs a quarter of a second, compiled layers stay. Those of the next stage are started as soon as the last
 * task of this one is begun, and wait. A worker ends when this process does, even if this one is killed: its standard
 * input closes.
 *
 * @example
 * ```ts
 * import { localExecutor } from "bisonflow/executor";
 * const executor = localExecutor({ command: [process.execPath, "dist/cli/main.js"] });
 * console.log(executor.name); // local
 * ```
 */
export function localExecutor(options: { command: readonly string[]; maxAttempts?: number }): Executor {
  const maxAttempts = options.maxAttempts ?? 2;
  let announced: readonly StageJob[] = [];
  const spares = spareWorkers(options.command);
  return {
    name: "local",
    async announce(jobs) {
      announced = jobs;
    },
    async run(job, { onEvent, signal }) {
      const at = announced.findIndex(({ stage }) => stage === job.stage);
      const following = at < 0 ? undefined : announced[at + 1];
      const waiting = [...job.indexes];
      const attempts = new Map<number, number>();
      const failures: Failure[] = [];

      const take = (): number | undefined => {
        if (failures.length > 0 || signal.aborted) return undefined;
        const index = waiting.shift();
        if (waiting.length === 0 && following !== undefined) spares.start(following);
        return index;
      };
      // Ahead of need only while every other worker will find something too.
      const takeAhead = (): number | undefined => (waiting.length >= job.workers ? take() : undefined);

      const lane = async (): Promise<void> => {
        for (let first = take(); first !== undefined; first = take()) {
          const { unfinished, failure } = await runWorker(spares.take(job), {
            first,
            take,
            takeAhead,
            onEvent,
            signal,
          });
          if (signal.aborted) return;
          if (failure !== undefined) {
            const tried = (attempts.get(failure.index) ?? 0) + 1;
            attempts.set(failure.index, tried);
            if (!failure.retry || tried >= maxAttempts) {
              failures.push(failure);
              onEvent(failure);
              return;
            }
          }
          waiting.push(...unfinished);
        }
      };
      await Promise.all(Array.from({ length: lanesOf(job) }, lane));
      if (failures.length > 0 || signal.aborted) spares.end();
      return { failures };
    },
  };
}

function lanesOf({ workers, indexes }: StageJob): number {
  return Math.max(1, Math.min(workers, indexes.length));
}

function startWorker(command: readonly string[], job: StageJob): ChildProcessWithoutNullStreams {
  const [program = "", ...before] = command;
  const child = spawn(program, [...before, "task", "run", job.planUri, job.stage, "--follow-parent"]);
  // Told of by the events of the process.
  child.stdin.on("error", () => undefined);
  return child;
}

/** Workers started ahead, by the stage of whose tasks they wait to be told. */
function spareWorkers(command: readonly string[]) {
  const waiting = new Map<string, ChildProcessWithoutNullStreams[]>();
  const stageOf = ({ planUri, stage }: StageJob): string => `${stage} ${planUri}`;
  return {
    /** Starts as many as the stage will use, unless that was done. */
    start(job: StageJob): void {
      if (waiting.has(stageOf(job))) return;
      const children = Array.from({ length: lanesOf(job) }, () => startWorker(command, job));
      // Whoever takes a worker looks whether it lives; until then its end is nobody's trouble.
      for (const child of children) child.on("error", () => undefined);
      waiting.set(stageOf(job), children);
    },
    /** One that lives, or one started now. */
    take(job: StageJob): ChildProcessWithoutNullStreams {
      const children = waiting.get(stageOf(job)) ?? [];
      for (let child = children.shift(); child !== undefined; child = children.shift()) {
        if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) return child;
      }
      return startWorker(command, job);
    },
    /** Ends those that nobody took. */
    end(): void {
      for (const child of [...waiting.values()].flat()) child.kill("SIGKILL");
      waiting.clear();
    },
  };
}

interface Work {
  readonly first: number;
  /** The next task's index; undefined when there is none to begin. */
  readonly take: () => number | undefined;
  /** The same, for a worker that is still busy. */
  readonly takeAhead: () => number | undefined;
  readonly onEvent: (event: TaskEvent) => void;
  readonly signal: AbortSignal;
}

async function runWorker(
  child: ChildProcessWithoutNullStreams,
  { first, take, takeAhead, onEvent, signal }: Work,
): Promise<{ unfinished: number[]; failure: Failure | undefined }> {
  const given = [first];
  const finished = new Set<number>();
  let failure: Failure | undefined;
  let running = first;
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    // Enough to explain a crash; a worker that floods must not fill this process.
    stderr = (stderr + text).slice(-4000);
  });
  child.stdin.write(`${first}\n`);
  const give = (index: number | undefined): void => {
    if (index === undefined) return;
    given.push(index);
    child.stdin.write(`${index}\n`);
  };

  const stop = (): void => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), stopSeconds * 1000).unref();
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });

  const closed = new Promise<{ code: number | null; by: NodeJS.Signals | null; error?: Error }>((resolve) => {
    child.once("error", (error) => resolve({ code: null, by: null, error }));
    child.once("close", (code, by) => resolve({ code, by }));
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const event = parseEvent(line);
    if (event === undefined) continue;
    if (event.type === "task-failed") {
      failure = event;
      continue;
    }
    if (event.type === "task-started") {
      running = event.index;
      give(takeAhead());
    }
    if (event.type === "task-finished") {
      finished.add(event.index);
      if (finished.size === given.length) give(take());
      if (finished.size === given.length) child.stdin.write("end\n");
    }
    onEvent(event);
  }
  const { code, by, error } = await closed;
  signal.removeEventListener("abort", stop);
  if (failure === undefined && finished.size < given.length && !signal.aborted) {
    failure = {
      type: "task-failed",
      index: running,
      // A worker that is killed says nothing; the usual killer is the system, short of memory.
      message: error
        ? `The worker could not be started: ${error.message}`
        : `The worker ended without a word (${by ? `signal ${by}` : `exit code ${code}`}).${stderr ? ` It printed: ${stderr.trim()}` : ""}`,
      retry: error === undefined,
      ...(by === "SIGKILL"
        ? {
            hint: "If the system killed it for want of memory, run again with fewer --workers or less --memory.",
          }
        : {}),
    };
  }
  return { unfinished: given.filter((index) => !finished.has(index)), failure };
}

function parseEvent(line: string): TaskEvent | undefined {
  if (!line.startsWith('{"type":"task-')) return undefined;
  try {
    return JSON.parse(line) as TaskEvent;
  } catch {
    return undefined; // a line cut short by a killed worker
  }
}
