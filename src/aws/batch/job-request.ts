import { createHash } from "node:crypto";
import type { RetryStrategy, SubmitJobCommandInput } from "@aws-sdk/client-batch";
import type { StageJob } from "../../executor/index.ts";
import type { CheckedTarget } from "./check-target.ts";
import type { JobPart } from "./job-parts.ts";

/** What a task's container gets, and how long and how often it may try. */
export interface JobLimits {
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Attempts in all, from 1 to 10. */
  readonly attempts: number;
  /** Of one attempt; at least 60. */
  readonly timeoutSeconds: number;
}

/** The object with a part's indexes, for arrays whose children are not simply the tasks 0, 1, 2, …. */
export interface IndexList {
  readonly uri: string;
  readonly bytes: Uint8Array;
}

/**
 * The list of a part's indexes as an object beside the plan; undefined where none is needed. Named by its
 * content: written twice it is the same.
 */
export function indexList(planUri: string, stage: string, part: JobPart): IndexList | undefined {
  const { indexes } = part;
  if (indexes.length === 1 || indexes.every((index, at) => index === at)) return undefined;
  const bytes = Buffer.from(JSON.stringify(indexes));
  const key = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return { uri: `${planUri.slice(0, planUri.lastIndexOf("/"))}/indexes/${stage}-${key}.json`, bytes };
}

/**
 * Which ends of an attempt are tried again: a machine that was taken away; a task that says so (75) or that was
 * stopped by a signal (130 when it could clean up, 143 when it could not). Any other end is final. Batch takes
 * five rules, and tries again where none matches.
 */
export function retryStrategy(attempts: number): RetryStrategy {
  return {
    attempts,
    evaluateOnExit: [
      { onStatusReason: "Host EC2*", action: "RETRY" },
      { onExitCode: "75", action: "RETRY" },
      { onExitCode: "130", action: "RETRY" },
      { onExitCode: "143", action: "RETRY" },
      { onReason: "*", action: "EXIT" },
    ],
  };
}

/** The request that submits a part; `after` are the jobs of the stage before, when those still run. */
export function jobRequest(options: {
  readonly job: Pick<StageJob, "planUri" | "stage">;
  readonly part: JobPart;
  readonly list: IndexList | undefined;
  readonly target: CheckedTarget;
  readonly limits: JobLimits;
  readonly after: readonly string[];
}): SubmitJobCommandInput {
  const { job, part, list, target, limits, after } = options;
  const [first = 0] = part.indexes;
  const size = part.indexes.length;
  return {
    jobName: part.name,
    jobQueue: target.queue,
    jobDefinition: target.jobDefinition,
    ...(size > 1 ? { arrayProperties: { size } } : {}),
    ...(after.length > 0 ? { dependsOn: after.map((jobId) => ({ jobId })) } : {}),
    containerOverrides: {
      command: [
        "task",
        "run",
        job.planUri,
        job.stage,
        ...(size === 1 ? [String(first)] : []),
        ...(list === undefined ? [] : ["--indexes", list.uri]),
      ],
      resourceRequirements: [
        { type: "VCPU", value: String(limits.vcpus) },
        { type: "MEMORY", value: String(limits.memoryMiB) },
      ],
    },
    retryStrategy: retryStrategy(limits.attempts),
    timeout: { attemptDurationSeconds: Math.max(60, limits.timeoutSeconds) },
  };
}
