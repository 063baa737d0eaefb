import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  RegisterJobDefinitionCommand,
} from "@aws-sdk/client-batch";
import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import type { Emulator } from "./emulator.ts";

/** A queue on the emulator, with what stands behind it. */
export interface BatchQueue {
  readonly queue: string;
  readonly queueArn: string;
  readonly definition: string;
  readonly definitionArn: string;
  readonly environment: string;
  readonly environmentArn: string;
}

/** What a queue is made with; all of it has defaults. */
export interface BatchQueueOptions {
  /** Names of all its parts begin with this. */
  readonly name?: string;
  /** How many processes run at a time. */
  readonly vcpus?: number;
  readonly instanceTypes?: string[];
  /** An image called bisonflow runs the built command line, any other the command alone. */
  readonly image?: string;
  readonly command?: string[];
  readonly jobRoleArn?: string;
  readonly logGroup?: string;
  readonly memoryMiB?: number;
}

/** The SDK's settings for a client of the emulator, as the administrator or as somebody else. */
export function clientConfig(
  emulator: Pick<Emulator, "endpoint" | "region" | "env">,
  env: Record<string, string> = emulator.env,
): { endpoint: string; region: string; maxAttempts: number; credentials: () => Promise<Keys> } {
  return {
    endpoint: emulator.endpoint,
    region: emulator.region,
    maxAttempts: 1,
    credentials: async () => ({
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
      ...(env.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: env.AWS_SESSION_TOKEN }),
    }),
  };
}

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Makes a compute environment, a queue on it and a job definition. */
export async function makeBatchQueue(
  emulator: Emulator,
  options: BatchQueueOptions = {},
): Promise<BatchQueue> {
  const name = options.name ?? "bison";
  const config = clientConfig(emulator);
  const batch = new BatchClient(config);
  const environment = await batch.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: `${name}-environment`,
      type: "MANAGED",
      state: "ENABLED",
      computeResources: {
        type: "SPOT",
        allocationStrategy: "SPOT_PRICE_CAPACITY_OPTIMIZED",
        minvCpus: 0,
        maxvCpus: options.vcpus ?? 2,
        instanceTypes: options.instanceTypes ?? ["r7g.medium"],
        instanceRole: await instanceProfile(emulator, name),
        ...(await network(emulator)),
      },
    }),
  );
  const environmentArn = environment.computeEnvironmentArn ?? "";
  const queue = await batch.send(
    new CreateJobQueueCommand({
      jobQueueName: `${name}-queue`,
      state: "ENABLED",
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: environmentArn }],
    }),
  );
  const definition = await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: `${name}-job`,
      type: "container",
      containerProperties: {
        image: options.image ?? "bisonflow",
        command: options.command ?? [],
        resourceRequirements: [
          { type: "VCPU", value: "1" },
          { type: "MEMORY", value: String(options.memoryMiB ?? 2048) },
        ],
        ...(options.jobRoleArn === undefined ? {} : { jobRoleArn: options.jobRoleArn }),
        ...(options.logGroup === undefined
          ? {}
          : {
              logConfiguration: {
                logDriver: "awslogs",
                options: { "awslogs-group": options.logGroup, "awslogs-stream-prefix": "bisonflow" },
              },
            }),
      },
    }),
  );
  return {
    queue: queue.jobQueueName ?? "",
    queueArn: queue.jobQueueArn ?? "",
    definition: definition.jobDefinitionName ?? "",
    definitionArn: definition.jobDefinitionArn ?? "",
    environment: environment.computeEnvironmentName ?? "",
    environmentArn,
  };
}

/** A subnet and a security group of the default VPC. */
async function network(emulator: Emulator): Promise<{ subnets: string[]; securityGroupIds: string[] }> {
  const ec2 = new EC2Client(clientConfig(emulator));
  const subnets = await ec2.send(new DescribeSubnetsCommand({}));
  const groups = await ec2.send(new DescribeSecurityGroupsCommand({}));
  return {
    subnets: [subnets.Subnets?.[0]?.SubnetId ?? ""],
    securityGroupIds: [groups.SecurityGroups?.[0]?.GroupId ?? ""],
  };
}

async function instanceProfile(emulator: Emulator, name: string): Promise<string> {
  const iam = new IAMClient(clientConfig(emulator));
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  const RoleName = `${name}-instance`;
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const made = await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: RoleName }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: RoleName, RoleName }));
  return made.InstanceProfile?.Arn ?? "";
}
