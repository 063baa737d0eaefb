import { check } from "../check.ts";
import type { EnvironmentFact, QueueFact, WaitingJobFact } from "../facts/account-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import type { MendName } from "../troubles.ts";

export const batchEnvironment = check<EnvironmentFact>({
  name: "batch-environment",
  title: "The compute environment is valid and switched on",
  code: "batch-environment-invalid",
  subjects: (account) => account.all("environments"),
  resource: ({ id }) => `environment ${id}`,
  examine: (_, { id, status, state, statusReason }) => {
    const isInvalid = status === "INVALID";
    if (!isInvalid && state !== "DISABLED") return [];
    return [
      finding("batch-environment-invalid", {
        resource: `environment ${id}`,
        cause: isInvalid
          ? `Compute environment ${id} is INVALID: ${statusReason ?? "Batch gives no reason"}.`
          : `Compute environment ${id} is DISABLED.`,
        mend: isInvalid ? "mend-reason" : "enable",
        values: { environment: id, statusReason: statusReason ?? state },
      }),
    ];
  },
});

export const batchQueue = check<QueueFact>({
  name: "batch-queue",
  title: "The queue takes jobs, and none is stuck at its head",
  code: "batch-queue-blocked",
  subjects: (account) => account.all("queues"),
  resource: ({ id }) => `queue ${id}`,
  examine: (account, queue) => {
    const off = switchedOff(queue);
    if (off.length > 0) return off;
    const environments = environmentsOf(account, queue);
    const closed = withoutEnvironment(queue, environments);
    if (closed.length > 0) return closed;
    return stuckJobs(account, queue, environments);
  },
});

function environmentsOf(account: Snapshot, { environments }: QueueFact): EnvironmentFact[] {
  return account
    .all("environments")
    .filter(({ id, arn }) => environments.includes(arn) || environments.includes(id));
}

function switchedOff({ id, state, status, statusReason }: QueueFact): Finding[] {
  if (state !== "DISABLED" && status !== "INVALID") return [];
  return [
    finding("batch-queue-blocked", {
      resource: `queue ${id}`,
      cause:
        status === "INVALID"
          ? `Queue ${id} is INVALID: ${statusReason ?? "Batch gives no reason"}.`
          : `Queue ${id} is DISABLED.`,
      mend: status === "INVALID" ? "mend-environment" : "enable",
      error: silent,
      values: { queue: id },
    }),
  ];
}

function withoutEnvironment({ id, environments }: QueueFact, found: readonly EnvironmentFact[]): Finding[] {
  if (found.some(({ state, status }) => state !== "DISABLED" && status !== "INVALID")) return [];
  const words = found
    .map((one) => `${one.id} is ${one.status === "INVALID" ? "INVALID" : "DISABLED"}`)
    .join(", ");
  return [
    finding("batch-queue-blocked", {
      resource: `queue ${id}`,
      cause: `None of the environments of queue ${id} takes jobs: ${words || `${environments.join(", ") || "it has none"}${environments.length > 0 ? " does not exist" : ""}`}.`,
      mend: "mend-environment",
      awsError: "ACTION_REQUIRED - CE(s) associated with the job queue are invalid.",
      values: { queue: id, environment: found[0]?.id ?? environments[0] },
    }),
  ];
}

/** What Batch says of the job at the head of a blocked queue, and what follows from it. */
const reasons: readonly { says: RegExp; mend: MendName<"batch-queue-blocked">; words: string }[] = [
  {
    says: /JOB_RESOURCE_REQUIREMENT/,
    mend: "ask-for-less",
    words: "it asks for more than any instance of the environment has",
  },
  {
    says: /MAX_RESOURCE/,
    mend: "raise-maximum",
    words: "it asks for more than the environment may have at most",
  },
  {
    says: /INSUFFICIENT_INSTANCE_CAPACITY/,
    mend: "more-types",
    words: "AWS has no such machines free in these zones",
  },
  {
    says: /CONFIGURATION_UNSUPPORTED/,
    mend: "more-types",
    words: "the instances cannot be launched as they are configured",
  },
  {
    says: /SERVICE_ROLE_PERMISSIONS/,
    mend: "look-at-job",
    words: "the environment's service role lacks permissions",
  },
  { says: /ACTION_REQUIRED/, mend: "mend-environment", words: "an environment of the queue is invalid" },
  { says: /UNDETERMINED/, mend: "look-at-job", words: "Batch does not know why" },
];

/** Machines take some minutes to start; after this a silent job is stuck. */
const patienceSeconds = 15 * 60;
/** The row's text for what Batch says nothing of. */
const silent = 6;

function stuckJobs(account: Snapshot, queue: QueueFact, environments: readonly EnvironmentFact[]): Finding[] {
  // What is refused of one queue's jobs is refused of this one too.
  account.one("waitingJobs", queue.id);
  const waiting = account.all("waitingJobs").filter((job) => job.queue === queue.id);
  const most = Math.max(0, ...environments.map(({ maxVcpus }) => maxVcpus ?? Number.POSITIVE_INFINITY));
  const isMoving = (account.one("queueMoves", queue.id)?.running ?? 0) > 0;
  for (const job of waiting) {
    const reason = reasons.find(({ says }) => says.test(job.statusReason ?? ""));
    if (reason !== undefined) return [stuck(queue, environments, { job, ...reason })];
    if ((job.vcpus ?? 0) > most) {
      const words = `it asks for ${job.vcpus} vCPUs, and the environments may have ${most} at most`;
      return [stuck(queue, environments, { job, mend: "raise-maximum", words, error: 1 })];
    }
    if (job.waitedSeconds > patienceSeconds && !isMoving) {
      const words =
        "nothing of the queue runs, and Batch gives no reason; a machine that cannot reach ECS, a quota or too few addresses look like this";
      return [stuck(queue, environments, { job, mend: "look-at-job", words, error: silent })];
    }
  }
  return [];
}

function stuck(
  queue: QueueFact,
  environments: readonly EnvironmentFact[],
  about: { job: WaitingJobFact; mend: MendName<"batch-queue-blocked">; words: string; error?: number },
): Finding {
  const { job } = about;
  const waited = job.waitedSeconds >= 120 ? ` for ${Math.round(job.waitedSeconds / 60)} minutes` : "";
  return finding("batch-queue-blocked", {
    resource: `queue ${queue.id}`,
    cause: `Job ${job.name} (${job.id}) has been RUNNABLE in queue ${queue.id}${waited}: ${about.words}.`,
    mend: about.mend,
    awsError: about.error === undefined ? job.statusReason : undefined,
    ...(about.error === undefined ? {} : { error: about.error }),
    values: {
      queue: queue.id,
      job: job.id,
      environment: environments[0]?.id,
      vcpus: job.vcpus,
      instanceTypes: "r7g.medium,r7g.large,r7g.xlarge",
    },
  });
}
