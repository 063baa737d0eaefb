export { batchActions } from "./batch-actions.ts";
export { type BatchExecutorOptions, batchExecutor } from "./batch-executor.ts";
export { type BatchTarget, findTarget, type TargetSpec } from "./batch-target.ts";
export type { JobLimits } from "./job-request.ts";
export type { Pace } from "./patience.ts";
