import { z } from "zod";
import { UserError } from "../../trouble/index.ts";

/** Where a password comes from: a reference, never the password. */
export type SecretReference =
  | { readonly from: "env"; readonly variable: string }
  | { readonly from: "secretsmanager"; readonly id: string }
  | { readonly from: "prompt" }
  | { readonly from: "passfile"; readonly path?: string | undefined };

const patterns = {
  env: /^env:([A-Za-z_][A-Za-z0-9_]*)$/,
  secretsmanager:
    /^secretsmanager:(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+|[\w/+=.@-]{1,512})$/,
  passfile: /^passfile(?::(.+))?$/i,
};

/**
 * Reads `env:VARIABLE`, `secretsmanager:ARN` (or a secret's name), `prompt`, `passfile` or `passfile:FILE`.
 * Anything else is a UserError `secret-reference-invalid` that does not repeat it: it may be the password itself.
 *
 * @example
 * ```ts
 * import { parseSecretReference } from "bisonflow/database";
 * console.log(parseSecretReference("env:BISON_PASSWORD")); // { from: 'env', variable: 'BISON_PASSWORD' }
 * ```
 */
export function parseSecretReference(text: string): SecretReference {
  const variable = patterns.env.exec(text)?.[1];
  if (variable !== undefined) return { from: "env", variable };
  const id = patterns.secretsmanager.exec(text)?.[1];
  if (id !== undefined) return { from: "secretsmanager", id };
  if (text === "prompt") return { from: "prompt" };
  const file = patterns.passfile.exec(text);
  if (file !== null) return { from: "passfile", path: file[1] };
  throw new UserError({
    code: "secret-reference-invalid",
    message:
      "The secret is no reference: env:VARIABLE, secretsmanager:ARN, prompt, passfile or passfile:FILE was expected. (It is not repeated here: it may be the password.)",
    hint: "A password itself is never stored. Put it in a variable, Secrets Manager or ~/.pgpass, and name that.",
  });
}

/** The reference as it is written in a connection's file. */
export const secretReferenceText = z.string().refine(
  (text) => {
    try {
      parseSecretReference(text);
      return true;
    } catch {
      return false;
    }
  },
  { message: "a reference to a secret was expected" },
);
