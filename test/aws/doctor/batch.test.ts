import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  TagResourceCommand,
  UpdateComputeEnvironmentCommand,
  UpdateJobQueueCommand,
} from "@aws-sdk/client-batch";
import {
  AuthorizeSecurityGroupEgressCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateVpcEndpointCommand,
  ModifySubnetAttributeCommand,
  RevokeSecurityGroupEgressCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientConfig } from "../../support/batch-queue.ts";
import { type Emulator, noEmulator, startEmulator } from "../../support/emulator.ts";
import { type Account, type Aws, awsOf, codesOf, setRights, soundAccount, trustOf } from "./sound-account.ts";

let emulator: Emulator;
let aws: Aws;
let batch: BatchClient;
beforeAll(async () => {
  if (noEmulator !== false) return;
  emulator = await startEmulator();
  aws = awsOf(emulator);
  batch = new BatchClient(clientConfig(emulator));
});
afterAll(() => emulator?.stop());

interface Queue {
  readonly account: Account;
  readonly queue: string;
  readonly environment: string;
  readonly environmentArn: string;
  readonly instanceRole: string;
  readonly executionRole: string;
}

const instanceRights = ["ecs:*", "logs:CreateLogStream", "logs:PutLogEvents"];

/** A queue in the public subnet, whose machines get public addresses, or in another one. */
async function soundQueue(place: "public" | "private" = "public"): Promise<Queue> {
  const account = await soundAccount(aws);
  const { name } = account;
  if (place === "public") {
    await aws.ec2.send(
      new ModifySubnetAttributeCommand({
        SubnetId: account.publicSubnet,
        MapPublicIpOnLaunch: { Value: true },
      }),
    );
  }
  const instanceRole = `${name}-instance`;
  await makeRole(instanceRole, { service: "ec2.amazonaws.com", actions: instanceRights });
  const profile = await aws.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: instanceRole }));
  await aws.iam.send(
    new AddRoleToInstanceProfileCommand({ InstanceProfileName: instanceRole, RoleName: instanceRole }),
  );
  const executionRole = `${name}-execution`;
  const executionRoleArn = await makeRole(executionRole, {
    service: "ecs-tasks.amazonaws.com",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
  });
  const jobRoleArn = await makeRole(`${name}-job`, { service: "ecs-tasks.amazonaws.com", actions: ["s3:*"] });
  const environment = await batch.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: name,
      type: "MANAGED",
      state: "ENABLED",
      computeResources: {
        type: "SPOT",
        allocationStrategy: "SPOT_PRICE_CAPACITY_OPTIMIZED",
        minvCpus: 0,
        maxvCpus: 4,
        instanceTypes: ["r7g.medium"],
        instanceRole: profile.InstanceProfile?.Arn ?? "",
        subnets: [place === "public" ? account.publicSubnet : account.subnetA],
        securityGroupIds: [account.group],
      },
    }),
  );
  await batch.send(
    new CreateJobQueueCommand({
      jobQueueName: name,
      state: "ENABLED",
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment.computeEnvironmentArn ?? "" }],
    }),
  );
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: name,
      type: "container",
      containerProperties: {
        image: "bisonflow",
        jobRoleArn,
        executionRoleArn,
        resourceRequirements: [
          { type: "VCPU", value: "1" },
          { type: "MEMORY", value: "2048" },
        ],
      },
    }),
  );
  return {
    account,
    queue: name,
    environment: name,
    environmentArn: environment.computeEnvironmentArn ?? "",
    instanceRole,
    executionRole,
  };
}

async function makeRole(
  name: string,
  { service, actions }: { service: string; actions: string[] },
): Promise<string> {
  const { Role } = await aws.iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trustOf(service) }),
  );
  await setRights(aws, { role: name, actions });
  return Role?.Arn ?? "";
}

/** Submits a job and waits until it is RUNNABLE, with Batch's reason where it gives one. */
async function waiting({ queue }: Queue, asks: { vcpus?: number; memory?: number } = {}): Promise<void> {
  const { jobId } = await batch.send(
    new SubmitJobCommand({
      jobName: "counts",
      jobQueue: queue,
      jobDefinition: queue,
      containerOverrides: {
        resourceRequirements: [
          { type: "VCPU", value: String(asks.vcpus ?? 1) },
          { type: "MEMORY", value: String(asks.memory ?? 2048) },
        ],
      },
    }),
  );
  await expect
    .poll(
      async () => {
        const { jobs } = await batch.send(new DescribeJobsCommand({ jobs: [jobId ?? ""] }));
        return `${jobs?.[0]?.status} ${jobs?.[0]?.statusReason ?? ""}`;
      },
      { timeout: 20_000 },
    )
    .toMatch(/^RUNNABLE .+/);
}

const tag = ({ environmentArn }: Queue, key: string, value: string) =>
  batch.send(new TagResourceCommand({ resourceArn: environmentArn, tags: { [`emulator:${key}`]: value } }));

type Case = readonly [
  words: string,
  change: (queue: Queue) => Promise<unknown>,
  codes: readonly string[],
  says?: string,
];

const cases: readonly Case[] = [
  ["nothing at all", async () => undefined, []],
  [
    "an environment that is switched off",
    ({ environment }) =>
      batch.send(new UpdateComputeEnvironmentCommand({ computeEnvironment: environment, state: "DISABLED" })),
    ["batch-environment-invalid", "batch-queue-blocked"],
    "is DISABLED",
  ],
  [
    "a queue that is switched off",
    ({ queue }) => batch.send(new UpdateJobQueueCommand({ jobQueue: queue, state: "DISABLED" })),
    ["batch-queue-blocked"],
  ],
  [
    "an environment that is invalid",
    (queue) => tag(queue, "invalid-reason", "CLIENT_ERROR - You are not authorized to use launch template"),
    ["batch-environment-invalid", "batch-queue-blocked"],
    "INVALID",
  ],
  [
    "a job that asks for more memory than any instance has",
    (queue) => waiting(queue, { memory: 16_000 }),
    ["batch-queue-blocked"],
    "more than any instance",
  ],
  [
    "a job that asks for more than the environment may have",
    (queue) => waiting(queue, { vcpus: 8, memory: 2048 }),
    ["batch-queue-blocked"],
    "at most",
  ],
  ...[
    [
      "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type [r7g.medium]",
      "no such machines free",
    ],
    [
      "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED - Your CE(s) associated with the job queue",
      "cannot be launched",
    ],
    [
      "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS - Batch service role has a permission issue.",
      "service role lacks permissions",
    ],
    ["UNDETERMINED - The job queue is blocked.", "does not know why"],
  ].map(
    ([reason = "", says = ""]): Case => [
      `a job that waits for ${reason.slice(0, 40)}…`,
      async (queue) => {
        await tag(queue, "runnable-reason", reason);
        await waiting(queue);
      },
      ["batch-queue-blocked"],
      says,
    ],
  ),
  [
    "machines without public addresses",
    ({ account }) =>
      aws.ec2.send(
        new ModifySubnetAttributeCommand({
          SubnetId: account.publicSubnet,
          MapPublicIpOnLaunch: { Value: false },
        }),
      ),
    ["batch-no-route"],
    "no use to machines without public addresses",
  ],
  [
    "a group that lets no HTTPS out",
    async ({ account }) => {
      await aws.ec2.send(
        new RevokeSecurityGroupEgressCommand({
          GroupId: account.group,
          IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
        }),
      );
      await aws.ec2.send(
        new AuthorizeSecurityGroupEgressCommand({
          GroupId: account.group,
          IpPermissions: [
            { IpProtocol: "tcp", FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: "10.7.0.0/16" }] },
          ],
        }),
      );
    },
    ["batch-no-route"],
    "lets HTTPS out",
  ],
  [
    "an instance role that ECS may not use",
    ({ instanceRole }) =>
      setRights(aws, { role: instanceRole, actions: ["logs:*", "ecs:Submit*", "ecs:Poll"] }),
    ["role-missing-action"],
    "ecs:RegisterContainerInstance",
  ],
  [
    "an execution role that trusts EC2",
    ({ executionRole }) =>
      aws.iam.send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: executionRole,
          PolicyDocument: trustOf("ec2.amazonaws.com"),
        }),
      ),
    ["role-trust-missing-service"],
    "ecs-tasks.amazonaws.com",
  ],
];

describe.skipIf(noEmulator)("Batch on the emulator with", () => {
  for (const [words, change, codes, says] of cases) {
    it(words, async () => {
      const queue = await soundQueue();
      await change(queue);
      const roles = [`${queue.executionRole}=ecs-tasks`];
      const { codes: found, diagnosis } = await codesOf(aws, { queues: [queue.queue], roles });
      expect(found, JSON.stringify(diagnosis.findings, null, 1)).toEqual(codes);
      if (says !== undefined) expect(diagnosis.findings.map(({ cause }) => cause).join(" ")).toContain(says);
      expect(diagnosis.notRun).toEqual([]);
    });
  }

  const inPrivate: readonly Case[] = [
    ["no way out", async () => undefined, ["batch-no-route"], "no default route"],
    [
      "a NAT gateway",
      async ({ account }) => {
        const { NatGateway } = await aws.ec2.send(
          new CreateNatGatewayCommand({ SubnetId: account.publicSubnet }),
        );
        await aws.ec2.send(
          new CreateRouteCommand({
            RouteTableId: account.privateTable,
            DestinationCidrBlock: "0.0.0.0/0",
            NatGatewayId: NatGateway?.NatGatewayId,
          }),
        );
      },
      [],
    ],
    [
      "interface endpoints for ECS",
      ({ account }) => endpoints(account, ["ecs", "ecs-agent", "ecs-telemetry"]),
      [],
    ],
    [
      "one endpoint too few",
      ({ account }) => endpoints(account, ["ecs", "ecs-agent"]),
      ["batch-no-route"],
      "for ecs-telemetry",
    ],
  ];
  for (const [words, change, codes, says] of inPrivate) {
    it(`a private subnet and ${words}`, async () => {
      const queue = await soundQueue("private");
      await change(queue);
      const { codes: found, diagnosis } = await codesOf(aws, { queues: [queue.queue] });
      expect(found, JSON.stringify(diagnosis.findings, null, 1)).toEqual(codes);
      if (says !== undefined) expect(diagnosis.findings.map(({ cause }) => cause).join(" ")).toContain(says);
    });
  }

  it("a queue that does not exist is said to be missing", async () => {
    await expect(codesOf(aws, { queues: ["no-such-queue"] })).rejects.toMatchObject({
      code: "doctor-not-found",
    });
  });
});

async function endpoints(account: Account, services: readonly string[]): Promise<void> {
  for (const service of services) {
    await aws.ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: account.vpc,
        VpcEndpointType: "Interface",
        ServiceName: `com.amazonaws.us-east-1.${service}`,
        SubnetIds: [account.subnetA],
        SecurityGroupIds: [account.group],
        PrivateDnsEnabled: true,
      }),
    );
  }
}
