import {
  type ComputeEnvironmentDetail,
  DescribeJobsCommand,
  type JobDefinition,
  type JobDetail,
  type JobStatus,
  paginateDescribeComputeEnvironments,
  paginateDescribeJobDefinitions,
  paginateDescribeJobQueues,
  paginateListJobs,
} from "@aws-sdk/client-batch";
import { DescribeLaunchTemplateVersionsCommand } from "@aws-sdk/client-ec2";
import { GetInstanceProfileCommand } from "@aws-sdk/client-iam";
import type { EnvironmentFact, JobDefinitionFact, WaitingJobFact } from "../facts/account-facts.ts";
import { type FactReader, isNotFound } from "./fact-reader.ts";
import { collect } from "./network.ts";

/** Which of Batch matters; job definitions by name, or all that are active. */
export interface BatchScope {
  readonly queues: readonly string[] | "all";
  readonly jobDefinitions: readonly string[] | "all";
  readonly now: Date;
  /** Subnets of which an environment must have one to be meant; any when undefined. */
  readonly inside: ReadonlySet<string> | undefined;
}

/** Reads queues, their environments, and the jobs that wait; returns the names that there are no queues of. */
export async function gatherBatch(reader: FactReader, scope: BatchScope): Promise<string[]> {
  const { batch: client } = reader.clients;
  const { queues: named } = scope;
  if (named !== "all" && named.length === 0) return [];
  const jobQueues = named === "all" ? {} : { jobQueues: [...named] };
  const queues = await reader.read("queues", () =>
    collect(paginateDescribeJobQueues({ client }, jobQueues), (page) =>
      (page.jobQueues ?? []).map((one) => ({
        id: one.jobQueueName ?? "",
        arn: one.jobQueueArn ?? "",
        state: one.state ?? "",
        status: one.status ?? "",
        statusReason: one.statusReason,
        environments: (one.computeEnvironmentOrder ?? []).flatMap(
          ({ computeEnvironment }) => computeEnvironment ?? [],
        ),
      })),
    ),
  );
  const environments = [...new Set((queues ?? []).flatMap((queue) => queue.environments))];
  // Environments without a queue are looked at as well when nothing is named.
  if (named === "all" || environments.length > 0) {
    await reader.read("environments", () =>
      collect(
        paginateDescribeComputeEnvironments(
          { client },
          named === "all" ? {} : { computeEnvironments: environments },
        ),
        (page) => (page.computeEnvironments ?? []).map(environmentFact),
      ),
    );
  }
  const { inside } = scope;
  if (inside !== undefined) {
    reader.keep("environments", ({ subnets }) => subnets.some((id) => inside.has(id)));
    const arns = new Set(reader.known("environments").flatMap(({ id, arn }) => [id, arn]));
    reader.keep("queues", (queue) => queue.environments.some((one) => arns.has(one)));
  }
  const definitions = new Set<string>();
  for (const queue of reader.known("queues"))
    await gatherJobs(reader, { queue: queue.id, now: scope.now, definitions });
  await gatherDefinitions(
    reader,
    scope.jobDefinitions === "all" ? "all" : [...scope.jobDefinitions, ...definitions],
  );
  await gatherMachines(reader);
  const found = new Set((queues ?? []).flatMap(({ id, arn }) => [id, arn]));
  return queues === undefined || named === "all" ? [] : named.filter((name) => !found.has(name));
}

async function gatherJobs(
  reader: FactReader,
  { queue, now, definitions }: { queue: string; now: Date; definitions: Set<string> },
): Promise<void> {
  const { batch: client } = reader.clients;
  const ids = (jobStatus: JobStatus) =>
    collect(paginateListJobs({ client }, { jobQueue: queue, jobStatus }), (page) =>
      (page.jobSummaryList ?? []).flatMap(({ jobId }) => jobId ?? []),
    );
  await reader.read(
    "waitingJobs",
    async () => {
      // Those at the head tell; a queue may hold thousands behind them.
      const waiting = (await ids("RUNNABLE")).slice(0, 100);
      if (waiting.length === 0) return [];
      const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: waiting }));
      for (const { jobDefinition } of jobs) if (jobDefinition !== undefined) definitions.add(jobDefinition);
      return jobs.map((job) => waitingJob(job, { queue, now }));
    },
    { id: queue },
  );
  await reader.read(
    "queueMoves",
    async () => [{ id: queue, running: (await ids("STARTING")).length + (await ids("RUNNING")).length }],
    { id: queue },
  );
}

async function gatherDefinitions(reader: FactReader, names: readonly string[] | "all"): Promise<void> {
  const { batch: client } = reader.clients;
  const asked = names === "all" ? [{ status: "ACTIVE" }] : [...new Set(names)].map(byName);
  for (const input of asked) {
    await reader.read("jobDefinitions", async () => {
      const found = await collect(
        paginateDescribeJobDefinitions({ client }, input),
        (page) => page.jobDefinitions ?? [],
      );
      return newest(found).map(definitionFact);
    });
  }
}

function byName(name: string): { jobDefinitions: string[] } | { jobDefinitionName: string; status: string } {
  return /:\d+$/.test(name) ? { jobDefinitions: [name] } : { jobDefinitionName: name, status: "ACTIVE" };
}

/** Of each name the last revision: older ones stay ACTIVE for ever. */
function newest(definitions: readonly JobDefinition[]): JobDefinition[] {
  const byName = new Map<string, JobDefinition>();
  for (const one of definitions) {
    const name = one.jobDefinitionName ?? "";
    if ((one.revision ?? 0) >= (byName.get(name)?.revision ?? 0)) byName.set(name, one);
  }
  return [...byName.values()];
}

async function gatherMachines(reader: FactReader): Promise<void> {
  const { ec2, iam } = reader.clients;
  for (const { instanceProfile, launchTemplate } of reader.known("environments")) {
    if (instanceProfile !== undefined) {
      await reader.read(
        "instanceProfiles",
        async () => {
          try {
            const InstanceProfileName = instanceProfile.split("/").at(-1) ?? instanceProfile;
            const { InstanceProfile } = await iam.send(
              new GetInstanceProfileCommand({ InstanceProfileName }),
            );
            const roles = (InstanceProfile?.Roles ?? []).flatMap(({ RoleName }) => RoleName ?? []);
            return [{ id: instanceProfile, roles }];
          } catch (error) {
            if (isNotFound(error)) return [];
            throw error;
          }
        },
        { id: instanceProfile },
      );
    }
    if (launchTemplate !== undefined) {
      const { id, version } = launchTemplate;
      await reader.read(
        "launchTemplates",
        async () => {
          const which = id.startsWith("lt-") ? { LaunchTemplateId: id } : { LaunchTemplateName: id };
          const { LaunchTemplateVersions } = await ec2.send(
            new DescribeLaunchTemplateVersionsCommand({ ...which, Versions: [version] }),
          );
          const data = LaunchTemplateVersions?.[0]?.LaunchTemplateData;
          return [
            { id: `${id}:${version}`, publicAddress: data?.NetworkInterfaces?.[0]?.AssociatePublicIpAddress },
          ];
        },
        { id: `${id}:${version}` },
      );
    }
  }
}

function environmentFact(one: ComputeEnvironmentDetail): EnvironmentFact {
  const { computeResources: resources } = one;
  const template = resources?.launchTemplate;
  const templateId = template?.launchTemplateId ?? template?.launchTemplateName;
  return {
    id: one.computeEnvironmentName ?? "",
    arn: one.computeEnvironmentArn ?? "",
    state: one.state ?? "",
    status: one.status ?? "",
    statusReason: one.statusReason,
    type: resources?.type ?? one.type ?? "",
    maxVcpus: resources?.maxvCpus,
    instanceTypes: resources?.instanceTypes ?? [],
    subnets: resources?.subnets ?? [],
    groups: resources?.securityGroupIds ?? [],
    serviceRole: one.serviceRole || undefined,
    instanceProfile: resources?.instanceRole || undefined,
    launchTemplate:
      templateId === undefined ? undefined : { id: templateId, version: template?.version ?? "$Default" },
  };
}

function definitionFact(one: JobDefinition): JobDefinitionFact {
  const { containerProperties: container } = one;
  return {
    id: `${one.jobDefinitionName ?? ""}:${one.revision ?? 1}`,
    jobRole: container?.jobRoleArn || undefined,
    executionRole: container?.executionRoleArn || undefined,
    image: container?.image,
  };
}

function waitingJob(job: JobDetail, { queue, now }: { queue: string; now: Date }): WaitingJobFact {
  const asked = new Map(
    (job.container?.resourceRequirements ?? []).map(({ type, value }) => [type, Number(value)] as const),
  );
  return {
    id: job.jobId ?? "",
    name: job.jobName ?? "",
    queue,
    statusReason: job.statusReason || undefined,
    waitedSeconds: job.createdAt === undefined ? 0 : Math.max(0, (now.getTime() - job.createdAt) / 1000),
    vcpus: asked.get("VCPU") ?? job.container?.vcpus,
    memoryMiB: asked.get("MEMORY") ?? job.container?.memory,
  };
}
