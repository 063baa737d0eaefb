import {
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  type IAMClient,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListGroupPolicies,
  paginateListGroupsForUser,
  paginateListRolePolicies,
  paginateListUserPolicies,
} from "@aws-sdk/client-iam";
import type { NamedPolicy, Principal } from "../facts/account-facts.ts";
import type { FactReader } from "./fact-reader.ts";
import { collect } from "./network.ts";

/** Reads every policy that says what a user or role may do; nothing for the account's root, who may do all. */
export async function gatherPolicies(reader: FactReader, principal: Principal): Promise<void> {
  if (principal.kind !== "user" && principal.kind !== "role") return;
  const id = `${principal.kind}/${principal.name}`;
  const { iam } = reader.clients;
  await reader.read(
    "policies",
    async () => {
      const read = principal.kind === "role" ? rolePolicies : userPolicies;
      return [{ id, ...(await read(iam, principal.name)) }];
    },
    { id },
  );
}

interface Policies {
  readonly inline: readonly NamedPolicy[];
  readonly attached: readonly NamedPolicy[];
  readonly boundary: NamedPolicy | undefined;
}

async function rolePolicies(client: IAMClient, RoleName: string): Promise<Policies> {
  const names = await collect(
    paginateListRolePolicies({ client }, { RoleName }),
    (page) => page.PolicyNames ?? [],
  );
  const inline: NamedPolicy[] = [];
  for (const PolicyName of names) {
    const { PolicyDocument } = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    inline.push({ name: PolicyName, document: decoded(PolicyDocument) });
  }
  const arns = await collect(paginateListAttachedRolePolicies({ client }, { RoleName }), arnsOf);
  const { Role } = await client.send(new GetRoleCommand({ RoleName }));
  return {
    inline,
    attached: await managed(client, arns),
    boundary: await boundary(client, Role?.PermissionsBoundary?.PermissionsBoundaryArn),
  };
}

async function userPolicies(client: IAMClient, UserName: string): Promise<Policies> {
  const names = await collect(
    paginateListUserPolicies({ client }, { UserName }),
    (page) => page.PolicyNames ?? [],
  );
  const inline: NamedPolicy[] = [];
  for (const PolicyName of names) {
    const { PolicyDocument } = await client.send(new GetUserPolicyCommand({ UserName, PolicyName }));
    inline.push({ name: PolicyName, document: decoded(PolicyDocument) });
  }
  const arns = await collect(paginateListAttachedUserPolicies({ client }, { UserName }), arnsOf);
  const groups = await collect(paginateListGroupsForUser({ client }, { UserName }), (page) =>
    (page.Groups ?? []).flatMap(({ GroupName }) => GroupName ?? []),
  );
  const ofGroups: NamedPolicy[] = [];
  for (const GroupName of groups) {
    arns.push(...(await collect(paginateListAttachedGroupPolicies({ client }, { GroupName }), arnsOf)));
    const own = await collect(
      paginateListGroupPolicies({ client }, { GroupName }),
      (page) => page.PolicyNames ?? [],
    );
    for (const PolicyName of own) {
      const { PolicyDocument } = await client.send(new GetGroupPolicyCommand({ GroupName, PolicyName }));
      ofGroups.push({ name: `${GroupName}/${PolicyName}`, document: decoded(PolicyDocument) });
    }
  }
  const { User } = await client.send(new GetUserCommand({ UserName }));
  return {
    inline,
    attached: [...(await managed(client, [...new Set(arns)])), ...ofGroups],
    boundary: await boundary(client, User?.PermissionsBoundary?.PermissionsBoundaryArn),
  };
}

async function managed(client: IAMClient, arns: readonly string[]): Promise<NamedPolicy[]> {
  const policies: NamedPolicy[] = [];
  for (const PolicyArn of arns) {
    const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn }));
    const { PolicyVersion } = await client.send(
      new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
    );
    policies.push({ name: PolicyArn, document: decoded(PolicyVersion?.Document) });
  }
  return policies;
}

async function boundary(client: IAMClient, arn: string | undefined): Promise<NamedPolicy | undefined> {
  return arn === undefined ? undefined : (await managed(client, [arn]))[0];
}

function arnsOf(page: { AttachedPolicies?: { PolicyArn?: string | undefined }[] | undefined }): string[] {
  return (page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []);
}

/** IAM gives documents as URL-encoded JSON. Kept as a text, whose length counts. */
function decoded(document: string | undefined): string {
  try {
    return decodeURIComponent(document ?? "");
  } catch {
    return document ?? "";
  }
}
