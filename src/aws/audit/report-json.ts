import type { UsedAction } from "./audit.ts";
import type { AuditReport, LeastPolicy, PrincipalReport } from "./audit-report.ts";
import { asideReasons } from "./set-aside.ts";
import { plain, policyLimits, policySize } from "./split-policy.ts";

/** The report as `bisonflow aws audit --json` prints it. */
export function reportJson({ sources, result, principals }: AuditReport): object {
  return {
    read: {
      files: sources.files,
      bytes: sources.bytes,
      events: result.read,
      used: result.used,
      setAside: result.setAside.map(({ reason, events, what }) => ({
        reason,
        meaning: asideReasons[reason],
        events,
        what,
      })),
    },
    damagedFiles: sources.damaged,
    filesLeftOut: sources.leftOut,
    period: { first: result.first, last: result.last },
    principals: principals.map(principalJson),
  };
}

function principalJson(report: PrincipalReport): object {
  const { principal, events, first, last, actions, onBehalf, policy, comparison } = report;
  return {
    arn: principal.arn,
    kind: principal.kind,
    events,
    first,
    last,
    actions: actions.map(actionJson),
    byServicesOnItsBehalf: onBehalf,
    policy: policy === undefined ? null : policyJson(policy),
    comparison: comparison ?? null,
  };
}

function actionJson({ action, access, resources, condition, evidence, denied, guessed }: UsedAction): object {
  return {
    action,
    access,
    resources,
    ...(condition === undefined ? {} : { condition }),
    ...evidence,
    denied,
    resourceNotInLog: guessed,
  };
}

function policyJson({ documents, characters, fits, statements }: LeastPolicy): object {
  return {
    documents: documents.map(plain),
    characters,
    charactersOfDocuments: documents.map(policySize),
    limits: policyLimits,
    fits,
    evidence: statements.map(({ statement, evidence: { events, ...evidence }, denied, guessed }) => ({
      sid: statement.Sid,
      // An event that needs two actions of a statement counts twice.
      uses: events,
      ...evidence,
      denied,
      resourceNotInLog: guessed,
    })),
  };
}
