import { availableParallelism } from "node:os";
import type { RunConfig } from "./spec.ts";

/**
 * How the machine that a task runs on is shared: how many tasks are on it, and the processors of a task that
 * has it to itself. A laptop's workers share the laptop; a task in a queue was given what it may use.
 */
export function machineShare(config: RunConfig): { tasks: number; processors: number } {
  switch (config.on) {
    case "local": {
      const workers = config.workers ?? availableParallelism();
      return { tasks: workers, processors: workers };
    }
    case "slurm":
      return { tasks: 1, processors: config.slurm.cpusPerTask };
    case "aws":
      return { tasks: 1, processors: availableParallelism() };
  }
}
