import type { MendStep } from "./mend-step.ts";

/** Stable names of what the doctor can find; scripts rely on them. */
export const troubleCodes = [
  "glue-connection-network-incomplete",
  "glue-connection-no-s3-route",
  "security-group-no-self-ingress",
  "security-group-no-self-egress",
  "vpc-dns-disabled",
  "database-unreachable",
  "database-driver-too-old",
  "role-trust-missing-service",
  "caller-cannot-pass-role",
  "role-missing-action",
  "policy-too-long",
  "test-connection-log-missing",
  "catalog-database-empty",
  "catalog-location-missing",
  "catalog-table-drift",
  "batch-environment-invalid",
  "batch-queue-blocked",
  "batch-no-route",
  "bucket-region-mismatch",
] as const;

/** A stable name of what the doctor can find. */
export type TroubleCode = (typeof troubleCodes)[number];

/** `error`: it does not work as it is. `warning`: it works, or may, and will surprise. */
export type Severity = "error" | "warning";

/** What AWS says when the trouble is met. */
export interface ErrorText {
  /** AWS's words; `{name}` stands for what differs from account to account. */
  readonly text: string;
  /**
   * Words that give the trouble away in a pasted text. Any one of the lists does, when all of its words are there.
   * Compared without case, white space and punctuation.
   */
  readonly tells: readonly (readonly string[])[];
}

/** One way to mend a trouble. */
export interface Mend {
  /** What it does, a sentence; `{name}` stands for an id. */
  readonly words: string;
  readonly steps: readonly MendStep[];
  /** Whether `--mend` may do it once a person has agreed: it adds or switches on, and takes nothing away. */
  readonly canApply: boolean;
  /** Whether only a look at the account can say that it is this: not told of a pasted text. */
  readonly isOnlyFound?: boolean;
  /** What stands for `{names}` where no account is at hand. */
  readonly example?: Readonly<Record<string, string>>;
  /** The same for our own stack, as a command; absent where the stack has no part in it. */
  readonly stackOption?: string;
}

/** A row of what is known: the texts, the cause, the mend, and what has to be read to see it. */
export interface Trouble {
  readonly code: TroubleCode;
  readonly severity: Severity;
  /** A headline. */
  readonly title: string;
  /** The first is what a finding shows, unless it knows better. */
  readonly errors: readonly ErrorText[];
  /** Why it happens, for any account. */
  readonly cause: string;
  readonly mends: Readonly<Record<string, Mend>>;
}

/** Checks a row's type and keeps the names of its mends, so that a finding can only choose one that is there. */
export function trouble<const T extends Trouble>(row: T): T {
  return row;
}
