import type { AuditResult, PrincipalUse, UsedAction } from "./audit.ts";
import { type Comparison, compareGrants } from "./compare-grants.ts";
import { leastStatements, type Policy, type Reasoned } from "./least-policy.ts";
import type { Grant } from "./policy-document.ts";
import type { SourcesRead } from "./read-sources.ts";
import { policyLimits, policySize, splitPolicy } from "./split-policy.ts";

/** The policy that allows what was used and nothing else. */
export interface LeastPolicy {
  /** As managed policies: as many as IAM's limit asks for. */
  readonly documents: readonly Policy[];
  /** Of all statements in one document, as IAM counts. */
  readonly characters: number;
  /** Where one inline policy would fit. */
  readonly fits: {
    readonly roleInline: boolean;
    readonly groupInline: boolean;
    readonly userInline: boolean;
  };
  /** The evidence of each statement, by its Sid. */
  readonly statements: readonly Reasoned[];
}

/** What an audit says of one principal. */
export interface PrincipalReport extends PrincipalUse {
  /** Undefined for root, which no policy binds, and for one that used nothing. */
  readonly policy: LeastPolicy | undefined;
  /** Undefined where it is not known what the principal has. */
  readonly comparison: Comparison | undefined;
}

/** All that an audit found. */
export interface AuditReport {
  readonly sources: SourcesRead;
  readonly result: AuditResult;
  readonly principals: readonly PrincipalReport[];
}

/** The least policy for these actions; undefined when there are none. */
export function leastPolicy(actions: readonly UsedAction[]): LeastPolicy | undefined {
  if (actions.length === 0) return undefined;
  const statements = leastStatements(actions);
  const all = statements.map(({ statement }) => statement);
  const characters = policySize({ Version: "2012-10-17", Statement: all });
  const { roleInline, groupInline, userInline } = policyLimits;
  return {
    documents: splitPolicy(all),
    characters,
    fits: {
      roleInline: characters <= roleInline,
      groupInline: characters <= groupInline,
      userInline: characters <= userInline,
    },
    statements,
  };
}

/** Makes the report; `grantsOf` says what a principal has, where that is known. */
export async function auditReport(options: {
  readonly sources: SourcesRead;
  readonly result: AuditResult;
  readonly grantsOf?: (arn: string) => readonly Grant[] | undefined;
}): Promise<AuditReport> {
  const { sources, result, grantsOf } = options;
  const principals = await Promise.all(
    result.principals.map(async (use): Promise<PrincipalReport> => {
      const grants = grantsOf?.(use.principal.arn);
      return {
        ...use,
        policy: use.principal.kind === "root" ? undefined : leastPolicy(use.actions),
        comparison: grants === undefined ? undefined : await compareGrants(use.actions, grants),
      };
    }),
  );
  return { sources, result, principals };
}
