import { operationActions } from "./operation-actions.ts";

/** IAM's prefix where it is not the SDK's name of the service in lower case without blanks. */
const prefixes: Readonly<Record<string, string>> = {
  CloudWatch: "cloudwatch",
  "CloudWatch Logs": "logs",
  SFN: "states",
  "Resource Groups Tagging API": "tag",
  "Cost Explorer": "ce",
};

/** IAM's prefix for a service as the SDK names it: `logs` for `CloudWatch Logs`. */
export function iamPrefix(service: string): string {
  return prefixes[service] ?? service.toLowerCase().replaceAll(" ", "");
}

/**
 * The IAM actions that an operation needs, the first the one that a refusal is about. Empty for those that
 * everybody may call.
 *
 * @example
 * ```ts
 * import { iamActions } from "bisonflow/aws";
 * console.log(iamActions("S3", "UploadPart")); // [ 's3:PutObject' ]
 * ```
 */
export function iamActions(service: string, operation: string): readonly string[] {
  const prefix = iamPrefix(service);
  return operationActions[prefix]?.[operation] ?? [`${prefix}:${operation}`];
}
