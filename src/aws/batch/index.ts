export { batchActions } from "./batch-actions.ts";
export { type BatchExecutorOptions, batchExecutor, type LimitSpec } from "./batch-executor.ts";
export { type BatchTarget, findTarget, type TargetSpec } from "./batch-target.ts";
export type { Pace } from "./patience.ts";
