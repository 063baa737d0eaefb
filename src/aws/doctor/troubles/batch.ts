import { trouble } from "../trouble.ts";

/** What goes wrong with AWS Batch. */
export const batchTroubles = {
  "batch-environment-invalid": trouble({
    code: "batch-environment-invalid",
    severity: "error",
    title: "The compute environment is invalid or switched off",
    errors: [
      {
        text: "ACTION_REQUIRED - CE(s) associated with the job queue are invalid.",
        tells: [
          ["ACTION_REQUIRED"],
          ["CE(s) associated with the job queue"],
          ["compute environment", "is invalid"],
          ["CLIENT_ERROR", "compute environment"],
          ["INTERNAL_ERROR", "compute environment"],
        ],
      },
    ],
    cause:
      "Batch starts no machines in an environment that is INVALID (its role, subnets, groups, image or launch template are not there or not usable; statusReason says which) or DISABLED.",
    mends: {
      enable: {
        words: "Switch on compute environment {environment}",
        steps: [
          {
            service: "batch",
            operation: "UpdateComputeEnvironment",
            input: { computeEnvironment: "{environment}", state: "ENABLED" },
          },
        ],
        canApply: true,
      },
      "mend-reason": {
        words:
          "Mend what statusReason names, then switch the environment off and on, which makes Batch look again",
        steps: [
          {
            command:
              "aws batch update-compute-environment --compute-environment {environment} --state DISABLED",
          },
          {
            command:
              "aws batch update-compute-environment --compute-environment {environment} --state ENABLED",
          },
        ],
        canApply: false,
        stackOption: "bisonflow aws up",
      },
    },
  }),
  "batch-queue-blocked": trouble({
    code: "batch-queue-blocked",
    severity: "error",
    title: "Jobs of the queue do not start",
    errors: [
      {
        text: "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.",
        tells: [["MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"]],
      },
      {
        text: "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - The maxvCpus of the CE(s) associated with the job queue is lower than the job needs.",
        tells: [["COMPUTE_ENVIRONMENT_MAX_RESOURCE"]],
      },
      {
        text: "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type(s)",
        tells: [["INSUFFICIENT_INSTANCE_CAPACITY"], ["cannot fulfill the capacity requested"]],
      },
      {
        text: "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - the instances cannot be launched as configured",
        tells: [["EC2_INSTANCE_CONFIGURATION_UNSUPPORTED"]],
      },
      {
        text: "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS - the service role lacks permissions",
        tells: [["SERVICE_ROLE_PERMISSIONS"]],
      },
      {
        text: "UNDETERMINED - The job queue is blocked and no reason could be found.",
        tells: [
          ["UNDETERMINED", "runnable"],
          ["UNDETERMINED", "job"],
        ],
      },
      {
        text: "(no error: jobs stay RUNNABLE)",
        tells: [["stuck in runnable"], ["stays runnable"], ["stay runnable"], ["remain in runnable"]],
      },
    ],
    cause:
      "The queue is switched off, none of its environments can take jobs, or the job at its head asks for more than any of them can give, and those behind it wait.",
    mends: {
      enable: {
        words: "Switch on queue {queue}",
        steps: [
          {
            service: "batch",
            operation: "UpdateJobQueue",
            input: { jobQueue: "{queue}", state: "ENABLED" },
          },
        ],
        canApply: true,
      },
      "raise-maximum": {
        words: "Raise maxvCpus of {environment} to {vcpus} at least",
        steps: [
          {
            service: "batch",
            operation: "UpdateComputeEnvironment",
            input: { computeEnvironment: "{environment}", computeResources: { maxvCpus: "{vcpus}" } },
          },
        ],
        canApply: false,
        stackOption: "bisonflow aws up --max-vcpus {vcpus}",
      },
      "ask-for-less": {
        words:
          "Stop the job and submit it with less memory and fewer vCPUs (an r7g.medium gives 1 vCPU and 7,500 MiB), or let the environment use bigger instances",
        steps: [{ command: "aws batch terminate-job --job-id {job} --reason 'asks for too much'" }],
        canApply: false,
        stackOption: "bisonflow aws up --instance-types {instanceTypes}",
      },
      "more-types": {
        words:
          "Let environment {environment} use more instance types or zones, or on-demand machines instead of spot",
        steps: [
          {
            command:
              "aws batch describe-compute-environments --compute-environments {environment} --query 'computeEnvironments[].computeResources.[instanceTypes,subnets]'",
          },
        ],
        canApply: false,
        stackOption: "bisonflow aws up --instance-types {instanceTypes}",
      },
      "look-at-job": {
        words:
          "Read what Batch says of the job, and the sections batch-no-route and role-missing-action: a machine that cannot reach ECS says nothing",
        steps: [{ command: "aws batch describe-jobs --jobs {job} --query 'jobs[].[status,statusReason]'" }],
        canApply: false,
      },
      "mend-environment": {
        words: "Mend the queue's environments (batch-environment-invalid)",
        steps: [
          {
            command:
              "aws batch describe-compute-environments --compute-environments {environment} --query 'computeEnvironments[].[status,statusReason]'",
          },
        ],
        canApply: false,
      },
    },
  }),
  "batch-no-route": trouble({
    code: "batch-no-route",
    severity: "error",
    title: "Machines of the environment cannot reach ECS",
    errors: [
      {
        text: "(no error: machines start, never join the cluster, and jobs stay RUNNABLE)",
        tells: [
          ["stuck in runnable"],
          ["stays runnable"],
          ["stay runnable"],
          ["remain in runnable"],
          ["never join", "cluster"],
        ],
      },
      {
        text: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: request send failed: dial tcp: i/o timeout",
        tells: [["ResourceInitializationError"], ["unable to pull secrets or registry auth"]],
      },
      {
        text: "CannotPullContainerError: Error response from daemon: net/http: request canceled while waiting for connection",
        tells: [["CannotPullContainerError"]],
      },
    ],
    cause:
      "A machine joins its cluster over the ECS endpoints. It needs a public address and a route to an internet gateway, or a route to a NAT gateway, or interface endpoints for ecs, ecs-agent and ecs-telemetry; and its security group must let HTTPS out.",
    mends: {
      "public-addresses": {
        words: "Give machines in {subnet} public addresses (it has a route to an internet gateway)",
        steps: [
          {
            service: "ec2",
            operation: "ModifySubnetAttribute",
            input: { SubnetId: "{subnet}", MapPublicIpOnLaunch: { Value: true } },
          },
        ],
        canApply: false,
        stackOption: "bisonflow aws up --vpc new",
      },
      endpoints: {
        words: "Make interface endpoints for ECS in {subnet} (each costs by the hour), or a NAT gateway",
        steps: [
          {
            command:
              "for service in ecs ecs-agent ecs-telemetry ecr.api ecr.dkr logs; do aws ec2 create-vpc-endpoint --vpc-id {vpc} --vpc-endpoint-type Interface --private-dns-enabled --service-name com.amazonaws.{region}.$service --subnet-ids {subnet} --security-group-ids {groups}; done",
          },
        ],
        canApply: false,
        stackOption: "bisonflow aws up --vpc new",
      },
      "let-https-out": {
        words: "Let {group} send HTTPS",
        steps: [
          {
            service: "ec2",
            operation: "AuthorizeSecurityGroupEgress",
            input: {
              GroupId: "{group}",
              IpPermissions: [
                { IpProtocol: "tcp", FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
              ],
            },
          },
        ],
        canApply: true,
        stackOption: "bisonflow aws up --vpc new",
      },
    },
  }),
} as const;
