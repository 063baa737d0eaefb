import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { Password, type StoredSecret } from "../../database/index.ts";
import { UserError } from "../../trouble/index.ts";
import { type AwsAccess, connect, type DeclaredAction } from "../client/index.ts";

/** What reading a database's secret needs. */
export const secretActions: readonly DeclaredAction[] = [
  { action: "secretsmanager:GetSecretValue", on: "secret", why: "read the password of a database" },
];

/**
 * Reads a database's password from Secrets Manager: JSON with `password` and, where the secret names it, `username`
 * (what RDS and Glue write and read), or the password alone. `id` is an ARN, whose region is the one asked, or a name.
 */
export async function readDatabaseSecret(access: AwsAccess, id: string): Promise<StoredSecret> {
  const region = /^arn:[^:]*:secretsmanager:([^:]+):/.exec(id)?.[1] ?? access.region;
  const client = connect(SecretsManagerClient, { ...access, region });
  try {
    const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    if (text === undefined || text === "") throw unreadable(id, "it holds no text");
    return parseSecret(id, text);
  } catch (error) {
    const { name } = error as Error;
    if (name === "ResourceNotFoundException") throw notThere(id, region, error);
    if (name === "InvalidRequestException") throw unreadable(id, "it is marked for deletion");
    if (name === "DecryptionFailure") throw unreadable(id, "its KMS key cannot be used");
    throw error;
  } finally {
    client.destroy();
  }
}

/** JSON as RDS and Glue write it, or the password alone. No part of it is ever repeated. */
function parseSecret(id: string, text: string): StoredSecret {
  if (!text.trimStart().startsWith("{")) return { password: new Password(text) };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(id, "it begins like JSON and is none");
  }
  const { username, password } = value as { username?: unknown; password?: unknown };
  if (typeof password !== "string" || password === "")
    throw unreadable(id, "its JSON has no text named password");
  return {
    password: new Password(password),
    ...(typeof username === "string" && username !== "" ? { user: username } : {}),
  };
}

function unreadable(id: string, seen: string): UserError {
  return new UserError({
    code: "secret-unreadable",
    message: `Secrets Manager ${id}: ${seen}; {"username": …, "password": …} or the password alone was expected.`,
    hint: "See to the secret in Secrets Manager. (What it holds is not repeated here.)",
  });
}

function notThere(id: string, region: string, cause: unknown): UserError {
  return new UserError({
    code: "secret-not-found",
    message: `Secrets Manager ${id}: no such secret in ${region}.`,
    hint: "Check the ARN or name, and the region (--region, AWS_REGION).",
    cause,
  });
}
