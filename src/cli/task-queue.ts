import { createInterface } from "node:readline";

/** Indexes of tasks to do, in order; more may come while the first are done. */
export interface TaskQueue {
  /** The next index once there is one; undefined when no more will come. */
  take(): Promise<number | undefined>;
  /** The one after that, where it is known already. */
  peek(): number | undefined;
}

/** A queue of indexes that are all known. */
export function fixedQueue(indexes: readonly number[]): TaskQueue {
  const rest = [...indexes];
  return { take: async () => rest.shift(), peek: () => rest[0] };
}

/**
 * A queue that whoever started this process adds to on standard input: a line for each index, then `end`.
 *
 * When the input closes before that, its writer is gone, and this process ends as a kill does, without the
 * clean-up of a usual exit: that would wait for a query whose thread waits for this one. Nothing is lost by it,
 * since a task that is killed leaves nothing that counts.
 */
export function parentsQueue(): TaskQueue {
  const known: number[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const die = (): void => {
    process.kill(process.pid, "SIGKILL");
  };
  process.stdin.on("end", die).on("error", die);
  process.stdout.on("error", die);
  createInterface({ input: process.stdin }).on("line", (line) => {
    if (line === "end") ended = true;
    else known.push(Number(line));
    wake?.();
  });
  return {
    take: async () => {
      while (known.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return known.shift();
    },
    peek: () => known[0],
  };
}
