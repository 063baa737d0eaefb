export type { Executor, StageJob, TaskEvent } from "./executor.ts";
export { lateExecutor } from "./late-executor.ts";
export { localExecutor } from "./local/local-executor.ts";
export { type SlurmOptions, slurmExecutor } from "./slurm/slurm-executor.ts";
