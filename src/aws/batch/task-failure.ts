import type { JobDetail } from "@aws-sdk/client-batch";
import type { TaskEvent } from "../../executor/index.ts";
import { type AttemptEnd, attemptEnd, attemptReason } from "./attempts.ts";
import type { JobLimits } from "./job-request.ts";
import { mendFor } from "./why-waiting.ts";

type Failure = Extract<TaskEvent, { type: "task-failed" }>;

/** What is known of a task whose job failed: Batch's description of it, and what its log says. */
export interface FailedTask {
  readonly index: number;
  /** Undefined where Batch ended an array before it made its children. */
  readonly job: JobDetail | undefined;
  /** The array's or the job's own reason, for a task that never ran. */
  readonly reason: string | undefined;
  readonly said: Failure | undefined;
  readonly tail: string;
  readonly limits: JobLimits;
}

/** Why a task failed: in its own words where the log has them, else by how its last attempt ended. */
export function failureOf(task: FailedTask): Failure {
  if (task.said !== undefined) return { ...task.said, index: task.index };
  const attempts = task.job?.attempts ?? [];
  const last = attempts.at(-1);
  if (last === undefined) {
    const reason = task.job?.statusReason ?? task.reason ?? "no reason is given";
    // A queue may be told to cancel what no machine can take (jobStateTimeLimitActions).
    const hint = mendFor(reason);
    return {
      type: "task-failed",
      index: task.index,
      retry: hint === undefined,
      message: `Batch ended its job before it ran: ${reason}.`,
      ...(hint === undefined ? {} : { hint }),
    };
  }
  const end = attemptEnd(last);
  const seen = wordsOn(end, { task, tries: attempts.length, exitCode: last.container?.exitCode });
  const aws = attemptReason(last);
  return {
    type: "task-failed",
    index: task.index,
    message: `${seen.message}${aws === "" ? "" : ` AWS says: ${aws}`}${task.tail === "" ? "" : `\nIt printed last:\n${task.tail}`}`,
    retry: end === "lost" || end === "stopped",
    ...hintFor(end, aws),
  };
}

function wordsOn(
  end: AttemptEnd,
  seen: { readonly task: FailedTask; readonly tries: number; readonly exitCode: number | undefined },
): { message: string } {
  const { limits } = seen.task;
  const tries = seen.tries === 1 ? "once" : `${seen.tries} times`;
  switch (end) {
    case "lost":
      return { message: `Its machine was taken away, ${tries} (of at most ${limits.attempts} attempts).` };
    case "stopped":
      return { message: `It was stopped, ${tries} (of at most ${limits.attempts} attempts).` };
    case "timed-out":
      return {
        message: `It took longer than the ${limits.timeoutSeconds} seconds that an attempt may take.`,
      };
    case "out-of-memory":
      return { message: `It needed more than the ${limits.memoryMiB} MiB of its container.` };
    default:
      return {
        message:
          seen.exitCode === undefined
            ? "Its container did not start."
            : `It ended with exit code ${seen.exitCode} and no word on why.`,
      };
  }
}

function hintFor(end: AttemptEnd, aws: string): { hint?: string } {
  const hint = ((): string | undefined => {
    if (end === "lost") {
      return "Run the same command again to go on from here; a compute environment of on-demand machines loses none.";
    }
    if (end === "timed-out") return "Give attempts more time (aws.timeoutMinutes in the configuration).";
    if (end === "out-of-memory") return "Give its stage more memory (aws.stages in the configuration).";
    // Who may not do it AWS says, cut off after 255 characters; what it is often falls behind the cut.
    if (/unable to assume the role/.test(aws)) {
      return "Let ecs-tasks.amazonaws.com take the roles of the job definition (their trust policies).";
    }
    if (/CannotPull.*(AccessDenied|not authorized)/.test(aws)) {
      return "Let the execution role of the job definition pull the image: ecr:GetAuthorizationToken on everything, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on its repository.";
    }
    if (/log stream: AccessDenied/.test(aws)) {
      return "Let the execution role of the job definition write its log: logs:CreateLogStream and logs:PutLogEvents on the group.";
    }
    if (/CannotPullContainer/.test(aws)) {
      return "See that the image of the job definition exists for the machines' architecture, and that they reach its registry.";
    }
    if (/log (group|stream)/i.test(aws)) return "Make the log group that the job definition names.";
    return undefined;
  })();
  return hint === undefined ? {} : { hint };
}
