import { GetRoleCommand, paginateListRoles, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { inParallel } from "../../../catalog/crawl/in-parallel.ts";
import type { PoliciesFact, Principal, RoleFact, SimulationFact } from "../facts/account-facts.ts";
import { allowedResource, evaluate, somewhere } from "../policy/evaluate.ts";
import { type Asked, questionsOf, simulationId } from "../policy/questions.ts";
import { callsAtOnce, type FactReader, isNotFound } from "./fact-reader.ts";
import { collect } from "./network.ts";
import { gatherPolicies } from "./policies.ts";

/** Reads who is asking. Throws when nobody can: no credentials, expired ones, no network. */
export async function gatherCaller(reader: FactReader): Promise<void> {
  const answer = await reader.clients.sts.send(new GetCallerIdentityCommand({}));
  const arn = answer.Arn ?? "";
  reader.add("caller", [{ id: arn, account: answer.Account ?? "", principal: principalOf(arn) }]);
}

/** The user or role behind an ARN of STS or IAM. */
export function principalOf(arn: string): Principal {
  const [, partition = "aws", account = "", rest = ""] =
    /^arn:([^:]+):(?:iam|sts)::(\d+):(.*)$/.exec(arn) ?? [];
  if (rest === "root") return { kind: "root", name: "root", arn };
  const parts = rest.split("/");
  if (parts[0] === "user") return { kind: "user", name: parts.at(-1) ?? "", arn };
  if (parts[0] === "assumed-role" && parts[1] !== undefined) {
    return { kind: "role", name: parts[1], arn: `arn:${partition}:iam::${account}:role/${parts[1]}` };
  }
  return { kind: "other", name: rest, arn };
}

/** Reads roles by name or ARN; one that does not exist is left out. */
export async function gatherRoles(reader: FactReader, roles: readonly string[]): Promise<void> {
  const names = [...new Set(roles.map(roleName))];
  await inParallel(names, callsAtOnce, (RoleName) =>
    reader.read(
      "roles",
      async () => {
        try {
          const { Role } = await reader.clients.iam.send(new GetRoleCommand({ RoleName }));
          return Role === undefined ? [] : [roleFact(Role)];
        } catch (error) {
          if (isNotFound(error)) return [];
          throw error;
        }
      },
      { id: RoleName },
    ),
  );
}

/** Names of the roles whose name says that Glue uses them. */
export async function glueNamedRoles(reader: FactReader): Promise<string[]> {
  const { iam: client } = reader.clients;
  const all = await reader.attempt(
    "roleUses",
    () => collect(paginateListRoles({ client }, {}), (page) => page.Roles ?? []),
    { id: "roles named after Glue", missingAction: "iam:ListRoles" },
  );
  return (all ?? [])
    .filter(({ RoleName, Path }) => /glue/i.test(RoleName ?? "") && !/^\/aws-service-role\//.test(Path ?? ""))
    .map(({ RoleName }) => RoleName ?? "");
}

/** The last part of a role's ARN. */
export function roleName(role: string): string {
  return role.split("/").at(-1) ?? role;
}

function roleFact(role: {
  RoleName?: string | undefined;
  Arn?: string | undefined;
  AssumeRolePolicyDocument?: string | undefined;
}): RoleFact {
  const text = decodeURIComponent(role.AssumeRolePolicyDocument ?? "{}");
  let trust: unknown;
  try {
    trust = JSON.parse(text);
  } catch {
    trust = {};
  }
  return { id: role.RoleName ?? "", arn: role.Arn ?? "", trust };
}

/**
 * Reads the policies of all roles at hand and of the caller, then lets IAM's simulator answer those questions
 * that the policies alone leave open.
 */
export async function gatherRights(reader: FactReader): Promise<void> {
  const [caller] = reader.known("caller");
  const principals: Principal[] = reader
    .known("roles")
    .map(({ id, arn }) => ({ kind: "role" as const, name: id, arn }));
  if (caller !== undefined && reader.known("roles").length > 0) principals.push(caller.principal);
  await inParallel(principals, callsAtOnce, (principal) => gatherPolicies(reader, principal));

  for (const asked of questionsOf(reader.snapshot())) {
    const { principal, question } = asked;
    const policies = reader.known("policies").find(({ id }) => id === `${principal.kind}/${principal.name}`);
    if (policies !== undefined && evaluate(policies, question) !== "unknown") continue;
    if (principal.kind === "root") continue;
    const id = simulationId(principal, question);
    await reader.read("simulations", () => simulate(reader, { asked, policies, id }), { id });
  }
}

/** Asks IAM's simulator; empty where its answer would say nothing. */
async function simulate(
  reader: FactReader,
  { asked, policies, id }: { asked: Asked; policies: PoliciesFact | undefined; id: string },
): Promise<SimulationFact[]> {
  const { principal, question } = asked;
  const resource =
    question.resource === somewhere ? allowedResource(policies, question.action) : question.resource;
  const { EvaluationResults = [] } = await reader.clients.iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: await fullArn(reader, principal),
      ActionNames: [question.action],
      ...(resource === "*" || resource === undefined ? {} : { ResourceArns: [resource] }),
      ContextEntries: Object.entries(question.context ?? {}).map(([key, value]) => ({
        ContextKeyName: key,
        ContextKeyType: "string",
        ContextKeyValues: [value],
      })),
    }),
  );
  const decision = EvaluationResults[0]?.EvalDecision;
  // Without the policies nobody knows where an action may be allowed: "not on everything" does not mean nowhere.
  if (resource === undefined && decision === "implicitDeny") return [];
  return [{ id, decision: decision === "allowed" ? "allowed" : "denied" }];
}

/** STS leaves the path out of a role's ARN; IAM wants it. */
async function fullArn(reader: FactReader, { kind, name, arn }: Principal): Promise<string> {
  if (kind !== "role") return arn;
  const known = reader.known("roles").find(({ id }) => id === name);
  if (known !== undefined) return known.arn;
  const { Role } = await reader.clients.iam.send(new GetRoleCommand({ RoleName: name }));
  return Role?.Arn ?? arn;
}
