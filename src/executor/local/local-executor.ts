import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Executor, StageJob, TaskEvent } from "../executor.ts";

type Failure = Extract<TaskEvent, { type: "task-failed" }>;

/** How long a worker may take to stop once asked, before it is killed. */
const stopSeconds = 5;

/**
 * Runs tasks in worker processes of this machine, each with its own DuckDB: functions written in
 * JavaScript run on a process's main thread, so processes are what use the cores.
 *
 * A worker does tasks one after the other, told of each on its standard input: starting Node and DuckDB costs
 * a quarter of a second, compiled layers stay. It ends when this process does, even if this one is killed: its
 * standard input closes.
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
  return {
    name: "local",
    async run(job, { onEvent, signal }) {
      const waiting = [...job.indexes];
      const attempts = new Map<number, number>();
      const failures: Failure[] = [];

      const take = (): number | undefined =>
        failures.length > 0 || signal.aborted ? undefined : waiting.shift();
      // Ahead of need only while every other worker will find something too.
      const takeAhead = (): number | undefined => (waiting.length >= job.workers ? take() : undefined);

      const lane = async (): Promise<void> => {
        for (let first = take(); first !== undefined; first = take()) {
          const { unfinished, failure } = await runWorker(options.command, job, {
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
      await Promise.all(Array.from({ length: Math.max(1, Math.min(job.workers, waiting.length)) }, lane));
      return { failures };
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
  command: readonly string[],
  job: StageJob,
  { first, take, takeAhead, onEvent, signal }: Work,
): Promise<{ unfinished: number[]; failure: Failure | undefined }> {
  const [program = "", ...before] = command;
  const child = spawn(
    program,
    [...before, "task", "run", job.planUri, job.stage, String(first), "--follow-parent"],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  const given = [first];
  const finished = new Set<number>();
  let failure: Failure | undefined;
  let running = first;
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    // Enough to explain a crash; a worker that floods must not fill this process.
    stderr = (stderr + text).slice(-4000);
  });
  child.stdin.on("error", () => undefined);
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
