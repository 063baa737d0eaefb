import type { StageJob } from "../executor.ts";
import { type ArrayWindow, arraySpec, arrayWindows } from "./array-spec.ts";
import { batchScript } from "./batch-script.ts";
import { jobName, runNames } from "./job-name.ts";
import { asUserError } from "./refusal.ts";
import { slurmCommand } from "./slurm-command.ts";

/** An array in Slurm's queue: tasks of one stage. */
export interface TaskArray extends ArrayWindow {
  readonly id: string;
}

/** What every task asks of Slurm. */
export interface SlurmSettings {
  readonly command: readonly string[];
  readonly partition?: string | undefined;
  readonly sbatch: readonly string[];
  readonly cpusPerTask: number;
  /** Memory that a task asks for, in MiB. */
  readonly memoryMiB: number;
  /** Tasks have numbers below this. */
  readonly maxArraySize: number;
}

/**
 * Submits tasks of a stage, to start when all tasks of the arrays `after` have gone well. Where one array
 * cannot hold them each begins when the one before has ended, so that no more than `workers` run at a time.
 */
export async function submitStage(
  job: StageJob,
  options: {
    readonly settings: SlurmSettings;
    /** Folder for what tasks print. */
    readonly logs: string;
    readonly indexes: readonly number[];
    readonly after: readonly TaskArray[];
  },
): Promise<TaskArray[]> {
  const { settings } = options;
  const arrays: TaskArray[] = [];
  for (const window of arrayWindows(options.indexes, settings.maxArraySize)) {
    const before = arrays.at(-1);
    const conditions = [
      ...(options.after.length === 0 ? [] : [`afterok:${options.after.map(({ id }) => id).join(":")}`]),
      ...(before === undefined ? [] : [`afterany:${before.id}`]),
    ];
    const files = `${job.stage}-${window.base}-%a`;
    const answer = await slurmCommand(
      "sbatch",
      [
        "--parsable",
        `--job-name=${jobName({ ...runNames(job.planUri, job.planKey), stage: job.stage, base: window.base })}`,
        `--array=${arraySpec(window, job.workers)}`,
        // A node that fails, or a job of higher priority, costs an attempt and not the run.
        "--requeue",
        "--open-mode=append",
        `--chdir=${options.logs}`,
        `--output=${files}.out`,
        `--error=${files}.err`,
        ...(conditions.length === 0 ? [] : [`--dependency=${conditions.join(",")}`]),
        // Without it a task whose condition can no longer be met waits for ever.
        "--kill-on-invalid-dep=yes",
        "--nodes=1",
        "--ntasks=1",
        `--cpus-per-task=${settings.cpusPerTask}`,
        `--mem=${settings.memoryMiB}M`,
        ...(settings.partition === undefined ? [] : [`--partition=${settings.partition}`]),
        ...settings.sbatch,
      ],
      batchScript({ command: settings.command, planUri: job.planUri, stage: job.stage, base: window.base }),
    );
    const id = /^(\d+)(;|$)/m.exec(answer.stdout)?.[1];
    if (answer.status !== 0 || id === undefined) {
      await cancel(arrays);
      throw await asUserError(answer, { partition: settings.partition });
    }
    arrays.push({ ...window, id });
  }
  return arrays;
}

/** Cancels arrays, or only what of them has not started; those that have ended already are no error. */
export async function cancel(
  arrays: readonly Pick<TaskArray, "id">[],
  which: "all" | "waiting" = "all",
): Promise<void> {
  if (arrays.length === 0) return;
  const ids = [...new Set(arrays.map(({ id }) => id))];
  await slurmCommand("scancel", [...(which === "all" ? [] : ["--state=PENDING"]), ...ids]);
}

/** MaxArraySize of the cluster; Slurm's own default where it does not say. */
export async function readMaxArraySize(): Promise<number> {
  const { stdout } = await slurmCommand("scontrol", ["show", "config"]);
  return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(stdout)?.[1] ?? 1001);
}
