import type { KnownCall } from "./event-actions.ts";
import { copySource, furtherActions } from "./further-actions.ts";
import { type ActionFacts, factsAtHand } from "./iam-facts.ts";
import type { LogEvent } from "./log-event.ts";
import { passedRoles } from "./passed-roles.ts";
import { type Refusal, refusalOf } from "./refusals.ts";
import { type Place, usedOn } from "./request-arns.ts";
import { RequestFields } from "./request-fields.ts";

/** A condition of a policy statement: operator, key, value. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One action that a call needed. */
export interface Use {
  readonly facts: ActionFacts;
  readonly arns: readonly string[];
  readonly condition?: Condition;
  /** The resources are wider than the call's, for the log does not hold them. */
  readonly isGuess: boolean;
  /** The resources count only where no other call names any. */
  readonly isLastResort: boolean;
  /** The call was refused for want of this action. */
  readonly refusal?: Refusal;
}

/** IAM's facts of this service have to be read before the call can be understood. */
export interface NeedsFacts {
  readonly needs: string;
}

/**
 * The actions that a call needed, on what: those of its name, those that go with it, and iam:PassRole on the roles
 * that it passes.
 */
export function usesOf(event: LogEvent, call: KnownCall): readonly Use[] | NeedsFacts {
  const fields = new RequestFields(event.parameters);
  const place: Place = {
    Partition: event.identity?.arn?.split(":")[1] ?? partitionOf(event.region),
    Region: event.region === "" ? undefined : event.region,
    Account: event.account,
  };
  const refusal = refusalOf(event);
  const uses: Use[] = [];
  let isRefusalPlaced = refusal === undefined;
  const add = (facts: ActionFacts, more: { arns?: readonly string[]; condition?: Condition } = {}): void => {
    // Where the message names an action it is that one; else the call's own.
    const isRefused =
      refusal !== undefined &&
      (refusal.action === undefined
        ? call.actions.includes(facts)
        : refusal.action.toLowerCase() === facts.action.toLowerCase());
    if (isRefused) isRefusalPlaced = true;
    const also = isRefused && refusal.resource !== undefined ? [refusal.resource] : [];
    const on = more.arns === undefined ? usedOn({ facts, event, fields, place, also }) : undefined;
    uses.push({
      facts,
      arns: on?.arns ?? more.arns ?? [],
      isGuess: on?.isGuess ?? false,
      isLastResort: on?.isLastResort ?? false,
      ...(more.condition === undefined ? {} : { condition: more.condition }),
      ...(isRefused ? { refusal } : {}),
    });
  };

  for (const facts of call.actions) {
    const isCopied = facts.action === "s3:GetObject" && /Copy/.test(event.name);
    const source = isCopied ? copySource(fields, place) : undefined;
    add(facts, source === undefined ? {} : { arns: [source] });
  }
  for (const { action, arns, condition } of furtherActions({ prefix: call.prefix, event, fields, place })) {
    const facts = factsAtHand(action);
    if (facts === "not read") return { needs: action.split(":")[0] ?? "" };
    if (facts === undefined) continue;
    add(facts, {
      ...(arns === undefined ? {} : { arns }),
      ...(condition === undefined ? {} : { condition }),
    });
  }
  const access = call.actions[0]?.access ?? "Read";
  const passed = passedRoles({ prefix: call.prefix, access, fields, place });
  if (passed.length > 0) {
    const facts = factsAtHand("iam:PassRole");
    if (facts === "not read") return { needs: "iam" };
    for (const { arn, service } of facts === undefined ? [] : passed) {
      const condition = { StringEquals: { "iam:PassedToService": service } };
      if (facts !== undefined) add(facts, { arns: [arn], condition });
    }
  }
  if (!isRefusalPlaced && refusal?.action !== undefined) {
    // Refused for want of an action that nothing here would have thought of: AWS says which.
    const facts = factsAtHand(refusal.action);
    if (facts === "not read") return { needs: (refusal.action.split(":")[0] ?? "").toLowerCase() };
    if (facts !== undefined) add(facts, { arns: [refusal.resource ?? "*"] });
  }
  return uses;
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
