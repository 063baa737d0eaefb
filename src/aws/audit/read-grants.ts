import {
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListGroupPolicies,
  paginateListGroupsForUser,
  paginateListRolePolicies,
  paginateListUserPolicies,
} from "@aws-sdk/client-iam";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";
import { type Grant, parsePolicies } from "./policy-document.ts";

/** What a role or user has. */
export interface Held {
  /** Its ARN as IAM has it, with its path. */
  readonly arn: string;
  readonly grants: readonly Grant[];
  /** ARN of the permissions boundary: what is outside it is refused whatever the policies say. */
  readonly boundary: string | undefined;
}

type Attached = { PolicyName?: string | undefined; PolicyArn?: string | undefined };

/** Reads the policies of a role or user: attached, inline, and those of a user's groups. */
export async function readGrants(access: AwsAccess, arn: string): Promise<Held> {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const isUser = /:user\//.test(arn);
  const iam = connect(IAMClient, access);
  try {
    return isUser ? await ofUser(iam, name) : await ofRole(iam, name);
  } catch (error) {
    if (!(error instanceof Error && error.name === "NoSuchEntityException")) throw error;
    throw new UserError({
      code: "principal-not-found",
      message: `${arn}: the account has no ${isUser ? "user" : "role"} called ${name}.`,
      hint: "Check the name and the account (AWS_PROFILE); if it is gone, give the policies it had with --has FILE.",
    });
  } finally {
    iam.destroy();
  }
}

async function ofRole(iam: IAMClient, RoleName: string): Promise<Held> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  const grants: Grant[] = [];
  for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName })) {
    for (const one of page.AttachedPolicies ?? []) grants.push(...(await attached(iam, one)));
  }
  for await (const page of paginateListRolePolicies({ client: iam }, { RoleName })) {
    for (const PolicyName of page.PolicyNames ?? []) {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      grants.push(...parsePolicies(PolicyDocument, `inline ${PolicyName}`));
    }
  }
  return { arn: Role?.Arn ?? RoleName, grants, boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn };
}

async function ofUser(iam: IAMClient, UserName: string): Promise<Held> {
  const { User } = await iam.send(new GetUserCommand({ UserName }));
  const grants: Grant[] = [];
  for await (const page of paginateListAttachedUserPolicies({ client: iam }, { UserName })) {
    for (const one of page.AttachedPolicies ?? []) grants.push(...(await attached(iam, one)));
  }
  for await (const page of paginateListUserPolicies({ client: iam }, { UserName })) {
    for (const PolicyName of page.PolicyNames ?? []) {
      const { PolicyDocument } = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }));
      grants.push(...parsePolicies(PolicyDocument, `inline ${PolicyName}`));
    }
  }
  for await (const page of paginateListGroupsForUser({ client: iam }, { UserName })) {
    for (const { GroupName } of page.Groups ?? []) grants.push(...(await ofGroup(iam, GroupName ?? "")));
  }
  return { arn: User?.Arn ?? UserName, grants, boundary: User?.PermissionsBoundary?.PermissionsBoundaryArn };
}

async function ofGroup(iam: IAMClient, GroupName: string): Promise<Grant[]> {
  const grants: Grant[] = [];
  for await (const page of paginateListAttachedGroupPolicies({ client: iam }, { GroupName })) {
    for (const one of page.AttachedPolicies ?? [])
      grants.push(...(await attached(iam, one, ` of group ${GroupName}`)));
  }
  for await (const page of paginateListGroupPolicies({ client: iam }, { GroupName })) {
    for (const PolicyName of page.PolicyNames ?? []) {
      const { PolicyDocument } = await iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName }));
      grants.push(...parsePolicies(PolicyDocument, `inline ${PolicyName} of group ${GroupName}`));
    }
  }
  return grants;
}

async function attached(iam: IAMClient, one: Attached, of = ""): Promise<Grant[]> {
  const { PolicyArn, PolicyName = PolicyArn } = one;
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }),
  );
  return parsePolicies(PolicyVersion?.Document, `${PolicyName}${of}`);
}
