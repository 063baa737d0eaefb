import { operationActions } from "../client/index.ts";
import { prefixesOfSource } from "./event-source.ts";
import { type ActionFacts, actionFacts, serviceFacts } from "./iam-facts.ts";

/** The actions that an event's name stands for: none where everybody may make the call. */
export interface KnownCall {
  /** IAM's prefix of the service. */
  readonly prefix: string;
  readonly actions: readonly ActionFacts[];
}

/** A name that stands for no action that IAM has. */
export interface UnknownCall {
  readonly why: string;
}

/** `CreateFunction20150331v2`, `CreateDistribution2020_05_31`. */
const version = /(19|20)\d{2}_?[01]\d_?[0-3]\d(v\d+)?$/;

/** API Gateway's actions are the verbs of HTTP. */
const verbs: readonly (readonly [RegExp, string])[] = [
  [/^(Get|Export|List|Describe)/, "GET"],
  [/^(Create|Import|Test|Generate|Reset)/, "POST"],
  [/^(Update)/, "PATCH"],
  [/^(Put|Reimport|Tag)/, "PUT"],
  [/^(Delete|Flush|Untag)/, "DELETE"],
];

/** Finds the IAM actions of an event by its source and name. */
export async function actionsOfEvent(source: string, name: string): Promise<KnownCall | UnknownCall> {
  const prefixes = prefixesOfSource(source);
  let isService = false;
  for (const prefix of prefixes) {
    const facts = await serviceFacts(prefix);
    if (facts === undefined) continue;
    isService = true;
    const plain = name.replace(version, "");
    const listed = operationActions[prefix]?.[name] ?? operationActions[prefix]?.[plain];
    if (listed !== undefined) return { prefix, actions: await allFacts(listed) };
    const own = facts.get(name.toLowerCase()) ?? facts.get(plain.toLowerCase());
    if (own !== undefined) return { prefix, actions: [own] };
    const verb = prefix === "apigateway" ? verbs.find(([pattern]) => pattern.test(name))?.[1] : undefined;
    const byVerb = verb === undefined ? undefined : facts.get(verb.toLowerCase());
    if (byVerb !== undefined) return { prefix, actions: [byVerb] };
  }
  return isService
    ? { why: `IAM has no action ${prefixes[0]}:${name}` }
    : { why: `IAM has no service ${prefixes[0]}` };
}

async function allFacts(actions: readonly string[]): Promise<ActionFacts[]> {
  const facts = await Promise.all(actions.map(actionFacts));
  return facts.filter((one) => one !== undefined);
}
