import { bug } from "../../trouble/index.ts";
import { type ChangeInWords, kindInWords } from "./change-words.ts";
import type { Template } from "./template.ts";

/**
 * What a template makes from nothing, for given values of its parameters: for a stack of which CloudFormation takes no
 * change set, since an earlier attempt's record is in the way.
 */
export function madeResources(template: Template, values: Readonly<Record<string, string>>): ChangeInWords[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Condition }]) => {
    if (Condition !== undefined && evaluate(template.Conditions?.[Condition], values) !== true) return [];
    return [
      {
        fate: "made" as const,
        logicalId,
        what: kindInWords(Type),
        type: Type,
        physicalId: undefined,
        properties: [],
        note: undefined,
      },
    ];
  });
}

/** CloudFormation's functions, as far as our conditions use them. Lists are texts with commas, as given. */
function evaluate(expression: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof expression !== "object" || expression === null) return expression;
  const [[name, argument] = ["", undefined]] = Object.entries(expression);
  const items = Array.isArray(argument) ? argument : [argument];
  switch (name) {
    case "Ref":
      return values[String(argument)] ?? "";
    case "Fn::Equals":
      return String(evaluate(items[0], values)) === String(evaluate(items[1], values));
    case "Fn::Not":
      return evaluate(items[0], values) !== true;
    case "Fn::Join":
      return String(evaluate(items[1], values)).split(",").join(String(items[0]));
    default:
      return bug(`a condition with ${name}, which is not evaluated here`);
  }
}
