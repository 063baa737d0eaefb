import { mkdir, rm } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { ExitCode, UserError } from "../../trouble/index.ts";
import type { Executor, StageJob } from "../executor.ts";
import { StageFollower, untilGone } from "./follow-stage.ts";
import { runNames } from "./job-name.ts";
import { isAlive, type QueuedTask, readQueue } from "./queue.ts";
import { checkSbatchOptions } from "./reserved-options.ts";
import { cancel, readMaxArraySize, type SlurmSettings, submitStage, type TaskArray } from "./submit-stage.ts";

/** What a run's tasks ask of Slurm. */
export interface SlurmOptions {
  /** The command that runs bisonflow; it must be there under the same path on every node. */
  readonly command: readonly string[];
  /** Partition; the cluster's default when absent. */
  readonly partition?: string | undefined;
  /** Further options of sbatch; they win over ours. */
  readonly sbatch?: readonly string[];
  /** Processors of each task. */
  readonly cpusPerTask?: number;
  /** Memory that each task asks for, in MiB. */
  readonly memoryMiB?: number;
}

/**
 * Runs tasks as job arrays of Slurm, on nodes that share a file system with this machine: the folder of the
 * result, the inputs and bisonflow itself have the same path everywhere.
 *
 * All stages are submitted at once, each depending on the one before, so that no stage begins to queue only
 * when the one before has ended, and the work goes on if this process is killed: the next run on the same
 * folder finds its tasks in the queue and follows them.
 *
 * Needs sbatch, squeue, scancel, scontrol and sinfo, of any Slurm from 20.02; no accounting (sacct) is asked.
 *
 * @example
 * ```ts
 * import { slurmExecutor } from "bisonflow/executor";
 * const executor = slurmExecutor({ command: [process.execPath, "/shared/bisonflow/dist/cli/main.js"] });
 * console.log(executor.name); // slurm
 * ```
 */
export function slurmExecutor(options: SlurmOptions): Executor {
  const { command, partition, sbatch = [], cpusPerTask = 1, memoryMiB = 2048 } = options;
  checkSbatchOptions(sbatch);
  const asked = JSON.stringify([partition ?? null, sbatch, cpusPerTask, memoryMiB]);
  const submitted = new Map<string, readonly TaskArray[]>();
  let settings: SlurmSettings | undefined;

  const prepare = async (planUri: string): Promise<{ settings: SlurmSettings; logs: string }> => {
    const logs = logFolder(planUri);
    await mkdir(logs, { recursive: true });
    settings ??= {
      ...{ command, partition, sbatch, cpusPerTask, memoryMiB },
      maxArraySize: await readMaxArraySize(),
    };
    return { settings, logs };
  };
  // Jobs that asked for something else (another partition, say) are not what this run wants.
  const ofThisRun = (job: StageJob): StageJob => ({ ...job, planKey: `${job.planKey} ${asked}` });

  return {
    name: "slurm",

    async takeOver({ planUri, planKey, again }) {
      const logs = logFolder(planUri);
      const names = runNames(planUri, `${planKey} ${asked}`);
      const queue = await readQueue();
      if ("silent" in queue) throw unreachable(queue.silent);
      const left = queue.tasks.filter((task) => task.name.folder === names.folder && isAlive(task.state));
      const goOn = again ? [] : left.filter((task) => task.name.plan === names.plan);
      const others = new Set(left.filter((task) => !goOn.includes(task)).map(({ array }) => array));
      await cancel([...others].map((id) => ({ id })));
      await untilGone(others);
      for (const [stage, arrays] of arraysOf(goOn)) submitted.set(stage, arrays);
      if (goOn.length === 0) await rm(logs, { recursive: true, force: true });
      return goOn.length > 0;
    },

    async announce(jobs) {
      // What an earlier run submitted is followed first; the rest is submitted stage by stage.
      if (submitted.size > 0) return;
      let after: readonly TaskArray[] = [];
      for (const job of jobs) {
        const { settings: known, logs } = await prepare(job.planUri);
        const { indexes } = job;
        try {
          after = await submitStage(ofThisRun(job), { settings: known, logs, indexes, after });
        } catch (error) {
          if (after.length === 0) throw error;
          return; // too many at once, perhaps: this stage is submitted again when its turn comes
        }
        submitted.set(job.stage, after);
      }
    },

    async run(job, { onEvent, signal }) {
      const follower = new StageFollower({ ...(await prepare(job.planUri)), job: ofThisRun(job), onEvent });
      const given = submitted.get(job.stage) ?? [];
      submitted.delete(job.stage);
      let failures: Awaited<ReturnType<StageFollower["follow"]>> = [];
      let well = false;
      try {
        failures = await follower.follow(given, signal);
        well = failures.length === 0 && !signal.aborted;
        return { failures };
      } finally {
        if (!well) {
          const rest = [...given, ...follower.arrays(), ...[...submitted.values()].flat()];
          submitted.clear();
          await cancel(rest);
          await untilGone(new Set(rest.map(({ id }) => id)));
        }
      }
    },
  };
}

/** Where tasks print, beside the plan. */
function logFolder(planUri: string): string {
  if (isAbsolute(planUri)) return join(dirname(planUri), "slurm");
  throw new UserError({
    code: "slurm-needs-shared-folder",
    message: `${planUri}: tasks on Slurm publish into a folder that all nodes share, and this is not one.`,
    hint: "Choose such a folder with --out, or run with --on local or --on aws.",
  });
}

function arraysOf(tasks: readonly QueuedTask[]): Map<string, TaskArray[]> {
  const arrays = new Map<string, { id: string; stage: string; base: number; indexes: number[] }>();
  for (const { array: id, element, name } of tasks) {
    const { stage, base } = name;
    const known = arrays.get(id) ?? { id, stage, base, indexes: [] };
    known.indexes.push(base + element);
    arrays.set(id, known);
  }
  const stages = new Map<string, TaskArray[]>();
  for (const { stage, ...array } of arrays.values()) {
    stages.set(stage, [...(stages.get(stage) ?? []), array]);
  }
  return stages;
}

function unreachable(words: string): UserError {
  return new UserError({
    code: "slurm-unreachable",
    message: `Slurm's controller does not answer (${words}).`,
    hint: "See `scontrol ping`; when it answers again, run the same command again.",
    exitCode: ExitCode.environment,
  });
}
