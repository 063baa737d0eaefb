import type { CloudFormationClient, Parameter, Tag } from "@aws-sdk/client-cloudformation";
import { UserError } from "../../trouble/index.ts";
import type { AwsAccess } from "../client/index.ts";
import { chosenParameters, type StackChoices } from "./choices.ts";
import { findNetwork } from "./find-network.ts";
import { type Standing, standingTemplate, variantOf } from "./stack-state.ts";
import { stackTemplate, type Template } from "./template.ts";
import type { Variant } from "./variant.ts";

/** CloudFormation takes no longer template by itself; a longer one would have to lie in a bucket first. */
export const LONGEST_TEMPLATE_BYTES = 51_200;

/** What a stack is meant to become. */
export interface IntendedStack {
  readonly name: string;
  readonly variant: Variant;
  readonly template: Template;
  /** As CloudFormation gets it. */
  readonly body: string;
  readonly parameters: readonly Parameter[];
  /** Every parameter with the value that it will have. */
  readonly values: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  /** The template that stands, when there is one. */
  readonly before: Template | undefined;
}

/**
 * Works out what a stack is meant to become: what was chosen, else what stands, else the template's defaults. A
 * VPC cannot be exchanged under a stack that stands: everything in it would have to go first.
 */
export async function intendedStack(
  choices: StackChoices,
  options: { access: AwsAccess; client: CloudFormationClient; standing: Standing },
): Promise<IntendedStack> {
  const { access, client, standing } = options;
  const stack = standing.kind === "stands" ? standing.stack : undefined;
  const before = stack === undefined ? undefined : await standingTemplate(client, stack);
  const old = before === undefined ? undefined : variantOf(choices.name, before);
  const variant: Variant = {
    network: choices.vpc === undefined ? (old?.network ?? "new") : choices.vpc === "new" ? "new" : "existing",
    database: choices.database ?? old?.database ?? false,
  };
  if (old !== undefined && old.network !== variant.network) throw anotherVpc(choices.name);
  if (choices.subnets !== undefined && variant.network === "new") {
    throw new UserError({
      code: "stack-choice-invalid",
      message: "--subnets: the subnets of a VPC of the stack's own are its own.",
      hint: "Name an existing VPC, too: --vpc default or --vpc vpc-….",
    });
  }
  const template = stackTemplate(variant);
  const found =
    variant.network === "existing" && (choices.vpc !== undefined || choices.subnets !== undefined)
      ? await findNetwork(access, {
          vpc: choices.vpc ?? stack?.parameters.VpcId ?? "default",
          subnets: choices.subnets,
          own: undefined,
        })
      : {};
  if (stack !== undefined && found.VpcId !== undefined) {
    if (found.VpcId !== stack.parameters.VpcId) throw anotherVpc(choices.name);
    // The tables that this stack's own endpoint serves would now count as served.
    found.EndpointRouteTableIds = stack.parameters.EndpointRouteTableIds ?? "";
  }
  const chosen = { ...chosenParameters(choices), ...found };
  const unknown = Object.keys(chosen).filter((name) => template.Parameters?.[name] === undefined);
  if (unknown.length > 0) {
    throw new UserError({
      code: "stack-choice-invalid",
      message: `${unknown.join(", ")}: this stack has no database to set it for.`,
      hint: "Add --database.",
    });
  }
  const values = Object.fromEntries(
    Object.entries(template.Parameters ?? {}).map(([name, { Default }]) => [
      name,
      chosen[name] ?? stack?.parameters[name] ?? String(Default ?? ""),
    ]),
  );
  return {
    name: choices.name,
    variant,
    template,
    body: JSON.stringify(template),
    parameters: Object.keys(values).map((name) =>
      chosen[name] === undefined && stack?.parameters[name] !== undefined
        ? { ParameterKey: name, UsePreviousValue: true }
        : { ParameterKey: name, ParameterValue: values[name] },
    ),
    values,
    tags: Object.entries({ project: "bisonflow", ...stack?.tags, ...choices.tags }).map(([Key, Value]) => ({
      Key,
      Value,
    })),
    before,
  };
}

function anotherVpc(name: string): UserError {
  return new UserError({
    code: "stack-vpc-fixed",
    message: `Stack ${name}: it stands in another VPC, and everything in it would have to go with the VPC.`,
    hint: `Make a second stack in the other VPC with --name, then remove this one: bisonflow aws down --name ${name}.`,
  });
}
