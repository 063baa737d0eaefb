import { describeSystemError } from "../store/index.ts";
import { ExitCode, TaskFailure, UserError } from "../trouble/index.ts";

/** Prints an error the way its kind wants it, on stderr, and returns the exit code. */
export function sayTrouble(error: unknown, options: { json: boolean }): ExitCode {
  const { code, message, hint, detail, exitCode } = sort(error);
  if (options.json) {
    process.stderr.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
  } else {
    process.stderr.write(`bisonflow: ${message}\n${hint ? `  ${hint}\n` : ""}${detail ? `${detail}\n` : ""}`);
  }
  return exitCode;
}

function sort(error: unknown): {
  code: string;
  message: string;
  hint: string;
  detail?: string;
  exitCode: ExitCode;
} {
  if (error instanceof UserError)
    return { code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode };
  if (error instanceof TaskFailure) {
    return {
      code: "task-failed",
      message: error.message,
      hint: error.hint ?? "What was done so far is kept: mend the cause and run the same command again.",
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      exitCode: ExitCode.taskFailed,
    };
  }
  if (error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined) {
    const system = describeSystemError(
      error as NodeJS.ErrnoException,
      (error as NodeJS.ErrnoException).path ?? "",
    );
    if (system instanceof UserError) return sort(system);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: "bug",
    message: "this is a bug in bisonflow.",
    hint: "Please report it with the lines below.",
    detail: stack,
    exitCode: ExitCode.bug,
  };
}
