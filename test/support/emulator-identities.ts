import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { clientConfig } from "./batch-queue.ts";
import type { AwsEnvironment, Emulator } from "./emulator.ts";

/** What somebody may do: actions on everything, or statements of a policy. */
export type Rights = readonly string[] | { readonly statements: readonly object[] };

/** A policy document of rights. */
export function policyOf(rights: Rights): string {
  const statements =
    "statements" in rights ? rights.statements : [{ Effect: "Allow", Action: rights, Resource: "*" }];
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Makes a user with an access key and these rights; returns the environment to act as that user. */
export async function makeUser(
  emulator: Emulator,
  user: { readonly name: string; readonly rights: Rights },
): Promise<AwsEnvironment> {
  const iam = new IAMClient(clientConfig(emulator));
  await iam.send(new CreateUserCommand({ UserName: user.name }));
  await setUserRights(emulator, user);
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: user.name }));
  return {
    ...emulator.env,
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? "",
  };
}

/** Gives a user these rights and no others. */
export async function setUserRights(
  emulator: Emulator,
  user: { readonly name: string; readonly rights: Rights },
): Promise<void> {
  const iam = new IAMClient(clientConfig(emulator));
  const PolicyDocument = policyOf(user.rights);
  await iam.send(new PutUserPolicyCommand({ UserName: user.name, PolicyName: "rights", PolicyDocument }));
}

/** Makes a role for containers with these rights; returns its ARN. */
export async function makeTaskRole(
  emulator: Emulator,
  role: { readonly name: string; readonly rights: Rights },
): Promise<string> {
  const iam = new IAMClient(clientConfig(emulator));
  const trust = [
    { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
  ];
  const made = await iam.send(
    new CreateRoleCommand({
      RoleName: role.name,
      AssumeRolePolicyDocument: policyOf({ statements: trust }),
    }),
  );
  await setRoleRights(emulator, role);
  return made.Role?.Arn ?? "";
}

/** Gives a role these rights and no others. */
export async function setRoleRights(
  emulator: Emulator,
  role: { readonly name: string; readonly rights: Rights },
): Promise<void> {
  const iam = new IAMClient(clientConfig(emulator));
  const PolicyDocument = policyOf(role.rights);
  await iam.send(new PutRolePolicyCommand({ RoleName: role.name, PolicyName: "rights", PolicyDocument }));
}
