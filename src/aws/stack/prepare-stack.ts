import type { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import type { AwsAccess } from "../client/index.ts";
import { checkMachines } from "./check-machines.ts";
import { checkNames } from "./check-names.ts";
import type { StackChoices } from "./choices.ts";
import { type IntendedStack, intendedStack } from "./intended-stack.ts";
import { cloudFormation, type Standing, standingOf } from "./stack-state.ts";

/** All that is known before CloudFormation is asked to work out changes. */
export interface PreparedStack {
  readonly client: CloudFormationClient;
  readonly standing: Standing;
  readonly intended: IntendedStack;
}

/** Looks at what stands, works out what is meant, and checks what would fail later. Reads only. */
export async function prepareStack(access: AwsAccess, choices: StackChoices): Promise<PreparedStack> {
  const client = cloudFormation(access);
  const standing = await standingOf(client, choices.name);
  const intended = await intendedStack(choices, { access, client, standing });
  const { InstanceTypes = "", TaskVcpus, TaskMemoryMiB, CatalogDatabase = "" } = intended.values;
  await checkMachines(access, {
    kinds: InstanceTypes.split(","),
    taskVcpus: Number(TaskVcpus),
    taskMemoryMiB: Number(TaskMemoryMiB),
  });
  if (standing.kind === "none" || standing.kind === "shell") await checkNames(access, CatalogDatabase);
  return { client, standing, intended };
}
