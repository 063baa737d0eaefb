import { check } from "../check.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import { somewhere } from "../policy/evaluate.ts";
import { type Asked, actionQuestions, answer, passQuestions } from "../policy/questions.ts";
import { allUsesKnown, type RoleService, roleServices, withoutSpareCandidates } from "./role-trust.ts";

export const callerPassesRole = check<RoleService>({
  mustKnow: allUsesKnown,
  name: "caller-passes-role",
  title: "Whoever runs this may hand the role to the service",
  code: "caller-cannot-pass-role",
  subjects: (account) => roleServices(account).filter(({ role }) => account.one("roles", role) !== undefined),
  resource: ({ role, service }) => `role ${role} to ${service}`,
  examine: (account, { role, service, uses }) => {
    const [use] = uses;
    const arn = account.one("roles", role)?.arn;
    const [asked] = use === undefined || arn === undefined ? [] : passQuestions(account, use, arn);
    if (asked === undefined || arn === undefined) return [];
    const decision = answer(account, asked);
    if (decision === "allowed") return [];
    const { principal } = asked;
    const isUser = principal.kind === "user";
    return [
      finding("caller-cannot-pass-role", {
        resource: `role ${role}`,
        cause: `${principal.arn} may not pass role ${role} to ${service}: ${decision === "denied" ? "a policy denies iam:PassRole on it" : "no policy allows iam:PassRole on it"}.`,
        mend: "allow-pass",
        values: {
          principal: principal.arn,
          principalName: principal.name,
          principalMember: isUser ? "UserName" : "RoleName",
          putPolicy: isUser ? "PutUserPolicy" : "PutRolePolicy",
          role: arn,
          roleName: role,
          service,
          passDocument: policyDocument([
            {
              Effect: "Allow",
              Action: "iam:PassRole",
              Resource: arn,
              Condition: { StringEquals: { "iam:PassedToService": service } },
            },
          ]),
        },
      }),
    ];
  },
});

export const roleActions = check<RoleService>({
  mustKnow: allUsesKnown,
  name: "role-actions",
  title: "The role may do what the service needs",
  code: "role-missing-action",
  subjects: (account) =>
    withoutSpareCandidates(account, (one) => missingOf(account, one).length === 0).filter(
      ({ role }) => account.one("roles", role) !== undefined,
    ),
  resource: ({ role, service }) => `role ${role} for ${service}`,
  examine: (account, subject) => {
    const missing = missingOf(account, subject);
    const [first] = missing;
    if (first === undefined) return [];
    return [missingActions(account, subject, missing)];
  },
});

function missingOf(account: Snapshot, { role, uses }: RoleService): Asked[] {
  const arn = account.one("roles", role)?.arn;
  if (arn === undefined) return [];
  const asked = uses.flatMap((use) => actionQuestions(use, arn));
  return asked.filter((one) => answer(account, one) !== "allowed");
}

function missingActions(account: Snapshot, { role, uses }: RoleService, missing: readonly Asked[]): Finding {
  const arn = account.one("roles", role)?.arn ?? role;
  const actions = [...new Set(missing.map(({ question }) => question.action))];
  const denied = missing
    .filter((one) => answer(account, one) === "denied")
    .map(({ question }) => question.action);
  const resources = [...new Set(missing.map(({ question }) => question.resource))];
  const usedBy = [...new Set(uses.map((use) => use.usedBy))].join(", ");
  return finding("role-missing-action", {
    resource: `role ${role}`,
    cause: `Role ${role} (used by ${usedBy}) may not ${actions.join(", ")}${denied.length === 0 ? "" : `; a policy denies ${denied.join(", ")}`}.`,
    mend: "allow-actions",
    values: {
      action: actions[0],
      actions: actions.join(", "),
      principal: arn,
      role: arn,
      roleName: role,
      policyName: "bisonflow-missing-actions",
      policyDocument: policyDocument(
        resources.map((resource) => ({
          Effect: "Allow",
          Action: [
            ...new Set(
              missing.filter((one) => one.question.resource === resource).map((one) => one.question.action),
            ),
          ],
          Resource: resource === somewhere ? "*" : resource.replace(/x$/, "*"),
        })),
      ),
    },
  });
}

function policyDocument(Statement: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
