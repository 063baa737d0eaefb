import type { PoliciesFact, Principal, RoleUseFact } from "../facts/account-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Decision, evaluate, type Question } from "./evaluate.ts";
import { neededActions } from "./needed-actions.ts";

/** A question about a user or role, and the use of a role that raises it. */
export interface Asked {
  readonly principal: Principal;
  readonly use: RoleUseFact;
  readonly question: Question;
}

/**
 * What must be allowed for the uses of roles at hand: the roles' own actions, and that the caller may pass them. A role
 * that could not be read raises no question.
 */
export function questionsOf(account: Snapshot): Asked[] {
  const isRefused = (name: string): boolean =>
    account.refusals.some(({ kind, id }) => kind === "roles" && (id ?? name) === name);
  return account.all("roleUses").flatMap((use) => {
    const role = isRefused(use.role) ? undefined : account.one("roles", use.role);
    return role === undefined
      ? []
      : [...actionQuestions(account, use, role.arn), ...passQuestions(account, use, role.arn)];
  });
}

/** The actions that a role must be allowed for a use. */
export function actionQuestions(account: Snapshot, use: RoleUseFact, arn: string): Asked[] {
  const principal: Principal = { kind: "role", name: use.role, arn };
  return neededActions(use, policiesOf(account, principal)).map((question) => ({ principal, use, question }));
}

/** That the caller may hand the role to the service. */
export function passQuestions(account: Snapshot, use: RoleUseFact, arn: string): Asked[] {
  // Handed over when the stack is made, and that says so by itself.
  if (use.purpose === "stack") return [];
  const [caller] = account.all("caller");
  if (caller === undefined) return [];
  const question = { action: "iam:PassRole", resource: arn, context: { "iam:PassedToService": use.service } };
  return [{ principal: caller.principal, use, question }];
}

/** The answer from policies, else from IAM's simulator. Throws Unknown where neither is to be had. */
export function answer(account: Snapshot, { principal, question }: Asked): Exclude<Decision, "unknown"> {
  if (principal.kind === "root") return "allowed";
  const policies = principal.kind === "other" ? undefined : policiesOf(account, principal);
  const decision = policies === undefined ? "unknown" : evaluate(policies, question);
  if (decision !== "unknown") return decision;
  const simulated = account.one("simulations", simulationId(principal, question));
  // Neither known nor refused: let the policies themselves say that they could not be read.
  if (simulated === undefined && principal.kind !== "other") {
    account.one("policies", `${principal.kind}/${principal.name}`);
  }
  return simulated?.decision === "denied" ? "not-allowed" : "allowed";
}

/** Names a question for the simulator's answers. */
export function simulationId(principal: Principal, { action, resource, context }: Question): string {
  return [principal.arn, action, resource, ...Object.values(context ?? {})].join(" ");
}

/** Everything that says what a user or role may do; undefined where it could not be read. */
export function policiesOf(account: Snapshot, { kind, name }: Principal): PoliciesFact | undefined {
  const id = `${kind}/${name}`;
  const isRefused = account.refusals.some(
    (refusal) => refusal.kind === "policies" && (refusal.id ?? id) === id,
  );
  return isRefused ? undefined : account.one("policies", id);
}
