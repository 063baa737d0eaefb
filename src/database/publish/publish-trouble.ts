import { ExitCode, UserError } from "../../trouble/index.ts";
import { statementTrouble } from "../connect/server-trouble.ts";
import { outside } from "../connect/step.ts";
import { type DatabaseTarget, nameOfTarget } from "../target/target.ts";

/** What went wrong while publishing, in words, and what became of the schema; a bug stays as it is. */
export function publishTrouble(
  error: unknown,
  facts: {
    target: DatabaseTarget;
    schema: string;
    phase: { isCommitting: boolean };
    signal: AbortSignal | undefined;
  },
): unknown {
  const { target, schema, phase, signal } = facts;
  if (signal?.aborted === true) {
    return new UserError({
      code: "interrupted",
      message: `Stopped: schema ${schema} of ${nameOfTarget(target)} is as it was.`,
      hint: "Run the same command again to publish.",
      exitCode: ExitCode.interrupted,
      cause: error,
    });
  }
  if (error instanceof UserError) return error;
  const code = (error as { code?: string }).code;
  if (code === "23505" || code === "23502") {
    return new UserError({
      code: "result-damaged",
      message: `The result's tables do not keep their own key. The server says: ${(error as Error).message}.`,
      hint: "Nothing was changed. Run again, then publish.",
      cause: error,
    });
  }
  const said = statementTrouble(error, target, `publishing into schema ${schema}`);
  if (said !== undefined && !phase.isCommitting) return said;
  const isLost = /terminat|ECONNRESET|EPIPE|not queryable|Connection ended/i.test(
    `${(error as Error).message} ${code}`,
  );
  if (!isLost && said === undefined) return error;
  return outside({
    code: phase.isCommitting ? "publish-unknown" : "database-lost",
    message: phase.isCommitting
      ? `${nameOfTarget(target)}: the connection was lost while the change was being made final, so it may be made or not.`
      : `${nameOfTarget(target)}: the connection was lost; schema ${schema} is as it was.`,
    hint: phase.isCommitting
      ? "Run the same command again: it changes nothing where the result stands already."
      : "See that the server is up (`bisonflow connection test …`), then run the same command again.",
    cause: error,
  });
}
