import { Fn, type Stack } from "aws-cdk-lib";
import { CfnComputeEnvironment, CfnJobDefinition, CfnJobQueue } from "aws-cdk-lib/aws-batch";
import { CfnLaunchTemplate } from "aws-cdk-lib/aws-ec2";
import {
  CfnInstanceProfile,
  CfnRole,
  PolicyDocument,
  PolicyStatement,
  ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import { retryStrategy } from "../src/aws/batch/job-request.ts";
import { fill } from "./grants.ts";
import type { Network } from "./network.ts";
import type { Conditions, Parameters } from "./parameters.ts";

interface Parts {
  readonly parameters: Parameters;
  readonly conditions: Conditions;
}

/** The machines (none while nothing runs) and the queue before them. */
export function queueOf(stack: Stack, { network, ...parts }: Parts & { network: Network }): CfnJobQueue {
  const environment = computeEnvironmentOf(stack, { network, ...parts });
  return new CfnJobQueue(stack, "JobQueue", {
    jobQueueName: stack.stackName,
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment.ref }],
    // A job that can never start would wait for ever, and its run with it.
    jobStateTimeLimitActions: [
      "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
      "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    ].map((reason) => ({ reason, state: "RUNNABLE", maxTimeSeconds: 600, action: "CANCEL" })),
  });
}

function computeEnvironmentOf(
  stack: Stack,
  { network, parameters, conditions }: Parts & { network: Network },
) {
  const instanceRole = new CfnRole(stack, "InstanceRole", {
    description: "bisonflow: taken by the machines of Batch",
    assumeRolePolicyDocument: new PolicyDocument({
      statements: [
        new PolicyStatement({
          principals: [new ServicePrincipal("ec2.amazonaws.com")],
          actions: ["sts:AssumeRole"],
        }),
      ],
    }),
    managedPolicyArns: [
      Fn.sub(
        `arn:${fill("AWS::Partition")}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role`,
      ),
    ],
  });
  const profile = new CfnInstanceProfile(stack, "InstanceProfile", { roles: [instanceRole.ref] });
  const template = launchTemplateOf(stack, parameters);
  return new CfnComputeEnvironment(stack, "ComputeEnvironment", {
    type: "MANAGED",
    // Changes are made in place, machine by machine; without it Batch would want another environment for each.
    replaceComputeEnvironment: false,
    updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: 240 },
    computeResources: {
      type: parameters.capacity.valueAsString,
      allocationStrategy: Fn.conditionIf(
        conditions.isSpot.logicalId,
        "SPOT_PRICE_CAPACITY_OPTIMIZED",
        "BEST_FIT_PROGRESSIVE",
      ).toString(),
      minvCpus: 0,
      maxvCpus: parameters.maxVcpus.valueAsNumber,
      instanceTypes: parameters.instanceTypes.valueAsList,
      ec2Configuration: [{ imageType: "ECS_AL2023" }],
      instanceRole: profile.attrArn,
      launchTemplate: { launchTemplateId: template.ref, version: template.attrLatestVersionNumber },
      subnets: network.subnetIds,
      securityGroupIds: [network.securityGroupId],
      updateToLatestImageVersion: true,
      tags: { Name: stack.stackName, project: "bisonflow" },
    },
  });
}

/** Tells ECS to move jobs off a machine that is about to be reclaimed, which it does not do by itself. */
const drain = [
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="=="',
  "",
  "--==",
  'Content-Type: text/x-shellscript; charset="us-ascii"',
  "",
  "#!/bin/sh",
  "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config",
  "",
  "--==--",
  "",
].join("\n");

function launchTemplateOf(stack: Stack, { scratch }: Parameters): CfnLaunchTemplate {
  return new CfnLaunchTemplate(stack, "LaunchTemplate", {
    launchTemplateData: {
      userData: Fn.base64(drain),
      // Containers may not use the machine's own rights: one hop ends on the machine.
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeType: "gp3",
            volumeSize: scratch.valueAsNumber,
            encrypted: true,
            deleteOnTermination: true,
          },
        },
      ],
    },
  });
}

/** What a job runs as. */
export interface JobParts {
  readonly image: string;
  readonly logGroup: string;
  readonly executionRole: CfnRole;
}

/** The rules of a run's own jobs, so that the state machine's are tried again in the same way. */
function tryAgain() {
  const { attempts, evaluateOnExit = [] } = retryStrategy(5);
  return {
    attempts,
    evaluateOnExit: evaluateOnExit.map(({ action = "EXIT", ...when }) => ({ ...when, action })),
  };
}

/** A definition of jobs that run bisonflow's command line under a role. */
export function jobDefinitionOf(
  stack: Stack,
  id: string,
  options: JobParts & { role: CfnRole; suffix: string; parameters: Parameters },
): CfnJobDefinition {
  const { image, logGroup, executionRole, role, suffix, parameters } = options;
  const { taskVcpus, taskMemory, taskTimeout } = parameters;
  return new CfnJobDefinition(stack, id, {
    jobDefinitionName: `${stack.stackName}-${suffix}`,
    type: "container",
    platformCapabilities: ["EC2"],
    propagateTags: true,
    timeout: { attemptDurationSeconds: taskTimeout.valueAsNumber },
    retryStrategy: tryAgain(),
    containerProperties: {
      image,
      // Behind the image's entry point, which is bisonflow.
      command: ["--help"],
      jobRoleArn: role.attrArn,
      executionRoleArn: executionRole.attrArn,
      resourceRequirements: [
        { type: "VCPU", value: Fn.sub(`${fill("TaskVcpus")}`, { TaskVcpus: taskVcpus.valueAsString }) },
        {
          type: "MEMORY",
          value: Fn.sub(`${fill("TaskMemoryMiB")}`, { TaskMemoryMiB: taskMemory.valueAsString }),
        },
      ],
      // ECS does not say it to containers on machines of EC2.
      environment: [{ name: "AWS_REGION", value: stack.region }],
      // A task writes to the image's /scratch alone: a volume on the machine's disk, gone with the container.
      readonlyRootFilesystem: true,
      volumes: [{ name: "scratch" }],
      mountPoints: [{ sourceVolume: "scratch", containerPath: "/scratch", readOnly: false }],
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": logGroup, "awslogs-stream-prefix": suffix },
      },
    },
  });
}
