import { type Snapshot, Unknown } from "./facts/snapshot.ts";
import type { Finding } from "./finding.ts";
import type { TroubleCode } from "./trouble.ts";

/** A check that found nothing wrong with something. */
export interface Passed {
  readonly check: string;
  readonly resource: string;
}

/** A check that could not say anything, for want of a right. */
export interface NotRun {
  readonly check: string;
  readonly missingAction: string;
  /** AWS's words. */
  readonly reason: string;
  /** Whether AWS refused; false where it did not answer, or does not offer the call. */
  readonly isDenied: boolean;
}

/** What checks make of an account. */
export interface Outcome {
  readonly findings: readonly Finding[];
  readonly passed: readonly Passed[];
  readonly notRun: readonly NotRun[];
}

/** One thing to look at in whatever has it. Pure: an account's facts in, an outcome out. */
export interface Check {
  /** Stable, kebab-case. */
  readonly name: string;
  /** What is so when it passes: "Names are resolved in the VPC". */
  readonly title: string;
  readonly code: TroubleCode;
  run(account: Snapshot): Outcome;
}

/** Makes a check of what it looks at and what it finds there. */
export function check<T>(options: {
  readonly name: string;
  readonly title: string;
  readonly code: TroubleCode;
  subjects(account: Snapshot): readonly T[];
  resource(subject: T): string;
  examine(account: Snapshot, subject: T): readonly Finding[];
  /** Touches what must be known to be sure of having seen every subject. */
  mustKnow?(account: Snapshot): void;
}): Check {
  const { name, title, code } = options;
  return {
    name,
    title,
    code,
    run: (account) => {
      const findings: Finding[] = [];
      const passed: Passed[] = [];
      const notRun: NotRun[] = [];
      const knowing = <R>(work: () => R): R | undefined => {
        try {
          return work();
        } catch (error) {
          if (!(error instanceof Unknown)) throw error;
          for (const { missingAction, reason, isDenied } of error.refusals)
            notRun.push({ check: name, missingAction, reason, isDenied });
          return undefined;
        }
      };
      knowing(() => options.mustKnow?.(account));
      for (const subject of knowing(() => options.subjects(account)) ?? []) {
        const found = knowing(() => options.examine(account, subject));
        if (found === undefined) continue;
        findings.push(...found);
        if (found.length === 0) passed.push({ check: name, resource: options.resource(subject) });
      }
      return { findings, passed: unique(passed), notRun: unique(notRun) };
    },
  };
}

function unique<T extends object>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
