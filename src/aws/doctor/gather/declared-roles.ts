import { readManagedPolicy } from "../../iam/index.ts";
import {
  fillValue,
  findStack,
  holdersOf,
  type Places,
  type StandingStack,
  stackTemplate,
  standingTemplate,
  type Template,
  variants,
} from "../../stack/index.ts";
import type { DeclaredRole, NamedPolicy, PoliciesFact } from "../facts/account-facts.ts";
import { statementsOf } from "../policy/document.ts";
import { somewhere } from "../policy/evaluate.ts";
import type { ScopedStack, StackResource } from "../scope.ts";
import { type FactReader, isNotFound } from "./fact-reader.ts";

/** A role that is part of a stack. */
export interface StackRole {
  /** Its name in the account. */
  readonly role: string;
  /** The service that takes it: `states.amazonaws.com`. */
  readonly service: string;
  readonly usedBy: string;
  readonly declared: DeclaredRole;
}

/** Works out what a stack declares for its roles; nothing for a stack that bisonflow did not make. */
export async function gatherDeclaredRoles(
  reader: FactReader,
  { name, resources }: ScopedStack,
): Promise<StackRole[]> {
  const found = await reader.attempt("roleUses", () => readStack(reader, name), {
    id: `roles of stack ${name}`,
    missingAction: "cloudformation:GetTemplate",
  });
  if (found === undefined) return [];
  const { stack, before, now } = found;
  const places = placesIn(stack, { resources, template: now });
  const managed = await managedPolicies(reader, [now, before], places);
  return holdersOf(now).flatMap(({ name: part, who }) => {
    const role = resources.find((one) => one.name === part && one.type === "AWS::IAM::Role")?.id;
    // An older stack may be without.
    if (role === undefined) return [];
    const { AssumeRolePolicyDocument: trust } = propertiesOf(now, part, places);
    const [service] = statementsOf(trust).flatMap(({ principals }) => principals?.byKind.Service ?? []);
    const policies = (template: Template): PoliciesFact =>
      declaredPolicies(template, { part, places, managed });
    return service === undefined
      ? []
      : [
          {
            role,
            service,
            usedBy: `${who.split(/[,:]/)[0]} of stack ${name}`,
            declared: { stack: name, policies: policies(now), standing: policies(before), trust },
          },
        ];
  });
}

/** A stack of ours, the template that it was last made from, and the one that this bisonflow carries for it. */
async function readStack(
  { clients: { cloudformation } }: FactReader,
  name: string,
): Promise<{ stack: StandingStack; before: Template; now: Template } | undefined> {
  const stack = await findStack(cloudformation, name);
  if (stack === undefined) return undefined;
  const before = await standingTemplate(cloudformation, stack).catch((error: unknown) => {
    // A template in YAML is nobody's of ours.
    if (error instanceof SyntaxError && !("$metadata" in error)) return undefined;
    throw error;
  });
  const ours = before?.Metadata?.bisonflow;
  const variant = variants.find(
    ({ network, database }) => network === ours?.network && database === ours?.database,
  );
  if (before === undefined || variant === undefined) return undefined;
  return { stack, before, now: stackTemplate(variant) };
}

interface RoleProperties {
  readonly AssumeRolePolicyDocument?: unknown;
  readonly Policies?: readonly { readonly PolicyName: string; readonly PolicyDocument: unknown }[];
  readonly ManagedPolicyArns?: readonly string[];
}

function propertiesOf(template: Template, part: string, places: Places): RoleProperties {
  return fillValue(template.Resources[part]?.Properties ?? {}, places) as RoleProperties;
}

function declaredPolicies(
  template: Template,
  what: { part: string; places: Places; managed: ReadonlyMap<string, NamedPolicy> },
): PoliciesFact {
  const { part, places, managed } = what;
  const { Policies = [], ManagedPolicyArns = [] } = propertiesOf(template, part, places);
  return {
    id: `declared/${part}`,
    inline: Policies.map(({ PolicyName, PolicyDocument }) => ({
      name: PolicyName,
      document: PolicyDocument,
    })),
    attached: ManagedPolicyArns.flatMap((arn) => managed.get(arn) ?? []),
    boundary: undefined,
  };
}

/** AWS's own policies that templates name, as they are in force. */
async function managedPolicies(
  reader: FactReader,
  templates: readonly Template[],
  places: Places,
): Promise<Map<string, NamedPolicy>> {
  const arns = templates.flatMap((template) =>
    Object.keys(template.Resources).flatMap((part) =>
      template.Resources[part]?.Type === "AWS::IAM::Role"
        ? (propertiesOf(template, part, places).ManagedPolicyArns ?? [])
        : [],
    ),
  );
  const policies = new Map<string, NamedPolicy>();
  for (const arn of new Set(arns)) {
    const read = async (): Promise<NamedPolicy | undefined> => {
      try {
        return await readManagedPolicy(reader.clients.iam, arn);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    };
    const policy = await reader.attempt("roleUses", read, {
      id: `what ${arn} allows`,
      missingAction: "iam:GetPolicy",
    });
    if (policy !== undefined) policies.set(arn, policy);
  }
  return policies;
}

/** What references stand for in a stack; what is not known of it is `somewhere`. */
function placesIn(
  stack: StandingStack,
  { resources, template }: { resources: readonly StackResource[]; template: Template },
): Places {
  // arn:aws:cloudformation:us-east-1:123456789012:stack/bisonflow/…
  const [, partition = "aws", , region = "", account = "", path = ""] = stack.id.split(":");
  const pseudo: Readonly<Record<string, string>> = {
    "AWS::Partition": partition,
    "AWS::Region": region,
    "AWS::AccountId": account,
    "AWS::StackName": path.split("/")[1] ?? "",
  };
  const find = (name: string): StackResource | undefined => resources.find((one) => one.name === name);
  const arnOf = (resource: string): string | undefined => {
    const { type, id } = find(resource) ?? {};
    if (type === "AWS::S3::Bucket") return `arn:${partition}:s3:::${id}`;
    if (type === "AWS::ECR::Repository") return `arn:${partition}:ecr:${region}:${account}:repository/${id}`;
    return undefined;
  };
  /** What the stack says of itself. */
  const output = (resource: string, attribute: string): string | undefined => {
    const value = JSON.stringify({ "Fn::GetAtt": [resource, attribute] });
    const named = Object.entries(template.Outputs ?? {}).find(
      ([, one]) => JSON.stringify(one.Value) === value,
    );
    return stack.outputs[named?.[0] ?? ""];
  };
  return {
    ref: (name) => pseudo[name] ?? stack.parameters[name] ?? find(name)?.id ?? somewhere,
    attribute: (resource, attribute) =>
      (attribute === "Arn" ? arnOf(resource) : undefined) ?? output(resource, attribute) ?? somewhere,
  };
}
