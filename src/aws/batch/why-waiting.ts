import type { ComputeEnvironmentDetail } from "@aws-sdk/client-batch";

// Reasons that Batch gives for a job at the head of a blocked queue, and what mends each.
const mends: readonly (readonly [RegExp, string])[] = [
  [
    /^CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY/,
    "AWS has no such machines left at the moment. Wait, or let the compute environment take more instance types and more zones.",
  ],
  [
    /^MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE/,
    "The compute environment may not grow so far: raise its maximum of vCPUs, or ask for fewer (aws.vcpus).",
  ],
  [
    /^MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT/,
    "No machine of the compute environment is so big: ask for less memory (an r7g.medium gives at most 7,500 MiB) or fewer vCPUs, or allow bigger instance types.",
  ],
  [
    /^MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED/,
    "An instance type of the compute environment is not offered in its zones: change instance types or subnets.",
  ],
  [
    /^MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS/,
    "Batch's own role may not start machines: use the service-linked role AWSServiceRoleForBatch.",
  ],
  [/^ACTION_REQUIRED/, "The compute environment is INVALID: mend what AWS says of it, then enable it again."],
  [
    /^UNDETERMINED/,
    "AWS found no reason. Look at the instances' quota, free addresses in the subnets, and their route to ECS.",
  ],
];

/** What may keep machines from coming without Batch saying so. */
const silent =
  "Batch gives no reason. It is most often one of: the account's quota of (spot) vCPUs is used up; the subnets have no route to ECS and ECR (NAT or interface endpoints); no free addresses in the subnets; the instance role is missing. `bisonflow aws doctor` looks at them.";

/** What to do about one of Batch's reasons for not starting a job; undefined for other words. */
export function mendFor(reason: string): string | undefined {
  return mends.find(([pattern]) => pattern.test(reason))?.[1];
}

/**
 * Why a job waits in RUNNABLE, and what to do, in words.
 *
 * `reason` is the job's statusReason; Batch gives one only to the job at the head of a blocked queue.
 */
export function whyWaiting(
  reason: string | undefined,
  environments: readonly ComputeEnvironmentDetail[],
): string {
  const seen = environments.map(environmentInWords).join("; ");
  const about = seen === "" ? "" : ` (${seen})`;
  const clean = reason?.trim() ?? "";
  if (clean === "") return `Jobs wait for machines${about}. ${silent}`;
  return `Jobs wait for machines${about}. AWS says: ${clean.replace(/\.$/, "")}. ${mendFor(clean) ?? silent}`;
}

function environmentInWords(environment: ComputeEnvironmentDetail): string {
  const { computeEnvironmentName, state, status, statusReason, computeResources } = environment;
  const parts = [
    `${state === "ENABLED" ? "" : `${state}, `}${status}`,
    ...(status === "INVALID" && statusReason !== undefined ? [statusReason] : []),
    ...(computeResources === undefined
      ? []
      : [
          `${(computeResources.instanceTypes ?? []).join(" ")}`,
          `${computeResources.desiredvCpus ?? 0} of at most ${computeResources.maxvCpus ?? 0} vCPUs`,
        ]),
  ];
  return `${computeEnvironmentName}: ${parts.filter((part) => part !== "").join(", ")}`;
}
