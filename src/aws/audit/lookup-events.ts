import { setTimeout as wait } from "node:timers/promises";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { type AwsAccess, connect } from "../client/index.ts";
import type { TakeRecord } from "./read-log.ts";

/** AWS answers two of these a second. */
const pauseMilliseconds = 500;

/**
 * Asks CloudTrail's event history: management events of one region, 90 days back at most, 50 at a time and two
 * requests a second. Returns how many events there were.
 */
export async function lookupEvents(options: {
  readonly access: AwsAccess;
  readonly take: TakeRecord;
  /** ISO 8601. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly onPage?: (events: number) => void;
  readonly pause?: number;
}): Promise<number> {
  const { access, take, since, until, onPage, pause = pauseMilliseconds } = options;
  const client = connect(CloudTrailClient, access);
  const place = { uri: `LookupEvents ${access.region}` };
  let events = 0;
  let token: string | undefined;
  try {
    do {
      if (token !== undefined) await wait(pause);
      const page = await client.send(
        new LookupEventsCommand({
          MaxResults: 50,
          ...(since === undefined ? {} : { StartTime: new Date(since) }),
          ...(until === undefined ? {} : { EndTime: new Date(until) }),
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      for (const event of page.Events ?? []) {
        events += 1;
        take({ CloudTrailEvent: event.CloudTrailEvent ?? "" }, place);
      }
      onPage?.(events);
      token = page.NextToken;
    } while (token !== undefined);
  } finally {
    client.destroy();
  }
  return events;
}
