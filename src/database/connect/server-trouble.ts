import { UserError } from "../../trouble/index.ts";
import { type DatabaseTarget, nameOfTarget } from "../target/target.ts";
import { outside } from "./step.ts";

/** What PostgreSQL says with an error (https://www.postgresql.org/docs/current/protocol-error-fields.html). */
export interface ServerError extends Error {
  /** SQLSTATE. */
  readonly code: string;
  /** The function that refused: the same in every language that the server may speak. */
  readonly routine?: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** Whether an error is one that the server sent. */
export function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    /^[0-9A-Z]{5}$/.test(String((error as { code?: unknown }).code)) &&
    "severity" in error
  );
}

/** A refusal at login, in words; undefined where the server means something else. The server's own words are kept. */
export function loginTrouble(
  error: ServerError,
  target: DatabaseTarget & { readonly user: string },
  options: { readonly isEncrypted: boolean; readonly origin: string },
): UserError | undefined {
  const where = nameOfTarget(target);
  const said = `The server says: ${error.message}.`;
  const make = (code: string, message: string, hint: string): UserError =>
    new UserError({ code, message: `${where}: ${message} ${said}`, hint });
  switch (error.code) {
    case "28P01":
      return make(
        "database-password-refused",
        `the password (${options.origin}) is not that of ${target.user}, or there is no such user.`,
        "Check user and password; the server does not say which is wrong. One that was just changed in Secrets Manager may not be set in the database yet.",
      );
    case "28000":
      return refusedByRule(error, target, options, make);
    case "3D000":
      return make(
        "database-not-there",
        `the login is right, and there is no database ${target.database}.`,
        "Check the name (letter case counts), or make it: CREATE DATABASE …",
      );
    case "42501":
      return make(
        "database-connect-denied",
        `${target.user} may not connect to ${target.database}.`,
        `Its owner grants it: GRANT CONNECT ON DATABASE ${target.database} TO ${target.user}`,
      );
    case "55000":
      return make(
        "database-closed-to-logins",
        `${target.database} takes no connections.`,
        "template0 and databases with ALLOW_CONNECTIONS false do not; name another.",
      );
    case "53300":
      return outside({
        code: "database-too-many-connections",
        message: `${where}: all of the server's connections are taken. ${said}`,
        hint: "Wait and try again; see who holds them in pg_stat_activity, or raise max_connections.",
      });
    case "57P03":
      return outside({
        code: "database-starting",
        message: `${where}: the server is not ready. ${said}`,
        hint: "It is starting, stopping or recovering: wait a little and try again.",
      });
    default:
      return undefined;
  }
}

function refusedByRule(
  error: ServerError,
  target: DatabaseTarget & { readonly user: string },
  options: { readonly isEncrypted: boolean },
  make: (code: string, message: string, hint: string) => UserError,
): UserError {
  if (error.routine === "InitializeSessionUserId" && /does not exist/.test(error.message)) {
    return make(
      "database-user-not-there",
      `there is no user ${target.user}.`,
      "Check the name (letter case counts), or make it: CREATE ROLE … LOGIN PASSWORD …",
    );
  }
  if (error.routine === "InitializeSessionUserId") {
    return make(
      "database-user-no-login",
      `${target.user} may not log in.`,
      `It is a group, or locked: ALTER ROLE ${target.user} LOGIN`,
    );
  }
  if (error.routine === "ClientAuthentication") {
    const tls = options.isEncrypted
      ? ""
      : " This connection is not encrypted, and the rule may ask for TLS: try sslmode=verify-full (or require).";
    const isReject = /rejects/.test(error.message);
    return make(
      isReject ? "database-hba-rejects" : "database-hba-no-entry",
      isReject
        ? "a rule of the server's pg_hba.conf rejects this."
        : "no rule of the server's pg_hba.conf admits this.",
      `Its administrator adds a line for this user, database and address: hostssl ${target.database} ${target.user} ADDRESS scram-sha-256.${tls}`,
    );
  }
  return make("database-login-refused", "the login is refused.", "Ask the server's administrator.");
}

/** A refusal of a statement, in words; undefined for what is bisonflow's own fault. */
export function statementTrouble(
  error: unknown,
  target: DatabaseTarget,
  doing: string,
): UserError | undefined {
  if (!isServerError(error)) return undefined;
  const where = nameOfTarget(target);
  const said = `The server says: ${error.message}${error.detail === undefined ? "" : ` (${error.detail})`}.`;
  const user = (code: string, hint: string): UserError =>
    new UserError({ code, message: `${where}: ${doing} is refused. ${said}`, hint, cause: error });
  const environment = (code: string, hint: string): UserError =>
    outside({ code, message: `${where}: ${doing} did not succeed. ${said}`, hint, cause: error });
  switch (error.code) {
    case "42501":
      return user(
        "database-right-missing",
        "See what is missing with `bisonflow connection test … --needs publish`, which names the GRANT.",
      );
    case "25006":
      return user(
        "database-read-only",
        "This is a standby, or default_transaction_read_only is on: use the primary (the writer endpoint).",
      );
    case "2BP01":
      return user(
        "database-object-in-use",
        "Something of others hangs on what would be replaced: drop that first, or use another schema (--schema).",
      );
    case "22P05":
      return user(
        "database-encoding",
        "The database's encoding lacks characters of the data: use a database with encoding UTF8.",
      );
    case "55P03":
      return environment(
        "database-locked",
        "Another session holds a table (a long query, an open transaction): try again when it is done; pg_stat_activity shows it.",
      );
    case "40P01":
    case "40001":
      return environment("database-conflict", "Try again.");
    case "53100":
    case "53200":
    case "53400":
      return environment("database-out-of-space", "Give the server room (disk, memory), then try again.");
    case "57P01":
    case "57P02":
    case "57P03":
    case "57014":
      return environment("database-stopped", "Nothing was changed: try again when the server is up.");
    default:
      return undefined;
  }
}
