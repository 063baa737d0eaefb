import { setTimeout as sleep } from "node:timers/promises";
import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";
import { findStack } from "./stack-state.ts";

/** One thing that happened to a stack, in words that a line can be made of. */
export interface StackHappening {
  readonly time: Date;
  readonly logicalId: string;
  readonly type: string;
  /** `CREATE_COMPLETE`. */
  readonly status: string;
  readonly reason: string | undefined;
}

/** How an operation on a stack ended. */
export interface StackEnd {
  /** `CREATE_COMPLETE`, `ROLLBACK_COMPLETE`, `DELETE_COMPLETE`. */
  readonly status: string;
  /** The first thing that failed: what came after it was only its consequence. */
  readonly failure: StackHappening | undefined;
}

const POLL_MILLISECONDS = 2000;
const consequence = /^Resource (creation|update|deletion) cancelled|The following resource\(s\) failed/i;

/** Id of a stack's newest event, taken before something is done to it. */
export async function lastEvent(client: CloudFormationClient, stackId: string): Promise<string | undefined> {
  const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName: stackId }));
  return StackEvents?.[0]?.EventId;
}

/**
 * Says what happens to a stack after an event until it rests. `stackId` is its ARN: by its name a stack that is
 * gone is not found.
 */
export async function followStack(
  client: CloudFormationClient,
  options: {
    stackId: string;
    /** The newest event before it (`lastEvent`): clocks differ, events have an order. */
    after: string | undefined;
    onHappening: (happening: StackHappening) => void;
    signal?: AbortSignal;
    pollMilliseconds?: number;
  },
): Promise<StackEnd> {
  const { stackId, after, onHappening, signal, pollMilliseconds = POLL_MILLISECONDS } = options;
  const told = new Set<string>(after === undefined ? [] : [after]);
  let failure: StackHappening | undefined;
  for (;;) {
    // Asked before the events, so that all events of the operation that has ended are among them.
    const status = (await findStack(client, stackId))?.status ?? "DELETE_COMPLETE";
    for (const event of await freshEvents(client, { stackId, told })) {
      const happening = happeningOf(event);
      onHappening(happening);
      if (
        failure === undefined &&
        happening.status.endsWith("_FAILED") &&
        !consequence.test(happening.reason ?? "")
      )
        failure = happening;
    }
    if (!status.endsWith("_IN_PROGRESS")) return { status, failure };
    await sleep(pollMilliseconds, undefined, signal === undefined ? {} : { signal });
  }
}

/** Events that were not told yet, the oldest first. CloudFormation lists the newest first. */
async function freshEvents(
  client: CloudFormationClient,
  { stackId, told }: { stackId: string; told: Set<string> },
): Promise<StackEvent[]> {
  const fresh: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new DescribeStackEventsCommand({ StackName: stackId, NextToken: token }));
    token = page.NextToken;
    for (const event of page.StackEvents ?? []) {
      if (told.has(event.EventId ?? "")) {
        token = undefined;
        break;
      }
      fresh.push(event);
    }
  } while (token !== undefined);
  for (const { EventId } of fresh) told.add(EventId ?? "");
  return fresh.reverse();
}

function happeningOf(event: StackEvent): StackHappening {
  return {
    time: event.Timestamp ?? new Date(0),
    logicalId: event.LogicalResourceId ?? "",
    type: event.ResourceType ?? "",
    status: event.ResourceStatus ?? "",
    reason: event.ResourceStatusReason,
  };
}
