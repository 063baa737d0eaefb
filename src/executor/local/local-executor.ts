import type { Executor, StageJob } from "../executor.ts";
import { type Failure, Worker } from "./worker.ts";

/** Workers started before a plan says how much there is to do. */
const mostAhead = 4;
/** A worker that takes more after its tasks is replaced: GDAL, for one, gives nothing back. */
const mostWaitingMiB = 256;

/**
 * Runs tasks in worker processes of this machine, each with its own DuckDB: functions written in
 * JavaScript run on a process's main thread, so processes are what use the cores.
 *
 * Starting Node and DuckDB takes a third of a second of a processor: the workers of a run start while it is planned,
 * and go from stage to stage, those that the next stage needs.
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
  const pool = new WorkerPool(options.command);
  let announced: readonly StageJob[] = [];
  return {
    name: "local",
    warmUp(workers) {
      pool.fill(Math.min(workers, mostAhead));
    },
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
        // Those that the next stage needs beside these start while these do their last tasks.
        if (waiting.length === 0 && following !== undefined) pool.fill(lanesOf(following));
        return index;
      };
      // Ahead of need only while every other worker will find something too.
      const takeAhead = (): number | undefined => (waiting.length >= job.workers ? take() : undefined);

      const lane = async (): Promise<void> => {
        for (let first = take(); first !== undefined; first = take()) {
          const worker = pool.take();
          const { unfinished, failure } = await worker.do({ job, first, take, takeAhead, onEvent, signal });
          pool.giveBack(worker);
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
      const goesOn = failures.length === 0 && !signal.aborted;
      await pool.keep(goesOn && following !== undefined ? lanesOf(following) : 0);
      return { failures };
    },
    async release() {
      await pool.keep(0);
    },
  };
}

function lanesOf({ workers, indexes }: StageJob): number {
  return Math.max(1, Math.min(workers, indexes.length));
}

/** The workers of a run. */
class WorkerPool {
  readonly #command: readonly string[];
  #waiting: Worker[] = [];
  #busy = 0;

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /** Starts workers until there are so many. */
  fill(count: number): void {
    while (this.#busy + this.#waiting.length < count) this.#waiting.push(new Worker(this.#command));
  }

  /** One that waits and lives, the last to have worked first; or one started now. */
  take(): Worker {
    this.#busy++;
    for (let worker = this.#waiting.pop(); worker !== undefined; worker = this.#waiting.pop()) {
      if (worker.isAlive) return worker;
    }
    return new Worker(this.#command);
  }

  giveBack(worker: Worker): void {
    this.#busy--;
    if (worker.isAlive) this.#waiting.push(worker);
  }

  /** Ends all that wait but so many, and those that have grown. */
  async keep(count: number): Promise<void> {
    const slim = this.#waiting.filter(({ isAlive, memoryMiB }) => isAlive && memoryMiB <= mostWaitingMiB);
    const kept = slim.slice(0, count);
    const others = this.#waiting.filter((worker) => !kept.includes(worker));
    this.#waiting = kept;
    await Promise.all(others.map((worker) => worker.end()));
  }
}
