import { check } from "../check.ts";
import type { RoleUseFact } from "../facts/account-facts.ts";
import type { Snapshot } from "../facts/snapshot.ts";
import { type Finding, finding } from "../finding.ts";
import { asPolicy } from "../policy/document.ts";
import { trusts } from "../policy/evaluate.ts";

/** A role for one service: several uses of it make one subject. */
export interface RoleService {
  readonly role: string;
  readonly service: string;
  readonly uses: readonly RoleUseFact[];
}

/** Roles by the service that uses them. */
export function roleServices(account: Snapshot): RoleService[] {
  const groups = new Map<string, RoleUseFact[]>();
  for (const use of account.all("roleUses")) {
    const key = `${use.role} ${use.service}`;
    groups.set(key, [...(groups.get(key) ?? []), use]);
  }
  return [...groups.values()].flatMap((uses) => {
    const [first] = uses;
    return first === undefined ? [] : [{ role: first.role, service: first.service, uses }];
  });
}

/** Roles that were not found because something could not be read. */
export function allUsesKnown(account: Snapshot): void {
  for (const { kind, id } of account.refusals) {
    if (kind === "roleUses" && id !== undefined) account.one("roleUses", id);
  }
}

export const roleTrust = check<RoleService>({
  mustKnow: allUsesKnown,
  name: "role-trust",
  title: "The role lets the service use it",
  code: "role-trust-missing-service",
  subjects: (account) => withoutSpareCandidates(account, (one) => faultOf(account, one).length === 0),
  resource: ({ role, service }) => `role ${role} for ${service}`,
  examine: faultOf,
});

function faultOf(account: Snapshot, { role, service, uses }: RoleService): Finding[] {
  const found = account.one("roles", role);
  const usedBy = uses.map((use) => use.usedBy).join(", ");
  const values = {
    role: found?.arn ?? role,
    roleName: role,
    service,
    serviceName: serviceNames[service] ?? service,
    principal: service,
  };
  const error = service.startsWith("glue.") ? 0 : service.startsWith("ecs-tasks.") ? 2 : 3;
  if (found === undefined) {
    return [
      finding("role-trust-missing-service", {
        resource: `role ${role}`,
        cause: `There is no role ${role}, which ${usedBy} names.`,
        mend: "make-role",
        error,
        values: { ...values, trustDocument: JSON.stringify(withService({ Version: "2012-10-17" }, service)) },
      }),
    ];
  }
  const decision = trusts(found.trust, service, accountOf(found.arn));
  if (decision === "allowed" || decision === "unknown") return [];
  const trusted = servicesOf(found.trust);
  const says = trusted.includes(service)
    ? `names ${service}, but does not let it assume the role for this account`
    : `does not name ${service}; it names ${trusted.join(", ") || "no service"}`;
  // A stack of ours says itself in what words it trusts.
  const declared = uses.find((use) => use.declared !== undefined)?.declared;
  return [
    finding("role-trust-missing-service", {
      resource: `role ${role}`,
      cause: `The trust policy of role ${role} (used by ${usedBy}) ${decision === "denied" ? `denies ${service}; it names ${trusted.join(", ") || "no service"}` : says}.`,
      mend: declared === undefined ? "add-service" : "add-again",
      error,
      values: {
        ...values,
        stack: declared?.stack,
        // A denial has to be taken out by whoever wrote it.
        trustDocument:
          decision === "denied"
            ? undefined
            : JSON.stringify(withService(found.trust, service, declared?.trust)),
      },
    }),
  ];
}

const serviceNames: Readonly<Record<string, string>> = {
  "glue.amazonaws.com": "AWS Glue",
  "ecs-tasks.amazonaws.com": "ECS tasks",
  "batch.amazonaws.com": "AWS Batch",
};

/**
 * Roles that are only guessed from their names stand for each other: when one of them is sound, the others are
 * nobody's business.
 */
export function withoutSpareCandidates(
  account: Snapshot,
  isSound: (one: RoleService) => boolean,
): RoleService[] {
  const all = roleServices(account);
  const isGuessed = ({ uses }: RoleService): boolean => uses.every(({ usedBy }) => usedBy === "its name");
  const guessed = all.filter(isGuessed);
  const sound = guessed.length > 1 ? guessed.filter(isSound) : [];
  return all.filter((one) => !isGuessed(one) || sound.length === 0 || sound.includes(one));
}

function withService(trust: unknown, service: string, declared?: unknown): Record<string, unknown> {
  const policy = asPolicy(trust) ?? {};
  const plain = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
  const added = asPolicy(declared)?.Statement ?? plain;
  return { Version: "2012-10-17", ...policy, Statement: [policy.Statement ?? [], added].flat() };
}

/** The account in an ARN of IAM. */
function accountOf(arn: string): string | undefined {
  return /^arn:[^:]+:iam::(\d+):/.exec(arn)?.[1];
}

function servicesOf(trust: unknown): string[] {
  const statements = [asPolicy(trust)?.Statement ?? []].flat() as {
    Principal?: { Service?: string | string[] };
  }[];
  return statements.flatMap((one) => [one.Principal?.Service ?? []].flat());
}
