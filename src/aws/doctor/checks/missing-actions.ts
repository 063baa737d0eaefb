import type { DeclaredRole, NamedPolicy, RoleUseFact } from "../facts/account-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import { policyDocument } from "../policy/document.ts";
import { evaluate, somewhere } from "../policy/evaluate.ts";
import { type Asked, actionQuestions, answer, policiesOf } from "../policy/questions.ts";
import type { MendName } from "../troubles.ts";
import type { RoleService } from "./role-trust.ts";

type MissingMend = MendName<"role-missing-action">;

/** What a role must be allowed for all its uses. */
export function askedOf(account: Snapshot, { role, uses }: RoleService): Asked[] {
  const arn = account.one("roles", role)?.arn;
  return arn === undefined ? [] : uses.flatMap((use) => actionQuestions(account, use, arn));
}

/** How a right is to be had that is missing: a role of our own stack is to be again as the stack declares it. */
export function mendOf(account: Snapshot, { uses }: RoleService, asked: Asked): MissingMend {
  const { question } = asked;
  const declared = declaredOf(uses);
  if (declared === undefined || evaluate(declared.policies, question) !== "allowed") return "allow-actions";
  const [own] = declared.policies.inline;
  const denying = denyingOf(account, [asked]);
  if (denying.some(({ name }) => name !== own?.name) || isOutsideBoundary(account, asked))
    return "take-denial-out";
  if (evaluate(declared.standing, question) !== "allowed") return "bring-up-to-date";
  const isManaged = evaluate({ ...declared.policies, inline: [] }, question) === "allowed";
  return isManaged ? "attach-again" : "put-back";
}

function declaredOf(uses: readonly RoleUseFact[]): DeclaredRole | undefined {
  return uses.find(({ declared }) => declared !== undefined)?.declared;
}

/** Whether it is only the permissions boundary that does not let a role do something. */
function isOutsideBoundary(account: Snapshot, { principal, question }: Asked): boolean {
  const policies = policiesOf(account, principal);
  return (
    policies?.boundary !== undefined && evaluate({ ...policies, boundary: undefined }, question) === "allowed"
  );
}

/** The finding of actions that are missing and mended in the same way. */
export function missingActions(
  account: Snapshot,
  subject: RoleService,
  { mend, missing }: { mend: MissingMend; missing: readonly Asked[] },
): Finding {
  const { role, service, uses } = subject;
  const arn = account.one("roles", role)?.arn ?? role;
  const actions = actionsOf(missing);
  const denied = actionsOf(missing.filter((one) => answer(account, one) === "denied"));
  const usedBy = [...new Set(uses.map((use) => use.usedBy))].join(", ");
  const declared = declaredOf(uses);
  const [own] = declared?.policies.inline ?? [];
  return finding("role-missing-action", {
    resource: `role ${role}`,
    cause: `Role ${role} (used by ${usedBy}) may not ${wordsOf(account, subject, missing)}${denied.length === 0 ? "" : `; a policy denies ${denied.join(", ")}`}.`,
    mend,
    error: declared === undefined ? 0 : errorOf(service, actions),
    values: {
      action: actions[0],
      actions: actions.join(", "),
      principal: arn,
      role: arn,
      roleName: role,
      stack: declared?.stack,
      policyName: "bisonflow-missing-actions",
      policyDocument: missingDocument(missing),
      policyArn: declared?.policies.attached[0]?.name,
      ...(mend === "put-back"
        ? { policyName: own?.name, policyDocument: JSON.stringify(own?.document) }
        : {}),
      ...(mend === "take-denial-out" ? removalOf(account, missing) : {}),
    },
  });
}

function actionsOf(asked: readonly Asked[]): string[] {
  return [...new Set(asked.map(({ question }) => question.action))];
}

/** A policy that allows what is missing and no more. */
function missingDocument(missing: readonly Asked[]): string {
  const resources = [...new Set(missing.map(({ question }) => question.resource))];
  return policyDocument(
    resources.map((resource) => ({
      Effect: "Allow",
      Action: actionsOf(missing.filter(({ question }) => question.resource === resource)),
      Resource: resource === somewhere ? "*" : resource.replace(/x$/, "*"),
    })),
  );
}

/** Actions that AWS refuses to a service without telling anybody. */
const silent: Readonly<Record<string, RegExp>> = {
  "scheduler.amazonaws.com": /^states:StartExecution$/,
  "states.amazonaws.com": /^batch:TerminateJob$/,
  "glue.amazonaws.com": /^logs:/,
  "ecs-tasks.amazonaws.com": /^logs:PutLogEvents$/,
};

/** Which of the row's texts AWS would give: Glue's own, nothing at all, or the usual one. */
function errorOf(service: string, actions: readonly string[]): number {
  const isSilent = actions.every((action) => silent[service]?.test(action) ?? false);
  return isSilent ? 4 : service.startsWith("glue.") ? 0 : 3;
}

/** The actions, each with what it may not be done to where it may be done to other things. */
function wordsOf(account: Snapshot, subject: RoleService, missing: readonly Asked[]): string {
  const allowed = askedOf(account, subject).filter((one) => answer(account, one) === "allowed");
  const isElsewhere = new Set(actionsOf(allowed));
  return actionsOf(missing)
    .map((action) => {
      if (!isElsewhere.has(action)) return action;
      const lacking = missing.filter(({ question }) => question.action === action);
      const things = lacking.map(({ question }) => question.pattern ?? question.resource);
      return `${action} on ${[...new Set(things)].join(" and ")}`;
    })
    .join(", ");
}

/** The policies of a role that deny what is asked. */
function denyingOf(account: Snapshot, asked: readonly Asked[]): NamedPolicy[] {
  const [first] = asked;
  const held = first === undefined ? undefined : policiesOf(account, first.principal);
  return [...(held?.inline ?? []), ...(held?.attached ?? [])].filter((policy) =>
    asked.some(({ question }) => {
      const alone = { id: policy.name, inline: [policy], attached: [], boundary: undefined };
      return evaluate(alone, question) === "denied";
    }),
  );
}

/** The policies that deny what is missing, else the permissions boundary, and the commands that take them away. */
function removalOf(account: Snapshot, missing: readonly Asked[]): { policies: string; removal: string } {
  const [first] = missing;
  const role = `--role-name ${first?.principal.name}`;
  const denying = denyingOf(account, missing);
  if (denying.length > 0) {
    const commands = denying.map(({ name }) =>
      name.startsWith("arn:")
        ? `aws iam detach-role-policy ${role} --policy-arn ${name}`
        : `aws iam delete-role-policy ${role} --policy-name ${name}`,
    );
    return { policies: denying.map(({ name }) => name).join(", "), removal: commands.join(" && ") };
  }
  const boundary = first === undefined ? undefined : policiesOf(account, first.principal)?.boundary;
  return {
    policies: `permissions boundary ${boundary?.name ?? ""}`,
    removal: `aws iam delete-role-permissions-boundary ${role}`,
  };
}
