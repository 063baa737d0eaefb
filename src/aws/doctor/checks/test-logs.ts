import { check } from "../check.ts";
import type { ConnectionFact } from "../facts/data-facts.ts";
import { type Snapshot, Unknown } from "../facts/snapshot.ts";
import { finding } from "../finding.ts";
import { connectionNetwork, nameOf, networked } from "./connection.ts";
import { connectionS3Route } from "./s3-route.ts";
import { selfIngress } from "./self-rules.ts";

/** What Glue looks at before it starts a test, in its order: a fault in one means no log. */
const beforeStart = [connectionNetwork, selfIngress, connectionS3Route];

/**
 * A connection that never was tested has no log, and nothing is wrong with that. So the log is missed only where Glue
 * says that it tested, or where a test would be refused before it starts.
 */
export const testLogs = check<ConnectionFact>({
  name: "connection-test-log",
  title: "The log of the connection's test is where one looks for it, or no test was due",
  code: "test-connection-log-missing",
  subjects: networked,
  resource: nameOf,
  examine: (account, connection) => {
    const groups = account.all("logGroups").map(({ id }) => id);
    if (groups.some((id) => isLogOf(id, connection.id))) return [];
    const refusedBy = beforeStart
      .filter((one) => isFoundBy(account, one, connection))
      .map(({ code }) => code);
    if (refusedBy.length === 0 && !connection.wasTested) return [];
    const why =
      refusedBy.length === 0
        ? "though Glue tested it: the role of the test may not write logs, or the group was removed"
        : `for Glue refuses the test before it starts (${refusedBy.join(", ")})`;
    return [
      finding("test-connection-log-missing", {
        resource: nameOf(connection),
        cause: `There is no log group /aws-glue/testconnection/output/${connection.id} nor /aws-glue/testconnection/error/${connection.id}, ${why}.`,
        mend: "mend-first",
        values: { connection: connection.id },
      }),
    ];
  },
});

function isLogOf(group: string, connection: string): boolean {
  return (
    /^\/aws-glue\/testconnection\/(output|error)(\/|$)/.test(group) &&
    (group.endsWith(`/${connection}`) || /(output|error)$/.test(group))
  );
}

function isFoundBy(account: Snapshot, one: (typeof beforeStart)[number], { id }: ConnectionFact): boolean {
  const { findings, notRun } = one.run(account);
  if (findings.some(({ cause, resource }) => `${resource} ${cause}`.includes(id))) return true;
  // What cannot be looked at may be the reason: then nothing is said of it.
  if (notRun.length > 0) throw new Unknown(notRun.map((refusal) => ({ kind: "connections", ...refusal })));
  return false;
}
