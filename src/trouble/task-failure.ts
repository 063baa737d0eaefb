/**
 * A task of a run that did not finish: says whether another try may help and keeps the words of
 * whatever refused (the service, the operating system, DuckDB).
 *
 * @example
 * ```ts
 * import { TaskFailure } from "bisonflow";
 * const failure = new TaskFailure({ message: "annotate 3: no space left on device", retry: false });
 * console.log(failure.retry); // false
 * ```
 */
export class TaskFailure extends Error {
  override readonly name = "TaskFailure";
  readonly retry: boolean;
  /** The refusing party's own message, unchanged. */
  readonly detail: string | undefined;
  readonly hint: string | undefined;

  constructor(options: { message: string; retry: boolean; detail?: string; hint?: string; cause?: unknown }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retry = options.retry;
    this.detail = options.detail;
    this.hint = options.hint;
  }
}
