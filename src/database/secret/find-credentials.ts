import { userInfo } from "node:os";
import { UserError } from "../../trouble/index.ts";
import { type DatabaseTarget, nameOfTarget } from "../target/target.ts";
import { readPassFile } from "./pass-file.ts";
import { Password } from "./password.ts";
import type { SecretReference } from "./secret-reference.ts";

/** What a secret of Secrets Manager holds. */
export interface StoredSecret {
  readonly user?: string | undefined;
  readonly password: Password;
}

/** Where passwords can be had: the command line gives what it has. */
export interface SecretSources {
  /** A variable of the environment. */
  readonly variable?: ((name: string) => string | undefined) | undefined;
  /** The file of passwords used where none is named (PGPASSFILE, else ~/.pgpass). */
  readonly passFile?: string | undefined;
  /** Asks the person; undefined where nobody is there. */
  readonly ask?: ((question: string) => Promise<Password>) | undefined;
  /** Reads a secret of Secrets Manager. */
  readonly secret?: ((id: string) => Promise<StoredSecret>) | undefined;
}

/** Who logs in, and how to get the password when the server asks for one. */
export interface Credentials {
  readonly user: string;
  /** Where the password comes from, for people. */
  readonly origin: string;
  password(): Promise<Password | undefined>;
}

/**
 * Finds who logs in. A password in hand comes first, then the reference; without either, as libpq has it:
 * PGPASSWORD, the file of passwords, then a question where someone is there to answer.
 *
 * @example
 * ```ts
 * import { findCredentials, parseDatabaseUrl } from "bisonflow/database";
 * const { target } = parseDatabaseUrl("postgres://ada@db.example.org/bison");
 * const sources = { variable: (name: string) => (name === "PGPASSWORD" ? "secret" : undefined) };
 * const { user, origin } = await findCredentials(target, { sources });
 * console.log(user, origin); // ada variable PGPASSWORD
 * ```
 */
export async function findCredentials(
  target: DatabaseTarget,
  options: {
    password?: Password | undefined;
    reference?: SecretReference | undefined;
    sources: SecretSources;
  },
): Promise<Credentials> {
  const { password, reference, sources } = options;
  const variable = (name: string): string | undefined => sources.variable?.(name);
  const user = target.user ?? variable("PGUSER") ?? userInfo().username;
  if (password !== undefined) return { user, origin: "given with the call", password: async () => password };
  const ask = async (): Promise<Password | undefined> =>
    sources.ask?.(`Password of ${user} for ${nameOfTarget({ ...target, user: undefined })}`);
  switch (reference?.from) {
    case "env": {
      const value = variable(reference.variable);
      if (value === undefined || value === "") throw missingVariable(target, reference.variable);
      return { user, origin: `variable ${reference.variable}`, password: async () => new Password(value) };
    }
    case "secretsmanager": {
      if (sources.secret === undefined)
        throw new Error("Bug in bisonflow: no reader of Secrets Manager was given.");
      const secret = await sources.secret(reference.id);
      return {
        user: target.user ?? secret.user ?? user,
        origin: `Secrets Manager ${reference.id}`,
        password: async () => secret.password,
      };
    }
    case "prompt":
      if (sources.ask === undefined) {
        throw new UserError({
          code: "database-password-nobody-asked",
          message: `${nameOfTarget(target)}: the password is to be asked for, and nobody is at a terminal.`,
          hint: "Set PGPASSWORD for this call, or store the connection with --secret env:VARIABLE.",
        });
      }
      return { user, origin: "asked for", password: ask };
    case "passfile": {
      const path = reference.path ?? sources.passFile;
      const found = path === undefined ? undefined : await readPassFile(path, { ...target, user });
      if (found === undefined) {
        throw new UserError({
          code: "database-password-missing",
          message: `${nameOfTarget({ ...target, user })}: ${path ?? "~/.pgpass"} has no line that fits it.`,
          hint: `Add one: ${target.host}:${target.port}:${target.database}:${user}:PASSWORD`,
        });
      }
      return { user, origin: `file ${path}`, password: async () => found };
    }
    default: {
      const value = variable("PGPASSWORD");
      if (value !== undefined && value !== "")
        return { user, origin: "variable PGPASSWORD", password: async () => new Password(value) };
      const found =
        sources.passFile === undefined
          ? undefined
          : await readPassFile(sources.passFile, { ...target, user });
      if (found !== undefined)
        return { user, origin: `file ${sources.passFile}`, password: async () => found };
      return { user, origin: sources.ask === undefined ? "none" : "asked for", password: ask };
    }
  }
}

function missingVariable(target: DatabaseTarget, variable: string): UserError {
  return new UserError({
    code: "database-password-missing",
    message: `${nameOfTarget(target)}: its password is in the variable ${variable}, which is not set.`,
    hint: `Set it for the call: ${variable}=… bisonflow …`,
  });
}
