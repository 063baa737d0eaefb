import { z } from "zod";
import { UserError } from "../../trouble/index.ts";

const texts = z
  .union([z.string(), z.array(z.string())])
  .transform((one) => (typeof one === "string" ? [one] : one));

// Policies that people wrote: what is not looked at may stand there (Principal, Id).
const statementSchema = z
  .looseObject({
    Sid: z.string().optional(),
    Effect: z.enum(["Allow", "Deny"]),
    Action: texts.optional(),
    NotAction: texts.optional(),
    Resource: texts.optional(),
    NotResource: texts.optional(),
    Condition: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined), {
    message: "expected either Action or NotAction",
  });
const policySchema = z.looseObject({
  Statement: z
    .union([statementSchema, z.array(statementSchema)])
    .transform((one) => (Array.isArray(one) ? one : [one])),
});

/** A statement of a policy that somebody has; lists are always lists. */
export type GrantStatement = z.output<typeof statementSchema>;

/** A policy that a role or user has, and where it is from. */
export interface Grant {
  /** `AmazonS3ReadOnlyAccess`, `inline write-out`, a file's name. */
  readonly name: string;
  readonly statements: readonly GrantStatement[];
}

/**
 * Reads the policies in a JSON value: a document, a list of them, or what `aws iam get-policy-version`,
 * `get-role-policy` and `get-account-authorization-details` print around one.
 */
export function parsePolicies(value: unknown, name: string): Grant[] {
  if (Array.isArray(value)) return value.flatMap((one, i) => parsePolicies(one, `${name} ${i + 1}`));
  if (typeof value === "string") return parsePolicies(fromText(value, name), name);
  const wrapped = z
    .looseObject({
      PolicyDocument: z.unknown().optional(),
      PolicyVersion: z.looseObject({ Document: z.unknown().optional() }).optional(),
      PolicyName: z.string().optional(),
    })
    .safeParse(value);
  const inner = wrapped.data?.PolicyDocument ?? wrapped.data?.PolicyVersion?.Document;
  if (inner !== undefined) return parsePolicies(inner, wrapped.data?.PolicyName ?? name);
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) throw notAPolicy(name, z.prettifyError(parsed.error));
  return [{ name, statements: parsed.data.Statement }];
}

function fromText(text: string, name: string): unknown {
  // IAM's own answers hold documents with % codes.
  try {
    const decoded = text.trimStart().startsWith("%") ? decodeURIComponent(text) : text;
    return JSON.parse(decoded);
  } catch (error) {
    throw notAPolicy(name, error instanceof Error ? error.message : "not JSON");
  }
}

function notAPolicy(name: string, why: string): UserError {
  return new UserError({
    code: "policy-not-readable",
    message: `${name}: no policy document of IAM: ${why}`,
    hint: "Give the JSON of a policy, or what `aws iam get-role-policy` or `get-policy-version` prints.",
  });
}
