import { fillValue } from "./fill-value.ts";
import { operatorActions, type RoleName, roles } from "./roles.ts";
import type { Template } from "./template.ts";

/** One action that somebody may do in a stack. */
export interface Right {
  /** Logical name of the role or policy. */
  readonly holder: string;
  readonly action: string;
  /** What it may be done to, in words: `Bucket/*`, `job-queue/NAME`, `anything`. */
  readonly on: string;
  /** What bisonflow does with it, as the adapter declares it; undefined for AWS's own policies. */
  readonly why: string | undefined;
}

/** Who holds rights in a stack, and through what. */
export interface Holder {
  readonly name: string;
  /** Ends the sentence "granted to …". */
  readonly who: string;
}

interface Statement {
  /** The kinds of resources that it is about, as infra/ names it. */
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
}

/** The roles and policies of a template, in the order in which they stand. */
export function holdersOf(template: Template): Holder[] {
  return Object.entries(template.Resources).flatMap(([name, { Type }]) => {
    if (Type === "AWS::IAM::ManagedPolicy")
      return [{ name, who: "whoever you attach it to: a user, a group, a role" }];
    if (Type !== "AWS::IAM::Role") return [];
    const declared = roles[name as RoleName];
    return [{ name, who: declared?.takenBy ?? "the machines of Batch" }];
  });
}

/**
 * Every right that a template grants, one for an action and what it may be done to. `values` of parameters are put in
 * their places.
 */
export function rightsOf(template: Template, values: Readonly<Record<string, string>> = {}): Right[] {
  const rights: Right[] = [];
  const words = (value: unknown): string => inWords(value, values);
  for (const [holder, { Type, Properties = {} }] of Object.entries(template.Resources)) {
    if (Type !== "AWS::IAM::Role" && Type !== "AWS::IAM::ManagedPolicy") continue;
    for (const arn of list(Properties.ManagedPolicyArns))
      rights.push({
        holder,
        action: `all of AWS's own policy ${words(arn).split("/").at(-1)}`,
        on: "anything",
        why: undefined,
      });
    const documents = [
      ...list(Properties.Policies).map((one) => (one as { PolicyDocument?: unknown }).PolicyDocument),
      Properties.PolicyDocument,
    ];
    for (const document of documents) {
      for (const { Sid, Effect, Action, Resource } of list(
        (document as { Statement?: unknown })?.Statement,
      ) as Statement[]) {
        if (Effect !== "Allow") continue;
        for (const action of list(Action))
          for (const resource of list(Resource))
            rights.push({
              holder,
              action: String(action),
              on: words(resource),
              why: whyOf({ holder, action: String(action), sid: Sid ?? "" }),
            });
      }
    }
  }
  return rights;
}

/** Rights that are new in `after`, and those that are gone. */
export function rightsDifference(
  before: readonly Right[],
  after: readonly Right[],
): { readonly granted: readonly Right[]; readonly withdrawn: readonly Right[] } {
  const key = ({ holder, action, on }: Right): string => `${holder}\n${action}\n${on}`;
  const had = new Set(before.map(key));
  const has = new Set(after.map(key));
  return {
    granted: after.filter((right) => !had.has(key(right))),
    withdrawn: before.filter((right) => !has.has(key(right))),
  };
}

function whyOf({ holder, action, sid }: { holder: string; action: string; sid: string }): string | undefined {
  const declared = holder === "OperatorPolicy" ? operatorActions : roles[holder as RoleName]?.actions;
  const same = (declared ?? []).filter((one) => one.action === action);
  // The same action may be needed on two kinds of things for two reasons.
  const kind = sid.toLowerCase();
  return (same.find(({ on }) => on.replaceAll("-", "") === kind) ?? same[0])?.why;
}

/** A value of a template as people read it: the logical names of resources, `NAME` for the stack's. */
function inWords(value: unknown, values: Readonly<Record<string, string>>): string {
  if (value === "*") return "anything";
  const filled = fillValue(value, {
    ref: (name) => pseudo[name] ?? values[name] ?? name,
    attribute: (resource) => resource,
  });
  const text = typeof filled === "string" ? filled : JSON.stringify(filled);
  // Of this account and region, as everything here is.
  return text.replace(/^arn:aws:(s3:::|[a-z0-9]+:REGION:ACCOUNT:)/, "");
}

const pseudo: Readonly<Record<string, string>> = {
  "AWS::Partition": "aws",
  "AWS::Region": "REGION",
  "AWS::AccountId": "ACCOUNT",
  "AWS::StackName": "NAME",
};

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
