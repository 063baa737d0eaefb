import { setTimeout as sleep } from "node:timers/promises";
import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetOutput,
  type ResourceChange,
} from "@aws-sdk/client-cloudformation";
import { UserError } from "../../trouble/index.ts";
import type { IntendedStack } from "./intended-stack.ts";
import type { Standing } from "./stack-state.ts";

/** What CloudFormation would do; made, and not applied yet. */
export interface ChangeSet {
  readonly id: string;
  /** ARN of the stack: it stays the same when the stack is gone. */
  readonly stackId: string;
  readonly isNew: boolean;
  /** None when everything stands as it is meant to be. */
  readonly changes: readonly ResourceChange[];
}

const POLL_MILLISECONDS = 1000;
const nothingToDo = /didn't contain changes|No updates are to be performed/;

/**
 * Has CloudFormation work out what it would do. Throws a UserError `stack-refused` with CloudFormation's own reason;
 * nothing is left behind then.
 */
export async function makeChangeSet(
  client: CloudFormationClient,
  intended: IntendedStack,
  standing: Standing,
): Promise<ChangeSet> {
  const isNew = standing.kind !== "stands";
  const made = await create(client, intended, isNew);
  if (made === undefined) return { id: "", stackId: "", isNew, changes: [] };
  const set = { ...made, isNew };
  const seen = await waitFor(client, set);
  const changes = seen.Status === "FAILED" ? [] : await changesOf(client, set, seen);
  if (changes.length > 0) return { ...set, changes };
  await discardChangeSet(client, set);
  if (seen.Status !== "FAILED" || nothingToDo.test(seen.StatusReason ?? "")) return { ...set, changes };
  throw refused(intended.name, seen.StatusReason ?? "no reason given");
}

/** Undefined when CloudFormation says at once that there is nothing to do. */
async function create(
  client: CloudFormationClient,
  intended: IntendedStack,
  isNew: boolean,
): Promise<{ id: string; stackId: string } | undefined> {
  try {
    const { Id = "", StackId = "" } = await client.send(
      new CreateChangeSetCommand({
        StackName: intended.name,
        ChangeSetName: `bisonflow-${new Date().toISOString().replaceAll(/[^0-9]/g, "")}`,
        ChangeSetType: isNew ? "CREATE" : "UPDATE",
        TemplateBody: intended.body,
        Parameters: [...intended.parameters],
        Tags: [...intended.tags],
        Capabilities: ["CAPABILITY_IAM"],
      }),
    );
    return { id: Id, stackId: StackId };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ValidationError") throw error;
    if (nothingToDo.test(error.message)) return undefined;
    throw refused(intended.name, error.message, error);
  }
}

function refused(name: string, reason: string, cause?: unknown): UserError {
  return new UserError({
    code: "stack-refused",
    message: `Stack ${name}: CloudFormation refuses it: ${reason}`,
    hint: "Nothing was made or changed. Mend what the reason says and run the same command again.",
    cause,
  });
}

async function waitFor(
  client: CloudFormationClient,
  set: Pick<ChangeSet, "id" | "stackId">,
): Promise<DescribeChangeSetOutput> {
  for (;;) {
    const seen = await describe(client, set);
    if (seen.Status !== "CREATE_PENDING" && seen.Status !== "CREATE_IN_PROGRESS") return seen;
    await sleep(POLL_MILLISECONDS);
  }
}

function describe(
  client: CloudFormationClient,
  set: Pick<ChangeSet, "id" | "stackId">,
  token?: string,
): Promise<DescribeChangeSetOutput> {
  return client.send(
    new DescribeChangeSetCommand({
      ChangeSetName: set.id,
      StackName: set.stackId,
      IncludePropertyValues: true,
      NextToken: token,
    }),
  );
}

async function changesOf(
  client: CloudFormationClient,
  set: Pick<ChangeSet, "id" | "stackId">,
  first: DescribeChangeSetOutput,
): Promise<ResourceChange[]> {
  const changes: ResourceChange[] = [];
  for (let page = first; ; page = await describe(client, set, page.NextToken)) {
    for (const { ResourceChange } of page.Changes ?? [])
      if (ResourceChange !== undefined) changes.push(ResourceChange);
    if (page.NextToken === undefined) return changes;
  }
}

/** Removes a change set that is not applied, and the empty stack that CloudFormation made to hold it. */
export async function discardChangeSet(
  client: CloudFormationClient,
  set: Pick<ChangeSet, "id" | "stackId" | "isNew">,
): Promise<void> {
  await client.send(new DeleteChangeSetCommand({ ChangeSetName: set.id, StackName: set.stackId }));
  if (set.isNew) await client.send(new DeleteStackCommand({ StackName: set.stackId }));
}
