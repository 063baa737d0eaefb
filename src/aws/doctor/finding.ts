import { fillStep, fillText, type MendStep, type Values } from "./mend-step.ts";
import type { Severity, TroubleCode } from "./trouble.ts";
import { type MendName, troubles } from "./troubles.ts";

/** A trouble met in an account. */
export interface Finding {
  readonly code: TroubleCode;
  readonly severity: Severity;
  readonly title: string;
  /** What it is about: `connection bison`, `sg-…`. */
  readonly resource: string;
  /** The words that AWS would answer with. */
  readonly awsError: string;
  /** Why, in this account, with the ids. */
  readonly cause: string;
  readonly mend: {
    readonly words: string;
    readonly steps: readonly MendStep[];
    readonly canApply: boolean;
    readonly stackOption: string | undefined;
  };
}

/** Makes a finding of a row of the table, with the account's own ids in place of its `{names}`. */
export function finding<C extends TroubleCode>(
  code: C,
  found: {
    readonly resource: string;
    readonly cause: string;
    readonly mend: MendName<C>;
    readonly values: Values;
    /** Which of the row's texts AWS would give; the first unless said. */
    readonly error?: number;
    /** AWS's own words, where it has said them already. */
    readonly awsError?: string | undefined;
    readonly severity?: Severity;
  },
): Finding {
  const row = troubles[code];
  const mend = row.mends[found.mend];
  const { values } = found;
  return {
    code,
    severity: found.severity ?? row.severity,
    title: row.title,
    resource: found.resource,
    awsError: found.awsError ?? fillText(row.errors[found.error ?? 0]?.text ?? "", values),
    cause: found.cause,
    mend: {
      words: fillText(mend?.words ?? "", values),
      steps: (mend?.steps ?? []).map((step) => fillStep(step, values)),
      canApply: mend?.canApply ?? false,
      stackOption: mend?.stackOption === undefined ? undefined : fillText(mend.stackOption, values),
    },
  };
}
