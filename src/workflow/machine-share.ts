import { availableParallelism } from "node:os";
import type { RunConfig } from "./spec.ts";
import type { StageName } from "./stage-names.ts";

/**
 * How the machine that a task runs on is shared: how many tasks are on it, and the processors of a task that
 * has it to itself. A laptop's workers share the laptop; a task in a queue was given what it may use.
 */
export function machineShare(config: RunConfig, stage: StageName): { tasks: number; processors: number } {
  switch (config.on) {
    case "local": {
      const workers = config.workers ?? availableParallelism();
      return { tasks: workers, processors: workers };
    }
    case "slurm":
      return { tasks: 1, processors: config.slurm.cpusPerTask };
    case "aws":
      // A container sees the whole machine's processors, whatever its share of them.
      return { tasks: 1, processors: config.aws.stages[stage]?.vcpus ?? config.aws.vcpus ?? 1 };
  }
}
