import type { NotRun, Outcome, Passed } from "./check.ts";
import { checks } from "./checks/checks.ts";
import type { Snapshot } from "./facts/snapshot.ts";
import type { Finding } from "./finding.ts";

/** Runs every check on an account as it was read. Pure. Findings come errors first, in AWS's own order. */
export function examine(account: Snapshot): Outcome {
  const findings: Finding[] = [];
  const passed: Passed[] = [];
  const notRun: NotRun[] = [];
  for (const check of checks) {
    const outcome = check.run(account);
    findings.push(...outcome.findings);
    passed.push(...outcome.passed);
    notRun.push(...outcome.notRun);
  }
  const rank = ({ severity }: Finding): number => (severity === "error" ? 0 : 1);
  return { findings: findings.sort((a, b) => rank(a) - rank(b)), passed, notRun: withoutRepeats(notRun) };
}

/** A right that is missing for a check is told once, whatever it was asked for. */
function withoutRepeats(notRun: readonly NotRun[]): NotRun[] {
  return [...new Map(notRun.map((one) => [`${one.check} ${one.missingAction}`, one])).values()];
}
