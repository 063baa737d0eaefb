export type { Executor, StageJob, TaskEvent } from "./executor.ts";
export { localExecutor } from "./local/local-executor.ts";
