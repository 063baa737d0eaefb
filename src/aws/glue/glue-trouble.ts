import { ExitCode, UserError } from "../../trouble/index.ts";
import { AwsTrouble } from "../client/index.ts";

/** Whether Glue says that the thing asked for is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === "EntityNotFoundException";
}

/** Whether Glue says that somebody else was first. */
export function isThereAlready(error: unknown): boolean {
  return error instanceof Error && error.name === "AlreadyExistsException";
}

/** Whether another writer is at the same record just now: the same call may be right in a moment. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && error.name === "ConcurrentModificationException";
}

/** What Glue refuses about a record itself, in words; other errors as they are. */
export function glueTrouble(error: unknown, subject: string): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof AwsTrouble && /lake ?formation/i.test(error.message)) return guarded(error, subject);
  switch (error.name) {
    case "InvalidInputException":
    case "ValidationException":
      return new UserError({
        code: "catalog-record-invalid",
        message: `${subject}: the Glue Data Catalog takes no such record: ${error.message}`,
        hint: "Names have at most 255 characters; choose others with --database or --prefix.",
        cause: error,
      });
    case "ResourceNumberLimitExceededException":
      return new UserError({
        code: "catalog-full",
        message: `${subject}: the account's Glue Data Catalog is full: ${error.message}`,
        hint: "Remove tables or old versions that nobody needs, or ask AWS for a higher quota.",
        cause: error,
      });
    case "GlueEncryptionException":
      return new UserError({
        code: "catalog-key-refused",
        message: `${subject}: the catalog is encrypted and its key could not be used: ${error.message}`,
        hint: "Allow kms:Decrypt and kms:GenerateDataKey on the catalog's key for the role or user in use.",
        cause: error,
      });
    case "ConcurrentModificationException":
      return new UserError({
        code: "catalog-busy",
        message: `${subject}: others kept changing this record in the Glue Data Catalog: ${error.message}`,
        hint: "Run the same command again.",
        exitCode: ExitCode.environment,
        cause: error,
      });
    default:
      return error;
  }
}

/** No policy of IAM helps where Lake Formation guards a database. */
function guarded(error: AwsTrouble, subject: string): AwsTrouble {
  return new AwsTrouble({
    code: "aws-access-denied",
    message: error.message,
    hint: `Grant the role or user in use what is missing on ${subject} in Lake Formation (Permissions, Grant: CREATE_TABLE, ALTER, DROP, INSERT, SELECT), or let IAM alone decide for the database.`,
    action: error.action,
    principal: error.principal,
    cause: error.cause,
  });
}

export function noDatabase(name: string, cause?: unknown): UserError {
  return new UserError({
    code: "database-not-found",
    message: `${name}: no such database in the Glue Data Catalog.`,
    hint: "Make it first; `bisonflow crawl` does so by itself.",
    cause,
  });
}

export function noTable(database: string, name: string, cause?: unknown): UserError {
  return new UserError({
    code: "table-not-found",
    message: `${database}.${name}: no such table in the Glue Data Catalog.`,
    hint: "See what there is with `bisonflow catalog list --catalog glue`.",
    cause,
  });
}
