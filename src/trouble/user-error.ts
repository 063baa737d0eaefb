/**
 * What a process of bisonflow ends with. Documented in docs/guide/exit-codes.md; scripts rely on the numbers.
 */
export const ExitCode = {
  /** Everything asked for was done. */
  done: 0,
  /** A bug in bisonflow: the message carries a stack. */
  bug: 1,
  /** The command line, the configuration or an input is wrong; nothing was changed. */
  userError: 2,
  /** A task of a run failed; what was done so far is kept and the next run goes on from it. */
  taskFailed: 3,
  /** Something outside gave out: no space, no permission, a service that does not answer. */
  environment: 4,
  /** A single task (`bisonflow task run`) failed in a way that another try may mend; queues go by it. */
  tryAgain: 75,
  /** Interrupted (Ctrl-C); the next run goes on. 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * A mistake that the person at the keyboard can mend: printed without a stack, with what to do next.
 *
 * Wording of `message`: subject, what was seen, what was expected. `hint` says what to do next.
 *
 * @example
 * ```ts
 * import { UserError } from "bisonflow";
 * const error = new UserError({
 *   code: "input-not-found",
 *   message: "birds.zip: no such file.",
 *   hint: "Check the path given with --occurrences.",
 * });
 * console.log(error.code, error.exitCode); // input-not-found 2
 * ```
 */
export class UserError extends Error {
  override readonly name = "UserError";
  /** Stable, kebab-case: scripts and tests match on it. */
  readonly code: string;
  /** What to do next, a sentence. */
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(options: {
    code: string;
    message: string;
    hint: string;
    exitCode?: ExitCode;
    cause?: unknown;
  }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? ExitCode.userError;
  }
}
