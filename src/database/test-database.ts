import { UserError } from "../trouble/index.ts";
import type { LoginMethod } from "./connect/authenticate.ts";
import { openSession } from "./connect/open-session.ts";
import { askRights, askServer, type Purpose, type ServerFacts } from "./connect/rights.ts";
import { type Observe, type StepReport, step, stepNames } from "./connect/step.ts";
import type { Credentials } from "./secret/find-credentials.ts";
import type { DatabaseTarget } from "./target/target.ts";

/** What a test of a connection found. */
export interface DatabaseTest {
  readonly ok: boolean;
  /** All six steps, in order; those after a failure are skipped. */
  readonly steps: readonly StepReport[];
  /** Of the step that failed. */
  readonly trouble?: UserError | undefined;
  readonly method?: LoginMethod | undefined;
  readonly isEncrypted?: boolean | undefined;
  readonly server?: ServerFacts | undefined;
}

/**
 * Tests a database step by step (name, TCP, TLS, authentication, query, rights) and stops where one fails; the
 * report says what was seen, how long each step took and what to do. Only bugs are thrown.
 *
 * @example
 * ```ts
 * import { findCredentials, parseDatabaseUrl, testDatabase } from "bisonflow/database";
 * const { target, password } = parseDatabaseUrl("postgres://ada@127.0.0.1:1/bison");
 * const credentials = await findCredentials(target, { password, sources: {} });
 * const { ok, steps } = await testDatabase(target, credentials);
 * console.log(ok, steps.map(({ status }) => status).join(" ")); // false skipped failed skipped skipped skipped skipped
 * ```
 */
export async function testDatabase(
  target: DatabaseTarget,
  credentials: Credentials,
  options: {
    purpose?: Purpose | undefined;
    schema?: string | undefined;
    observe?: Observe | undefined;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<DatabaseTest> {
  const { purpose = "read", schema = "bison", observe, signal } = options;
  const steps: StepReport[] = [];
  const note: Observe = (report) => {
    steps.push(report);
    observe?.(report);
  };
  let found: Pick<DatabaseTest, "method" | "isEncrypted" | "server"> = {};
  try {
    const session = await openSession(target, credentials, { observe: note, signal });
    try {
      found = { method: session.method, isEncrypted: session.isEncrypted };
      const server = await step("query", note, () => askServer(session));
      found = { ...found, server };
      await step("rights", note, () =>
        askRights(session, { purpose, schema, isReadOnly: server.isReadOnly }),
      );
    } finally {
      await session.close();
    }
    return { ok: true, steps, ...found };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    for (const name of stepNames.slice(steps.length)) {
      note({ step: name, status: "skipped", milliseconds: 0, seen: "not tried" });
    }
    return { ok: false, steps, trouble: error, ...found };
  }
}
