import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";

/** Where jobs go, as a user says it; what is not said is looked up in the stack's outputs. */
export interface TargetSpec {
  readonly queue?: string | undefined;
  readonly jobDefinition?: string | undefined;
  /** Name of the CloudFormation stack. */
  readonly stack: string;
}

/** Where jobs go: names or ARNs of a queue and of a job definition. */
export interface BatchTarget {
  readonly queue: string;
  readonly jobDefinition: string;
}

/** Finds the queue and the job definition; asks CloudFormation only for what the spec leaves open. */
export async function findTarget(spec: TargetSpec, access: AwsAccess): Promise<BatchTarget> {
  const { queue, jobDefinition } = spec;
  if (queue !== undefined && jobDefinition !== undefined) return { queue, jobDefinition };
  const outputs = await stackOutputs(spec.stack, access);
  return {
    queue: queue ?? outputOf(outputs, "JobQueueName", spec.stack),
    jobDefinition: jobDefinition ?? outputOf(outputs, "JobDefinitionName", spec.stack),
  };
}

async function stackOutputs(stack: string, access: AwsAccess): Promise<Map<string, string>> {
  const client = connect(CloudFormationClient, access);
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = Stacks?.[0]?.Outputs ?? [];
    return new Map(outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? "", OutputValue ?? ""]));
  } catch (error) {
    if (!(error instanceof Error) || !/does not exist/.test(error.message)) throw error;
    throw new UserError({
      code: "aws-stack-missing",
      message: `AWS: there is no CloudFormation stack called ${stack} in ${access.region}, so no queue is known.`,
      hint: "Make it with `bisonflow aws up`, name another with --stack, or give --queue and --job-definition.",
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

function outputOf(outputs: ReadonlyMap<string, string>, key: string, stack: string): string {
  const value = outputs.get(key);
  if (value !== undefined && value !== "") return value;
  throw new UserError({
    code: "aws-stack-unfit",
    message: `AWS: the stack ${stack} has no output ${key}; it has ${[...outputs.keys()].join(", ") || "none"}.`,
    hint: "Bring it up to date with `bisonflow aws up`, or give --queue and --job-definition.",
  });
}
