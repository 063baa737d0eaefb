import type { AttemptDetail, JobDetail } from "@aws-sdk/client-batch";
import { describe, expect, it } from "vitest";
import { attemptEvents } from "./attempts.ts";
import { failureOf } from "./task-failure.ts";

const limits = { vcpus: 1, memoryMiB: 4096, attempts: 3, timeoutSeconds: 600 };

function failed(attempts: AttemptDetail[], more: { tail?: string; statusReason?: string } = {}) {
  const job = { jobId: "a:1", attempts, statusReason: more.statusReason } as JobDetail;
  return failureOf({ index: 4, job, reason: undefined, said: undefined, tail: more.tail ?? "", limits });
}

describe("a failed task", () => {
  it("whose machine was taken away may be tried again, on machines that stay", () => {
    const lost = { statusReason: "Host EC2 (instance i-1) terminated.", container: {} };
    expect(failed([lost, lost, lost])).toMatchObject({
      index: 4,
      retry: true,
      message: expect.stringMatching(/taken away, 3 times \(of at most 3 attempts\)/),
      hint: expect.stringMatching(/on-demand/),
    });
  });

  it("that ran out of memory or of time says which setting gives it more", () => {
    const memory = failed([
      {
        statusReason: "Essential container in task exited",
        container: { exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" },
      },
    ]);
    expect(memory).toMatchObject({
      message: expect.stringMatching(/4096 MiB/),
      hint: expect.stringMatching(/memory/),
    });
    const time = failed([{ statusReason: "Job attempt duration exceeded timeout", container: {} }]);
    expect(time).toMatchObject({
      message: expect.stringMatching(/600 seconds/),
      hint: expect.stringMatching(/timeoutMinutes/),
    });
  });

  it("whose container did not start passes AWS's words on", () => {
    const pull = failed([
      {
        statusReason: "Task failed to start",
        container: { reason: "CannotPullContainerError: no matching manifest for linux/arm64/v8" },
      },
    ]);
    expect(pull.message).toMatch(/did not start.*no matching manifest for linux\/arm64/);
    expect(pull.hint).toMatch(/architecture/);
  });

  it.each([
    [
      "CannotPullECRContainerError: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/start/4f9d is not authorized to perform: ecr:GetAuthorizationToken on r",
      /execution role.*ecr:GetAuthorizationToken/,
    ],
    [
      "CannotPullContainerError: Error response from daemon: denied: User: arn:aws:sts::123456789012:assumed-role/start/4f9d is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123456789012:reposi",
      /execution role.*ecr:BatchGetImage/,
    ],
    [
      "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/start-of-containers-in-the-second-stack/4f9d6c",
      /execution role.*logs:CreateLogStream/,
    ],
    [
      "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
      /^Make the log group/,
    ],
    [
      "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/start' that was provided for this task.",
      /ecs-tasks\.amazonaws\.com/,
    ],
  ])("whose container the execution role could not start says what it lacks: %s", (reason, hint) => {
    const told = failed([{ statusReason: "Task failed to start", container: { reason } }]);
    expect(told).toMatchObject({
      retry: false,
      message: expect.stringContaining(reason),
      hint: expect.stringMatching(hint),
    });
  });

  it("that never ran says why", () => {
    expect(failed([], { statusReason: "Dependent Job failed" })).toMatchObject({
      retry: true,
      message: expect.stringMatching(/before it ran: Dependent Job failed/),
    });
  });

  it("that a queue cancelled since no machine can take it says what to change", () => {
    const reason = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT";
    expect(failed([], { statusReason: reason })).toMatchObject({
      retry: false,
      message: expect.stringContaining(reason),
      hint: expect.stringMatching(/less memory/),
    });
  });

  it("shows what it printed last when it gave no reason", () => {
    const crash = { statusReason: "Essential container in task exited", container: { exitCode: 134 } };
    expect(failed([crash], { tail: "Aborted" }).message).toMatch(
      /exit code 134.*\nIt printed last:\nAborted/,
    );
  });
});

describe("attempts", () => {
  it("are told once each, with what they are charged by", () => {
    const job = {
      jobId: "a:1",
      container: {
        resourceRequirements: [
          { type: "VCPU", value: "2" },
          { type: "MEMORY", value: "7500" },
        ],
      },
      attempts: [
        {
          startedAt: 1000,
          stoppedAt: 4500,
          statusReason: "Host EC2 (instance i-1) terminated.",
          container: {},
        },
        {
          startedAt: 9000,
          stoppedAt: 9500,
          statusReason: "Essential container in task exited",
          container: { exitCode: 0 },
        },
        { startedAt: 9900 },
      ],
    } as JobDetail;
    const all = attemptEvents(job, { index: 4, known: 0 });
    expect(all).toMatchObject([
      {
        attempt: 1,
        end: "lost",
        seconds: 3.5,
        started: "1970-01-01T00:00:01.000Z",
        vcpus: 2,
        memoryMiB: 7500,
      },
      { attempt: 2, end: "done", seconds: 0.5, exitCode: 0 },
    ]);
    expect(attemptEvents(job, { index: 4, known: 2 })).toEqual([]);
  });
});
