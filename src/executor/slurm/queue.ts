import { type JobName, parseJobName } from "./job-name.ts";
import { slurmCommand } from "./slurm-command.ts";

/** A task of ours as Slurm's queue shows it. */
export interface QueuedTask {
  /** Id of the array. */
  readonly array: string;
  /** The task's number within it. */
  readonly element: number;
  readonly name: JobName;
  /** Slurm's word, such as PENDING, RUNNING, FAILED. */
  readonly state: string;
  /** Why it waits, or why it ended. */
  readonly reason: string;
  readonly node: string;
}

/** States in which a task has ended and Slurm does nothing more with it. */
const ended = new Set([
  "BOOT_FAIL",
  "CANCELLED",
  "COMPLETED",
  "DEADLINE",
  "FAILED",
  "NODE_FAIL",
  "OUT_OF_MEMORY",
  "PREEMPTED",
  "REVOKED",
  "TIMEOUT",
]);

/** Whether Slurm still does something with a task in this state, if only waiting. */
export function isAlive(state: string): boolean {
  return !ended.has(state);
}

/**
 * This user's tasks of bisonflow, those that ended lately among them (as long as MinJobAge). Fields rather than
 * --json: the JSON changes shape with Slurm's version, is not built everywhere, and always holds the jobs of
 * the whole cluster. An answer that fails is its words: nothing is known then, and no task is to be called gone.
 */
export async function readQueue(): Promise<{ readonly tasks: QueuedTask[] } | { readonly silent: string }> {
  const format = "--format=%F|%K|%j|%T|%N|%r";
  const answer = await slurmCommand("squeue", ["--me", "--array", "--noheader", "--states=all", format]);
  if (answer.status !== 0) return { silent: answer.stderr };
  return { tasks: parseQueue(answer.stdout) };
}

/** Reads the lines that `readQueue` asks for; jobs that are not ours are left out. */
export function parseQueue(text: string): QueuedTask[] {
  return text.split("\n").flatMap((line) => {
    const [array = "", element, jobName = "", state = "", node = "", ...reason] = line.split("|");
    const name = parseJobName(jobName);
    if (name === undefined || !/^\d+$/.test(element ?? "")) return [];
    return [{ array, element: Number(element), name, state, node, reason: reason.join("|") }];
  });
}
