import { createInterface } from "node:readline";
import { z } from "zod";

/** A task to do: the plan, its stage and the task's place within that. */
export type TaskOrder = z.output<typeof taskOrder>;

const taskOrder = z.strictObject({
  planUri: z.string(),
  stage: z.string(),
  index: z.number().int().min(0),
});

/** Tasks to do, in order; more may come while the first are done. */
export interface TaskQueue {
  /** The next one once there is one; undefined when no more will come. */
  take(): Promise<TaskOrder | undefined>;
  /** The one after that, where it is known already. */
  peek(): TaskOrder | undefined;
}

/** A queue of tasks that are all known. */
export function fixedQueue(orders: readonly TaskOrder[]): TaskQueue {
  const rest = [...orders];
  return { take: async () => rest.shift(), peek: () => rest[0] };
}

/**
 * A queue that whoever started this process adds to on standard input: a line of JSON for each task, then `end`.
 * `onWait` is called when there is nothing to do.
 *
 * When the input closes before that, its writer is gone, and this process ends as a kill does, without the
 * clean-up of a usual exit: that would wait for a query whose thread waits for this one. Nothing is lost by it,
 * since a task that is killed leaves nothing that counts.
 */
export function parentsQueue({ onWait }: { readonly onWait: () => void }): TaskQueue {
  const known: TaskOrder[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const die = (): void => {
    process.kill(process.pid, "SIGKILL");
  };
  process.stdin.on("end", die).on("error", die);
  process.stdout.on("error", die);
  createInterface({ input: process.stdin }).on("line", (line) => {
    if (line === "end") ended = true;
    else known.push(taskOrder.parse(JSON.parse(line)));
    wake?.();
  });
  return {
    take: async () => {
      if (known.length === 0 && !ended) onWait();
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
