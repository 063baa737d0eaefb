import {
  type CloudFormationClient,
  DeleteStackCommand,
  ExecuteChangeSetCommand,
} from "@aws-sdk/client-cloudformation";
import { ExitCode, UserError } from "../../trouble/index.ts";
import type { ChangeSet } from "./change-set.ts";
import { followStack, lastEvent, type StackEnd, type StackHappening } from "./follow-stack.ts";
import type { StandingStack } from "./stack-state.ts";

interface Following {
  readonly onHappening: (happening: StackHappening) => void;
  readonly signal?: AbortSignal;
  readonly pollMilliseconds?: number;
}

/**
 * Applies a change set and follows it to its end. Throws a UserError `stack-failed` that names the first resource that
 * failed, with the service's own words, and says what is left.
 */
export async function applyChangeSet(
  client: CloudFormationClient,
  set: ChangeSet & { readonly name: string },
  following: Following,
): Promise<void> {
  const after = await lastEvent(client, set.stackId);
  await client.send(new ExecuteChangeSetCommand({ ChangeSetName: set.id, StackName: set.stackId }));
  const end = await follow(client, { name: set.name, stackId: set.stackId, after }, following);
  if (end.status === "CREATE_COMPLETE" || end.status === "UPDATE_COMPLETE") return;
  throw failed(set.name, end, leftAfter(end.status, set.name));
}

/** Removes a stack and follows it until it is gone; throws a UserError `stack-failed` when something stays. */
export async function removeStack(
  client: CloudFormationClient,
  { name, stack }: { name: string; stack: StandingStack },
  following: Following,
): Promise<void> {
  const after = await lastEvent(client, stack.id);
  await client.send(new DeleteStackCommand({ StackName: stack.id }));
  const end = await follow(client, { name, stackId: stack.id, after }, following);
  if (end.status === "DELETE_COMPLETE") return;
  throw failed(
    name,
    end,
    `What could not be removed is still there. Mend the cause and run \`bisonflow aws down --name ${name}\` again: it goes on from here.`,
  );
}

async function follow(
  client: CloudFormationClient,
  what: { name: string; stackId: string; after: string | undefined },
  following: Following,
): Promise<StackEnd> {
  try {
    return await followStack(client, { ...what, ...following });
  } catch (error) {
    if (following.signal?.aborted !== true) throw error;
    throw new UserError({
      code: "interrupted",
      message: `Stack ${what.name}: no longer followed; CloudFormation goes on by itself.`,
      hint: `See how it ends: aws cloudformation describe-stack-events --stack-name ${what.name}.`,
      exitCode: ExitCode.interrupted,
      cause: error,
    });
  }
}

function failed(name: string, { status, failure }: StackEnd, left: string): UserError {
  const what =
    failure === undefined
      ? `it ended as ${status}`
      : `${failure.logicalId} (${failure.type}) failed: ${failure.reason ?? "no reason given"}`;
  return new UserError({
    code: "stack-failed",
    message: `Stack ${name}: ${what}`,
    hint: left,
    exitCode: ExitCode.environment,
  });
}

function leftAfter(status: string, name: string): string {
  switch (status) {
    case "ROLLBACK_COMPLETE":
      return "Everything that had been made was removed again. The record of the attempt is left; the next `bisonflow aws up` removes it.";
    case "UPDATE_ROLLBACK_COMPLETE":
      return "The change was taken back: the stack stands as it did before.";
    default:
      return `It is half made (${status}): remove what is left with \`bisonflow aws down --name ${name}\`, or mend the cause and run the command again.`;
  }
}
