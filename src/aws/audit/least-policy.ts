import type { UsedAction } from "./audit.ts";
import { type Evidence, together } from "./evidence.ts";

/** A statement of a policy as IAM takes it. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A policy document. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** A statement with what it is there for; the evidence stands beside the policy, for IAM takes no comments. */
export interface Reasoned {
  readonly statement: Statement;
  readonly evidence: Evidence;
  readonly denied: number;
  readonly guessed: number;
}

type Conditions = NonNullable<Statement["Condition"]>;

interface Group {
  readonly actions: UsedAction[];
  readonly resources: readonly string[];
  readonly condition: Conditions | undefined;
}

/**
 * The statements that allow these actions on these resources and nothing else, those with the same resources
 * together, in a fixed order.
 */
export function leastStatements(actions: readonly UsedAction[]): Reasoned[] {
  const groups = new Map<string, Group>();
  for (const group of [
    ...withOneCondition(actions),
    ...actions.filter((one) => !isTagOnCreate(one)).map(alone),
  ]) {
    const [first] = group.actions;
    const service = first?.action.split(":")[0];
    const key = JSON.stringify([service, group.resources, group.condition ?? null]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, group);
    else known.actions.push(...group.actions);
  }
  const named = [...groups.values()]
    .map((group) => ({ group, sid: sidOf(group) }))
    .sort((a, b) => compare(a.sid, b.sid) || compare(a.group.resources.join(), b.group.resources.join()));
  const taken = new Map<string, number>();
  return named.map(({ group, sid }) => {
    const times = (taken.get(sid) ?? 0) + 1;
    taken.set(sid, times);
    return {
      statement: {
        Sid: times === 1 ? sid : `${sid}${times}`,
        Effect: "Allow",
        Action: [...new Set(group.actions.map(({ action }) => action))].sort(),
        Resource: group.resources,
        ...(group.condition === undefined ? {} : { Condition: group.condition }),
      },
      evidence: together(group.actions.map(({ evidence }) => evidence)),
      denied: group.actions.reduce((sum, { denied }) => sum + denied.events, 0),
      guessed: group.actions.reduce((sum, { guessed }) => sum + guessed, 0),
    };
  });
}

function alone(one: UsedAction): Group {
  return { actions: [one], resources: one.resources, condition: one.condition };
}

function isTagOnCreate({ action, condition }: UsedAction): boolean {
  return action === "ec2:CreateTags" && condition !== undefined;
}

/** Tags set while something is made: one statement for all that was made, not one for each kind. */
function withOneCondition(actions: readonly UsedAction[]): Group[] {
  const tags = actions.filter(isTagOnCreate);
  if (tags.length === 0) return [];
  const makers = tags.flatMap(({ condition }) => Object.values(condition?.StringEquals ?? {})).sort();
  const only = makers.length === 1 ? makers[0] : makers;
  return [
    {
      actions: tags,
      resources: [...new Set(tags.flatMap(({ resources }) => resources))].sort(),
      condition: { StringEquals: { "ec2:CreateAction": only ?? [] } },
    },
  ];
}

/** `S3ReadWriteObject`, `GlueReadDatabaseTable`, `PassRoleToGlue`: letters and figures alone, as IAM wants. */
function sidOf({ actions, resources, condition }: Group): string {
  const [first] = actions;
  if (first === undefined) return "";
  const passedTo = condition?.StringEquals?.["iam:PassedToService"];
  if (typeof passedTo === "string") return `PassRoleTo${camel(passedTo.replace(/\.amazonaws\.com.*$/, ""))}`;
  const levels = new Set(actions.flatMap(({ access }) => access.split(", ")));
  const reads = levels.has("Read") || levels.has("List");
  const writes = levels.has("Write") || levels.has("Permissions management");
  const verb = reads && writes ? "ReadWrite" : reads ? "Read" : writes ? "Write" : "Tag";
  return `${camel(first.action.split(":")[0] ?? "")}${levels.has("Tagging") && !reads ? "Tag" : verb}${nounOf(actions, resources)}`;
}

function nounOf(actions: readonly UsedAction[], resources: readonly string[]): string {
  if (resources.includes("*")) return "Any";
  const types = new Set<string>();
  for (const { types: own } of actions) {
    for (const { format } of own)
      if (resources.some((arn) => format.fits(arn))) types.add(camel(format.type));
  }
  const nouns = [...types].sort();
  return nouns.length > 3 ? `${nouns.slice(0, 2).join("")}Etc` : nouns.join("");
}

function camel(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
