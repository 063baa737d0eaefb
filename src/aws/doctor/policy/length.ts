/** How many characters IAM lets a policy have, white space not counted; inline ones all together. */
export const policyLimits = {
  user: 2048,
  group: 5120,
  role: 10240,
  managed: 6144,
} as const;

export type PolicyKind = keyof typeof policyLimits;

/**
 * The length that IAM counts: characters without the white space between JSON's tokens. White space inside a text
 * counts; a document that is no JSON is counted without any.
 */
export function policyLength(document: unknown): number {
  if (typeof document !== "string") return JSON.stringify(document ?? "").length;
  try {
    return JSON.stringify(JSON.parse(document)).length;
  } catch {
    return document.replace(/\s/g, "").length;
  }
}
