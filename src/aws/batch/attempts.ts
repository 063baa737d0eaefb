import type { AttemptDetail, JobDetail } from "@aws-sdk/client-batch";
import type { TaskEvent } from "../../executor/index.ts";

/** What became of an attempt: of `lost` ones the machine was taken away, `stopped` ones were asked to end. */
export type AttemptEnd = Extract<TaskEvent, { type: "task-attempt" }>["end"];

/** How an attempt ended, from its exit code and Batch's words. */
export function attemptEnd(attempt: AttemptDetail): AttemptEnd {
  const code = attempt.container?.exitCode;
  const reason = attempt.statusReason ?? "";
  if (code === 0) return "done";
  if (/^Host EC2/.test(reason)) return "lost";
  if (/exceeded timeout/i.test(reason)) return "timed-out";
  if (/^OutOfMemory/.test(attempt.container?.reason ?? "")) return "out-of-memory";
  if (code === 130 || code === 143) return "stopped";
  return "failed";
}

/** Batch's words on an attempt: the reason of its end, and its container's own when there is one. */
export function attemptReason(attempt: AttemptDetail): string {
  const { statusReason, container } = attempt;
  return [statusReason, container?.reason].filter((text) => text !== undefined && text !== "").join("; ");
}

/** The attempts of a job that have ended, from the `known`th on, as events: each one is paid for. */
export function attemptEvents(
  job: JobDetail,
  task: { readonly index: number; readonly known: number },
): Extract<TaskEvent, { type: "task-attempt" }>[] {
  const ended = (job.attempts ?? []).filter(({ stoppedAt }) => stoppedAt !== undefined);
  const needs = new Map(
    (job.container?.resourceRequirements ?? []).map(({ type, value }) => [type, Number(value)]),
  );
  return ended.slice(task.known).map((attempt, at) => {
    const stopped = attempt.stoppedAt ?? 0;
    // One whose container never started has no start.
    const started = attempt.startedAt ?? stopped;
    return {
      type: "task-attempt",
      index: task.index,
      attempt: task.known + at + 1,
      end: attemptEnd(attempt),
      started: new Date(started).toISOString(),
      seconds: (stopped - started) / 1000,
      reason: attemptReason(attempt),
      ...(attempt.container?.exitCode === undefined ? {} : { exitCode: attempt.container.exitCode }),
      vcpus: needs.get("VCPU") ?? job.container?.vcpus ?? 1,
      memoryMiB: needs.get("MEMORY") ?? job.container?.memory ?? 0,
      job: job.jobId ?? "",
    };
  });
}
