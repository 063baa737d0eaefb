import { ExitCode, UserError } from "../../trouble/index.ts";

/** The steps of reaching a database, in order: each needs the ones before it. */
export const stepNames = ["name", "tcp", "tls", "authentication", "query", "rights"] as const;

/** One step of reaching a database. */
export type StepName = (typeof stepNames)[number];

/** How one step went. */
export interface StepReport {
  readonly step: StepName;
  readonly status: "passed" | "failed" | "skipped";
  readonly milliseconds: number;
  /** What was found, a phrase; for a failed step the message of its error. */
  readonly seen: string;
  /** Of the error, when it failed. */
  readonly code?: string | undefined;
  /** What to do next, when it failed or when there is something to say. */
  readonly hint?: string | undefined;
}

/** Told of each step when it has ended. */
export type Observe = (report: StepReport) => void;

/** What a step found. */
export interface Found<T> {
  readonly value: T;
  readonly seen: string;
  readonly hint?: string | undefined;
  /** True where there was nothing to do. */
  readonly skipped?: boolean | undefined;
}

/** Runs one step and reports it with the time it took; an error is reported and goes on. */
export async function step<T>(
  name: StepName,
  observe: Observe | undefined,
  work: () => Promise<Found<T>>,
): Promise<T> {
  const start = performance.now();
  const report = (rest: Omit<StepReport, "step" | "milliseconds">): void =>
    observe?.({ step: name, milliseconds: Math.round((performance.now() - start) * 10) / 10, ...rest });
  try {
    const { value, seen, hint, skipped } = await work();
    report({
      status: skipped === true ? "skipped" : "passed",
      seen,
      ...(hint === undefined ? {} : { hint }),
    });
    return value;
  } catch (error) {
    if (error instanceof UserError)
      report({ status: "failed", seen: error.message, code: error.code, hint: error.hint });
    throw error;
  }
}

/** A server that cannot be reached or does not answer as it should: not the user's own mistake. */
export function outside(options: {
  code: string;
  message: string;
  hint: string;
  cause?: unknown;
}): UserError {
  return new UserError({ ...options, exitCode: ExitCode.environment });
}
