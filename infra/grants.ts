import type { Stack } from "aws-cdk-lib";
import { Fn } from "aws-cdk-lib";
import { CfnRole, PolicyDocument, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { DeclaredAction, ResourceKind } from "../src/aws/client/declared-action.ts";
import { type RoleName, roles } from "../src/aws/stack/roles.ts";

/** ARNs of the stack's resources by kind; a kind without any is not in this variant of the stack. */
export type Arns = Readonly<Partial<Record<ResourceKind, readonly string[]>>>;

/**
 * The statements that grant what is declared: one for each set of resources, actions sorted. Actions on a kind that
 * this variant has not are left out: there is nothing to do them to.
 */
export function statementsFor(declared: readonly DeclaredAction[], arns: Arns): PolicyStatement[] {
  const groups = new Map<
    string,
    { resources: readonly string[]; actions: Set<string>; kinds: Set<string> }
  >();
  for (const { action, on } of declared) {
    const resources = arns[on];
    if (resources === undefined) continue;
    const key = resources.join("\n");
    const group = groups.get(key) ?? { resources, actions: new Set(), kinds: new Set() };
    group.actions.add(action);
    group.kinds.add(on);
    groups.set(key, group);
  }
  return [...groups.values()].map(
    ({ resources, actions, kinds }) =>
      new PolicyStatement({
        sid: [...kinds].map(pascal).join(""),
        actions: [...actions].sort(),
        resources: [...resources],
      }),
  );
}

const pascal = (kind: string): string =>
  kind.replaceAll(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());

/** Makes a role as it is declared. */
export function roleOf(stack: Stack, name: RoleName, arns: Arns): CfnRole {
  const { trusts, saysAccount, takenBy, actions } = roles[name];
  const trust = new PolicyStatement({
    principals: [new ServicePrincipal(trusts)],
    actions: ["sts:AssumeRole"],
    ...(saysAccount ? { conditions: { StringEquals: { "aws:SourceAccount": stack.account } } } : {}),
  });
  return new CfnRole(stack, name, {
    description: `bisonflow: taken by ${takenBy}`,
    assumeRolePolicyDocument: new PolicyDocument({ statements: [trust] }),
    policies: [
      {
        policyName: "declared",
        policyDocument: new PolicyDocument({ statements: statementsFor(actions, arns) }),
      },
    ],
  });
}

/** A parameter or pseudo parameter inside a text for `arn`, `ownArn` or Fn.sub: `${AWS::StackName}`. */
export const fill = (name: string): string => `\${${name}}`;

/** An ARN without region and account. */
export const arn = (rest: string): string => Fn.sub(`arn:${fill("AWS::Partition")}:${rest}`);

/** An ARN of this account in this region. */
export const ownArn = (service: string, rest: string): string =>
  arn(`${service}:${fill("AWS::Region")}:${fill("AWS::AccountId")}:${rest}`);
