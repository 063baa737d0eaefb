import { IAMClient } from "@aws-sdk/client-iam";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";
import { readPolicies } from "../iam/index.ts";
import { type Grant, parsePolicies } from "./policy-document.ts";

/** What a role or user has. */
export interface Held {
  /** Its ARN as IAM has it, with its path. */
  readonly arn: string;
  readonly grants: readonly Grant[];
  /** ARN of the permissions boundary: what is outside it is refused whatever the policies say. */
  readonly boundary: string | undefined;
}

/** Reads the policies of a role or user: attached, inline, and those of a user's groups. */
export async function readGrants(access: AwsAccess, arn: string): Promise<Held> {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const isUser = /:user\//.test(arn);
  const iam = connect(IAMClient, access);
  try {
    const found = await readPolicies(iam, { kind: isUser ? "user" : "role", name });
    const grants = [...found.attached, ...found.inline, ...found.ofGroups].flatMap((policy) => {
      const of = policy.group === undefined ? "" : ` of group ${policy.group}`;
      return parsePolicies(
        policy.document,
        `${policy.arn === undefined ? "inline " : ""}${policy.name}${of}`,
      );
    });
    return { arn: found.arn ?? name, grants, boundary: found.boundary };
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
