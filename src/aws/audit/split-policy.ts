import { bug } from "../../trouble/index.ts";
import type { Policy, Statement } from "./least-policy.ts";

/** IAM's limits, in characters without white space. */
export const policyLimits = {
  /** One managed policy. */
  managed: 6144,
  /** All inline policies of a role together. */
  roleInline: 10240,
  /** All inline policies of a group together. */
  groupInline: 5120,
  /** All inline policies of a user together. */
  userInline: 2048,
} as const;

/** Policies that may be attached to one role or user unless AWS raises it. */
export const mostAttached = 10;

/** The length of a policy as IAM counts it. */
export function policySize(policy: Policy): number {
  return JSON.stringify(plain(policy)).replace(/\s/g, "").length;
}

/** The policy as people write it: one action or resource without brackets around it. */
export function plain(policy: Policy): unknown {
  const one = (all: readonly string[]): unknown => (all.length === 1 ? all[0] : all);
  return {
    Version: policy.Version,
    Statement: policy.Statement.map(({ Sid, Effect, Action, Resource, Condition }) => ({
      Sid,
      Effect,
      Action: one(Action),
      Resource: one(Resource),
      ...(Condition === undefined ? {} : { Condition }),
    })),
  };
}

/**
 * Puts statements into as few policies as fit, each no longer than `limit`; the order stays as far as it can. A
 * statement that is itself too long is cut in two by its resources, then by its actions.
 */
export function splitPolicy(
  statements: readonly Statement[],
  limit: number = policyLimits.managed,
): Policy[] {
  const bins: Statement[][] = [];
  for (const statement of statements.flatMap((one) => cutToFit(one, limit))) {
    const bin = bins.find((one) => policySize(policyOf([...one, statement])) <= limit);
    if (bin === undefined) bins.push([statement]);
    else bin.push(statement);
  }
  return bins.map(policyOf);
}

function policyOf(statements: readonly Statement[]): Policy {
  return { Version: "2012-10-17", Statement: statements };
}

function cutToFit(statement: Statement, limit: number): Statement[] {
  if (policySize(policyOf([statement])) <= limit) return [statement];
  const { Sid, Resource, Action } = statement;
  const halves = (all: readonly string[]): readonly (readonly string[])[] => {
    const middle = Math.ceil(all.length / 2);
    return [all.slice(0, middle), all.slice(middle)];
  };
  const pieces =
    Resource.length > 1
      ? halves(Resource).map((half) => ({ ...statement, Resource: half }))
      : Action.length > 1
        ? halves(Action).map((half) => ({ ...statement, Action: half }))
        : bug(`a statement of one action on one resource is longer than ${limit} characters`);
  return pieces.flatMap((piece, i) => cutToFit({ ...piece, Sid: `${Sid}${"ab"[i]}` }, limit));
}
