import { check } from "../check.ts";
import type { RoleUseFact } from "../facts/account-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { finding } from "../finding.ts";
import { policyDocument } from "../policy/document.ts";
import { type Asked, answer, passQuestions } from "../policy/questions.ts";
import { askedOf, mendOf, missingActions } from "./missing-actions.ts";
import { allUsesKnown, type RoleService, roleServices, withoutSpareCandidates } from "./role-trust.ts";

export const callerPassesRole = check<RoleService>({
  mustKnow: allUsesKnown,
  name: "caller-passes-role",
  title: "Whoever runs this may hand the role to the service",
  code: "caller-cannot-pass-role",
  subjects: (account) =>
    roleServices(account).filter(
      ({ role, uses }) => uses.some(isPassed) && account.one("roles", role) !== undefined,
    ),
  resource: ({ role, service }) => `role ${role} to ${service}`,
  examine: (account, { role, service, uses }) => {
    const use = uses.find(isPassed);
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

/** A stack's own roles are handed over when it is made, and that says so by itself. */
function isPassed({ purpose }: RoleUseFact): boolean {
  return purpose !== "stack";
}

export const roleActions = check<RoleService>({
  mustKnow: allUsesKnown,
  name: "role-actions",
  title: "The role may do what the service needs, and what its stack declares",
  code: "role-missing-action",
  subjects: (account) =>
    withoutSpareCandidates(account, (one) => missingOf(account, one).length === 0).filter(
      ({ role }) => account.one("roles", role) !== undefined,
    ),
  resource: ({ role, service }) => `role ${role} for ${service}`,
  examine: (account, subject) => {
    const missing = missingOf(account, subject);
    const mends = missing.map((asked) => mendOf(account, subject, asked));
    return [...new Set(mends)].map((mend) =>
      missingActions(account, subject, { mend, missing: missing.filter((_, at) => mends[at] === mend) }),
    );
  },
});

function missingOf(account: Snapshot, subject: RoleService): Asked[] {
  return askedOf(account, subject).filter((one) => answer(account, one) !== "allowed");
}
