import type { Stack } from "aws-cdk-lib";
import { CfnManagedPolicy, PolicyDocument } from "aws-cdk-lib/aws-iam";
import { operatorActions } from "../src/aws/stack/roles.ts";
import { type Arns, statementsFor } from "./grants.ts";

/** What a person needs for `bisonflow run --on aws`: to be attached to a user, a group or a role. */
export function operatorPolicyOf(stack: Stack, arns: Arns): CfnManagedPolicy {
  return new CfnManagedPolicy(stack, "OperatorPolicy", {
    description: "bisonflow: run on AWS with this stack, and look at what comes of it",
    policyDocument: new PolicyDocument({ statements: statementsFor(operatorActions, arns) }),
  });
}
