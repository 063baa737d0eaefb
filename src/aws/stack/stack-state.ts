import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect } from "../client/index.ts";
import type { Template } from "./template.ts";
import type { Variant } from "./variant.ts";

/** A stack that stands, as far as commands need to know. */
export interface StandingStack {
  readonly id: string;
  readonly status: string;
  readonly statusReason: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** What may be done with a stack of a name. */
export type Standing =
  /** There is none: it would be made. */
  | { readonly kind: "none" }
  /** A change set was made for it and never applied: as good as none. */
  | { readonly kind: "shell"; readonly stack: StandingStack }
  /** Making it failed: only a record is left, which must be removed first. */
  | { readonly kind: "remains"; readonly stack: StandingStack }
  /** It stands, and can be changed. */
  | { readonly kind: "stands"; readonly stack: StandingStack };

export function cloudFormation(access: AwsAccess): CloudFormationClient {
  return connect(CloudFormationClient, access);
}

/** The stack of a name (or id), or undefined. */
export async function findStack(
  client: CloudFormationClient,
  name: string,
): Promise<StandingStack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const [stack] = Stacks ?? [];
    return stack === undefined ? undefined : standing(stack);
  } catch (error) {
    // CloudFormation has no error of its own for it.
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

function standing(stack: Stack): StandingStack {
  const pairs = (list: readonly (readonly [string | undefined, string | undefined])[]) =>
    Object.fromEntries(list.map(([key, value]) => [key ?? "", value ?? ""]));
  return {
    id: stack.StackId ?? "",
    status: stack.StackStatus ?? "",
    statusReason: stack.StackStatusReason,
    parameters: pairs((stack.Parameters ?? []).map((one) => [one.ParameterKey, one.ParameterValue])),
    outputs: pairs((stack.Outputs ?? []).map((one) => [one.OutputKey, one.OutputValue])),
    tags: pairs((stack.Tags ?? []).map((one) => [one.Key, one.Value])),
  };
}

/**
 * What can be done with the stack of a name. Throws a UserError when somebody is at it, or when it is in a state that
 * only its owner can lead it out of.
 */
export async function standingOf(client: CloudFormationClient, name: string): Promise<Standing> {
  const stack = await findStack(client, name);
  if (stack === undefined || stack.status === "DELETE_COMPLETE") return { kind: "none" };
  switch (stack.status) {
    case "REVIEW_IN_PROGRESS":
      return { kind: "shell", stack };
    case "ROLLBACK_COMPLETE":
    case "ROLLBACK_FAILED":
    case "CREATE_FAILED":
    case "DELETE_FAILED":
      return { kind: "remains", stack };
    case "CREATE_COMPLETE":
    case "UPDATE_COMPLETE":
    case "UPDATE_ROLLBACK_COMPLETE":
    case "IMPORT_COMPLETE":
    case "IMPORT_ROLLBACK_COMPLETE":
      return { kind: "stands", stack };
    case "UPDATE_ROLLBACK_FAILED":
    case "UPDATE_FAILED":
      throw new UserError({
        code: "stack-needs-rollback",
        message: `Stack ${name}: a change failed and could not be taken back (${stack.status}${stack.statusReason === undefined ? "" : `: ${stack.statusReason}`}).`,
        hint: `Mend what stands in the reason, then run aws cloudformation continue-update-rollback --stack-name ${name}.`,
      });
    default:
      throw new UserError({
        code: "stack-busy",
        message: `Stack ${name}: something is being done to it just now (${stack.status}).`,
        hint: `Wait until it has ended: aws cloudformation describe-stack-events --stack-name ${name} shows what happens.`,
      });
  }
}

/** The template that a stack was last made from. */
export async function standingTemplate(
  client: CloudFormationClient,
  stack: StandingStack,
): Promise<Template> {
  const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: stack.id }));
  return JSON.parse(TemplateBody ?? "{}") as Template;
}

/** Which variant a standing stack is; a UserError when it is not one of ours. */
export function variantOf(name: string, template: Template): Variant {
  const variant = template.Metadata?.bisonflow;
  if (variant === undefined) {
    throw new UserError({
      code: "stack-not-ours",
      message: `Stack ${name}: it was not made by bisonflow: its template does not say so.`,
      hint: "Choose another name with --name.",
    });
  }
  return variant;
}

/** The outputs of a stack that must stand; a UserError says how to make it. */
export async function stackOutputs(
  access: AwsAccess,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  const found = await standingOf(cloudFormation(access), name);
  if (found.kind === "stands") return found.stack.outputs;
  throw new UserError({
    code: "stack-not-found",
    message: `Stack ${name}: there is none in ${access.region}${found.kind === "none" ? "" : ` (what is left of it: ${found.stack.status})`}.`,
    hint: `Make it with \`bisonflow aws up --name ${name}\`, or name another with --name and --region.`,
  });
}
