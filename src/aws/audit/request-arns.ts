import type { ArnFormat } from "./arn-format.ts";
import type { ActionFacts } from "./iam-facts.ts";
import type { LogEvent } from "./log-event.ts";
import { nameMembers } from "./name-members.ts";
import type { RequestFields } from "./request-fields.ts";

/** What is known of where a call was made, for the parts of an ARN that no request names. */
export interface Place {
  readonly Partition: string;
  readonly Region: string | undefined;
  readonly Account: string | undefined;
}

/** The ARNs that an action was used on, and whether they are less exact than the call was. */
export interface UsedOn {
  readonly arns: readonly string[];
  /** The request did not say which resource: hidden, left out, or in words that are not known here. */
  readonly isGuess: boolean;
  /** Failed without a word of what it was about: the resources count only where no other call names any. */
  readonly isLastResort: boolean;
}

const everything: UsedOn = { arns: ["*"], isGuess: false, isLastResort: false };
/** Resources that are made on the way, though no request names them. */
const madeOnTheWay: Readonly<Record<string, string>> = { "ec2:RunInstances": "volume" };
/** Glue looks at the catalog, the database and the table of one call, and so do EC2 and Batch at all that is named. */
const needAll = new Set(["glue", "ec2", "batch"]);
/** An action with more kinds of resource than this takes one of them at a time. */
const mostTogether = 4;

interface Candidate {
  readonly format: ArnFormat;
  readonly required: boolean;
  readonly arns: readonly string[];
  /** How many of the parts are known. */
  readonly known: number;
}

/** The resources of one action of a call, as ARNs that fit the action's resource types. */
export function usedOn(options: {
  readonly facts: ActionFacts;
  readonly event: LogEvent;
  readonly fields: RequestFields;
  readonly place: Place;
  /** More ARNs that the call is about, from an error's message for example. */
  readonly also?: readonly string[];
}): UsedOn {
  const { facts, event, fields, place, also = [] } = options;
  if (facts.types.length === 0) return everything;
  const named = [...also, ...event.resources, ...fields.arns.map(({ arn }) => arn)];
  const onTheWay = madeOnTheWay[facts.action];
  const types = typesOf({ facts, event, fields });
  const candidates = types.map(({ format, required }): Candidate => {
    const fitting = named.filter((arn) => format.fits(arn));
    if (fitting.length > 0 && format.parts.length > 0) {
      return { format, required, arns: [...new Set(fitting)], known: format.parts.length };
    }
    return {
      format,
      required: required || format.type === onTheWay,
      ...filled({ format, facts, event, fields, place }),
    };
  });
  const chosen = choose(candidates, facts);
  if (chosen.length === 0) {
    const needed = candidates.filter(({ required }) => required);
    const few = needed.length > 0 && needed.length <= mostTogether;
    // Asked without naming any: of all there are.
    const arns = few ? needed.map(({ format }) => format.fill({ ...place })) : ["*"];
    const isLastResort = event.errorCode !== undefined && (event.parameters ?? null) === null;
    return { arns, isGuess: fields.isIncomplete, isLastResort };
  }
  return {
    arns: [...new Set(chosen.flatMap(({ arns }) => arns))],
    isGuess: chosen.some(({ known, format }) => known < format.parts.length) && fields.isIncomplete,
    isLastResort: false,
  };
}

/** The types that an action may be about in this call: tags of Systems Manager are set by kind and id. */
function typesOf(options: {
  facts: ActionFacts;
  event: LogEvent;
  fields: RequestFields;
}): ActionFacts["types"] {
  const { facts, event, fields } = options;
  if (!/^ssm:(AddTagsTo|RemoveTagsFrom|ListTagsFor)Resource$/.test(facts.action)) return facts.types;
  const kind = event.name === "PutParameter" ? "parameter" : fields.of("resourcetype")[0]?.toLowerCase();
  const only = facts.types.filter(({ format }) => format.type.replace(/[^a-z]/g, "") === kind);
  return only.length > 0 ? only : facts.types;
}

function choose(candidates: readonly Candidate[], facts: ActionFacts): Candidate[] {
  const isKnown = ({ known, format }: Candidate): boolean => known === format.parts.length;
  const required = candidates.filter((one) => one.required);
  const optional = candidates.filter((one) => !one.required);
  const service = facts.action.split(":")[0] ?? "";
  if (required.length > 0) {
    const found = required.filter(({ known, format }) => known > 0 || format.parts.length === 0);
    const others = optional.filter((one) => isKnown(one) && one.format.parts.length > 0);
    const isWrite = facts.access.includes("Write") && !facts.access.includes("Tagging");
    const together = needAll.has(service) || (required.length <= mostTogether && isWrite);
    const all = together && (found.length > 0 || others.length > 0) ? required : found;
    return [...all, ...others];
  }
  const known = optional.filter((one) => isKnown(one) && one.format.parts.length > 0);
  if (known.length > 0) return mostExact(known);
  const most = Math.max(0, ...optional.map((one) => one.known));
  return most === 0 ? [] : optional.filter((one) => one.known === most).slice(0, 1);
}

/** Of an object and the bucket that it lies in, both named, the object. */
function mostExact(candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(
    ({ format }) =>
      !candidates.some(
        (other) => other.format !== format && other.format.template.startsWith(`${format.template}/`),
      ),
  );
}

function filled(options: {
  format: ArnFormat;
  facts: ActionFacts;
  event: LogEvent;
  fields: RequestFields;
  place: Place;
}): { arns: readonly string[]; known: number } {
  const { format, facts, event, fields, place } = options;
  const [service = "", action = ""] = facts.action.split(":");
  const values: Record<string, string | undefined> = { ...place };
  let known = 0;
  let several: { part: string; names: readonly string[] } | undefined;
  for (const part of format.parts) {
    const names = namesOf({ service, action, part, format, event, fields });
    if (names.length === 0) continue;
    known += 1;
    values[part] = names[0];
    if (names.length > 1) several = { part, names };
  }
  if (known === 0) return { arns: [format.fill(values)], known };
  if (several === undefined) return { arns: [format.fill(values)], known };
  const { part, names } = several;
  return { arns: names.map((name) => format.fill({ ...values, [part]: name })), known };
}

function namesOf(options: {
  service: string;
  action: string;
  part: string;
  format: ArnFormat;
  event: LogEvent;
  fields: RequestFields;
}): readonly string[] {
  const { service, action, part, format, event, fields } = options;
  const own = nameMembers[service]?.[part];
  const lower = part.toLowerCase();
  const base = lower.replace(/(name|id|identifier|arn)$/, "");
  const keys = [
    ...(own ?? []),
    lower,
    `${base}name`,
    `${base}id`,
    `${base}identifier`,
    `${base}names`,
    `${base}ids`,
  ];
  if (base !== "") keys.push(base);
  const type = format.type.toLowerCase().replace(/[^a-z]/g, "");
  keys.push(`${type}.name`, `${type}input.name`, `${type}.id`);
  // `GetTable` names the table with `name`, and the database with `databaseName`.
  if (part.toLowerCase().startsWith(type) && action.toLowerCase().includes(type)) {
    const isId = lower.endsWith("id");
    keys.push(...(isId ? ["id", "identifier", "ids"] : ["name", "id", "identifier", "names"]));
  }
  const found = fields.of(...keys).filter((value) => !value.startsWith("arn:"));
  if (found.length > 0) return found.map((value) => spelled({ service, part, value, event, fields }));
  // IAM's own calls on users mean the caller where none is named.
  if (service === "iam" && part === "UserNameWithPath" && event.identity?.arn?.includes(":user/")) {
    return [event.identity.arn.slice(event.identity.arn.indexOf(":user/") + 6)];
  }
  return [];
}

/** A name as ARNs have it. */
function spelled(options: {
  service: string;
  part: string;
  value: string;
  event: LogEvent;
  fields: RequestFields;
}): string {
  const { service, part, value, event, fields } = options;
  switch (`${service} ${part}`) {
    case "ssm ParameterNameWithoutLeadingSlash":
      return value.replace(/^\//, "") + (event.name === "GetParametersByPath" ? "/*" : "");
    // Secrets Manager adds six characters to a name.
    case "secretsmanager SecretId":
      return `${value}-??????`;
    case "sqs QueueName":
      return value.slice(value.lastIndexOf("/") + 1);
    case "route53 Id":
      return value.slice(value.lastIndexOf("/") + 1);
    case "kms Alias":
      return value.replace(/^alias\//, "");
    // Policies name keys, not their aliases.
    case "kms KeyId":
      return value.startsWith("alias/") ? "*" : value;
  }
  if (service === "iam" && part.endsWith("WithPath")) {
    const [path = "/"] = fields.of("path");
    return event.name.startsWith("Create") ? path.slice(1) + value : value;
  }
  return value;
}
