import {
  type BatchClient,
  type ComputeEnvironmentDetail,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  type JobDefinition,
  type JobQueueDetail,
} from "@aws-sdk/client-batch";
import { type CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { UserError } from "../../trouble/index.ts";
import type { BatchTarget } from "./batch-target.ts";

/** A target that takes jobs, with what its parts say of themselves. */
export interface CheckedTarget {
  readonly queue: string;
  /** With its revision, so that a run stays with one. */
  readonly jobDefinition: string;
  readonly logGroup: string;
  readonly environments: readonly string[];
  /** What the job definition gives a container. */
  readonly vcpus: number;
  readonly memoryMiB: number;
}

/**
 * Sees that a queue, its machines, a job definition and its log are there and may be used, before anything is
 * submitted. Throws a UserError on the first that is not.
 */
export async function checkTarget(
  target: BatchTarget,
  clients: { readonly batch: BatchClient; readonly logs: CloudWatchLogsClient },
): Promise<CheckedTarget> {
  const queue = await findQueue(target.queue, clients.batch);
  const names = (queue.computeEnvironmentOrder ?? []).map(
    ({ computeEnvironment }) => computeEnvironment ?? "",
  );
  const { computeEnvironments = [] } = await clients.batch.send(
    new DescribeComputeEnvironmentsCommand({ computeEnvironments: names }),
  );
  refuseWithoutMachines(target.queue, computeEnvironments);
  const definition = await findDefinition(target.jobDefinition, clients.batch);
  const logGroup =
    definition.containerProperties?.logConfiguration?.options?.["awslogs-group"] ?? "/aws/batch/job";
  await tryLog(logGroup, clients.logs);
  return {
    queue: queue.jobQueueName ?? target.queue,
    jobDefinition: definition.jobDefinitionArn ?? target.jobDefinition,
    logGroup,
    environments: names,
    ...sizeOf(definition),
  };
}

async function findQueue(name: string, batch: BatchClient): Promise<JobQueueDetail> {
  const { jobQueues } = await batch.send(new DescribeJobQueuesCommand({ jobQueues: [name] }));
  const queue = jobQueues?.[0];
  if (queue === undefined) {
    const { jobQueues: all = [] } = await batch.send(new DescribeJobQueuesCommand({}));
    throw new UserError({
      code: "batch-queue-missing",
      message: `AWS Batch has no job queue called ${name} here; it has ${listed(all.map(({ jobQueueName }) => jobQueueName))}.`,
      hint: "Name one of them with --queue, make one with `bisonflow aws up`, or look in another region with --region.",
    });
  }
  if (queue.state !== "ENABLED") {
    throw new UserError({
      code: "batch-queue-disabled",
      message: `The job queue ${name} is ${queue.state}: it takes no jobs.`,
      hint: `Enable it: aws batch update-job-queue --job-queue ${name} --state ENABLED.`,
    });
  }
  if (queue.status !== "VALID") {
    throw new UserError({
      code: "batch-queue-invalid",
      message: `The job queue ${name} is ${queue.status}, expected VALID. AWS says: ${queue.statusReason ?? "nothing"}.`,
      hint: "If it is being made or changed, wait a minute; else mend what AWS says and run again.",
    });
  }
  return queue;
}

function refuseWithoutMachines(queue: string, environments: readonly ComputeEnvironmentDetail[]): void {
  if (environments.some(({ state, status }) => state === "ENABLED" && status !== "INVALID")) return;
  const seen = environments.map(
    ({ computeEnvironmentName, state, status, statusReason }) =>
      `${computeEnvironmentName} is ${status === "INVALID" ? `INVALID (${statusReason})` : state}`,
  );
  throw new UserError({
    code: "batch-environment-unusable",
    message: `The job queue ${queue} has no compute environment that can start machines: ${seen.join("; ") || "none is attached"}.`,
    hint: "Mend what AWS says of it (most often a role that was removed) or enable it: aws batch update-compute-environment --state ENABLED.",
  });
}

async function findDefinition(name: string, batch: BatchClient): Promise<JobDefinition> {
  const exact = name.includes(":");
  const { jobDefinitions = [] } = await batch.send(
    new DescribeJobDefinitionsCommand(
      exact ? { jobDefinitions: [name] } : { jobDefinitionName: name, status: "ACTIVE" },
    ),
  );
  const active = jobDefinitions.filter(({ status }) => status === "ACTIVE");
  const [newest] = active.sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0));
  if (newest === undefined) {
    throw new UserError({
      code: "batch-definition-missing",
      message: `AWS Batch has no active job definition called ${name} here${jobDefinitions.length > 0 ? "; it was deregistered" : ""}.`,
      hint: "Name another with --job-definition, or make one with `bisonflow aws up`.",
    });
  }
  if (newest.containerProperties === undefined) {
    throw new UserError({
      code: "batch-definition-unfit",
      message: `The job definition ${name} is of another kind (${newest.type}); expected one of a single container.`,
      hint: "Name another with --job-definition, or make one with `bisonflow aws up`.",
    });
  }
  return newest;
}

function sizeOf({ containerProperties }: JobDefinition): { vcpus: number; memoryMiB: number } {
  const needs = new Map(
    (containerProperties?.resourceRequirements ?? []).map(({ type, value }) => [type, Number(value)]),
  );
  return {
    vcpus: needs.get("VCPU") ?? containerProperties?.vcpus ?? 1,
    memoryMiB: needs.get("MEMORY") ?? containerProperties?.memory ?? 0,
  };
}

/** Reads a log that is not there: a right that is missing shows now, not when a task has failed. */
async function tryLog(logGroup: string, logs: CloudWatchLogsClient): Promise<void> {
  try {
    await logs.send(
      new GetLogEventsCommand({ logGroupName: logGroup, logStreamName: "bisonflow/check", limit: 1 }),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ResourceNotFoundException") throw error;
    // Only the default group is made by the first job; a job whose named group is missing cannot start.
    if (/log group/i.test(error.message) && logGroup !== "/aws/batch/job") {
      throw new UserError({
        code: "batch-log-group-missing",
        message: `The job definition logs to the group ${logGroup}, which does not exist: no job could start.`,
        hint: `Make it: aws logs create-log-group --log-group-name ${logGroup}.`,
        cause: error,
      });
    }
  }
}

function listed(names: readonly (string | undefined)[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
