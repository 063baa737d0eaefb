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

/** A policy as IAM keeps it. */
export interface ReadPolicy {
  readonly name: string;
  /** Of a managed policy. */
  readonly arn?: string;
  /** The group by which a user has it. */
  readonly group?: string;
  /** JSON, as a text: its length counts against limits. */
  readonly document: string;
}

/** Every policy that says what a role or user may do. */
export interface ReadPolicies {
  /** ARN of the role or user as IAM has it, with its path. */
  readonly arn: string | undefined;
  readonly inline: readonly ReadPolicy[];
  /** Managed ones. */
  readonly attached: readonly ReadPolicy[];
  /** Both kinds, by the groups of a user. */
  readonly ofGroups: readonly ReadPolicy[];
  /** ARN of the permissions boundary. */
  readonly boundary: string | undefined;
}

/** Reads the policies of a role or user, those of a user's groups among them. */
export async function readPolicies(
  client: IAMClient,
  of: { readonly kind: "role" | "user"; readonly name: string },
): Promise<ReadPolicies> {
  const { kind, name } = of;
  const inline = await inlinePolicies(client, kind, name);
  const attached = await attachedPolicies(client, kind, name);
  const ofGroups: ReadPolicy[] = [];
  for (const group of kind === "user" ? await groupsOf(client, name) : []) {
    const own = await inlinePolicies(client, "group", group);
    const managed = await attachedPolicies(client, "group", group);
    ofGroups.push(...[...managed, ...own].map((policy) => ({ ...policy, group })));
  }
  const found =
    kind === "role"
      ? (await client.send(new GetRoleCommand({ RoleName: name }))).Role
      : (await client.send(new GetUserCommand({ UserName: name }))).User;
  return {
    arn: found?.Arn,
    inline,
    attached,
    ofGroups,
    boundary: found?.PermissionsBoundary?.PermissionsBoundaryArn,
  };
}

/** The version in force of a managed policy. */
export async function readManagedPolicy(client: IAMClient, arn: string, name = arn): Promise<ReadPolicy> {
  const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn: arn }));
  const { PolicyVersion } = await client.send(
    new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: Policy?.DefaultVersionId }),
  );
  return { name, arn, document: decoded(PolicyVersion?.Document) };
}

type Holder = "role" | "user" | "group";

async function inlinePolicies(client: IAMClient, kind: Holder, name: string): Promise<ReadPolicy[]> {
  const pages = {
    role: () => paginateListRolePolicies({ client }, { RoleName: name }),
    user: () => paginateListUserPolicies({ client }, { UserName: name }),
    group: () => paginateListGroupPolicies({ client }, { GroupName: name }),
  }[kind]();
  const read = {
    role: (PolicyName: string) => client.send(new GetRolePolicyCommand({ RoleName: name, PolicyName })),
    user: (PolicyName: string) => client.send(new GetUserPolicyCommand({ UserName: name, PolicyName })),
    group: (PolicyName: string) => client.send(new GetGroupPolicyCommand({ GroupName: name, PolicyName })),
  }[kind];
  const policies: ReadPolicy[] = [];
  for await (const { PolicyNames = [] } of pages) {
    for (const one of PolicyNames) {
      const { PolicyDocument } = await read(one);
      policies.push({ name: one, document: decoded(PolicyDocument) });
    }
  }
  return policies;
}

async function attachedPolicies(client: IAMClient, kind: Holder, name: string): Promise<ReadPolicy[]> {
  const pages = {
    role: () => paginateListAttachedRolePolicies({ client }, { RoleName: name }),
    user: () => paginateListAttachedUserPolicies({ client }, { UserName: name }),
    group: () => paginateListAttachedGroupPolicies({ client }, { GroupName: name }),
  }[kind]();
  const policies: ReadPolicy[] = [];
  for await (const { AttachedPolicies = [] } of pages) {
    for (const { PolicyArn, PolicyName } of AttachedPolicies) {
      if (PolicyArn !== undefined) policies.push(await readManagedPolicy(client, PolicyArn, PolicyName));
    }
  }
  return policies;
}

async function groupsOf(client: IAMClient, UserName: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { Groups = [] } of paginateListGroupsForUser({ client }, { UserName })) {
    names.push(...Groups.flatMap(({ GroupName }) => GroupName ?? []));
  }
  return names;
}

/** IAM gives documents as URL-encoded JSON. */
function decoded(document: string | undefined): string {
  try {
    return decodeURIComponent(document ?? "");
  } catch {
    return document ?? "";
  }
}
