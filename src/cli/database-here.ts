import { homedir, platform } from "node:os";
import { join } from "node:path";
import {
  type ConnectionStore,
  type Credentials,
  connectionStore,
  type DatabaseTarget,
  databaseTarget,
  findCredentials,
  isConnectionName,
  Password,
  parseDatabaseUrl,
  parseSecretReference,
  type SavedConnection,
  type SecretSources,
} from "../database/index.ts";
import { ExitCode, UserError } from "../trouble/index.ts";
import { awsAccessHere } from "./aws-access.ts";

/** Where connections are stored: BISONFLOW_CONFIG, else where each system keeps a user's settings. */
export function connectionsHere(): ConnectionStore {
  const { BISONFLOW_CONFIG, XDG_CONFIG_HOME, APPDATA } = process.env;
  const folders: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(homedir(), "Library", "Application Support"),
    win32: APPDATA ?? join(homedir(), "AppData", "Roaming"),
  };
  const base = folders[platform()] ?? XDG_CONFIG_HOME ?? join(homedir(), ".config");
  return connectionStore(BISONFLOW_CONFIG ?? join(base, "bisonflow"));
}

/** A database that the command line names, and who logs in. */
export interface DatabaseHere {
  readonly target: DatabaseTarget;
  readonly credentials: Credentials;
  /** The stored connection, where it is one. */
  readonly saved?: SavedConnection | undefined;
}

/** What a command may want otherwise than the URL or the stored connection says. */
export type TargetChanges = Partial<Pick<DatabaseTarget, "sslMode" | "caFile" | "timeoutSeconds">>;

/** Whether a word on the command line is a database's address. */
export function isDatabaseUrl(text: string): boolean {
  return /^postgres(ql)?:/i.test(text);
}

/** The database of a URL or of a stored connection, with its password found where it is kept. */
export async function databaseHere(nameOrUrl: string, changes: TargetChanges = {}): Promise<DatabaseHere> {
  const sources = secretSources();
  const changed = (target: DatabaseTarget): DatabaseTarget => databaseTarget({ ...target, ...changes });
  if (isDatabaseUrl(nameOrUrl)) {
    const { target: given, password } = parseDatabaseUrl(nameOrUrl);
    const target = changed(given);
    if (password !== undefined) {
      process.stderr.write(
        "Note: the password in the URL is used for this call alone; others on this machine can see it in the list of processes. PGPASSWORD, ~/.pgpass or a stored connection keep it from them.\n",
      );
    }
    return { target, credentials: await findCredentials(target, { password, sources }) };
  }
  const saved = await savedConnection(nameOrUrl);
  const { secret, rds } = saved;
  const target = changed(saved.target);
  const reference = secret === undefined ? undefined : parseSecretReference(secret);
  const credentials = await findCredentials(target, { reference, sources: secretSources(rds?.region) });
  return { target, credentials, saved };
}

/** The stored connection of a name; a UserError that does not repeat what cannot be a name (it may hold a password). */
export async function savedConnection(name: string): Promise<SavedConnection> {
  const store = connectionsHere();
  const saved = await store.find(name);
  if (saved !== undefined) return saved;
  const names = await store.names();
  throw new UserError({
    code: "connection-not-found",
    message: isConnectionName(name)
      ? `${name}: no connection of this name is stored.`
      : "What was given is neither the name of a connection nor begins with postgres://. (It is not repeated here: it may hold a password.)",
    hint:
      names.length === 0
        ? "Give postgres://USER@HOST/DATABASE, or store one: bisonflow connection add NAME postgres://…"
        : `Stored are ${names.join(", ")}. Or give postgres://USER@HOST/DATABASE.`,
  });
}

function secretSources(region?: string): SecretSources {
  const { PGPASSFILE } = process.env;
  const pgpass = platform() === "win32" ? join("AppData", "Roaming", "postgresql", "pgpass.conf") : ".pgpass";
  return {
    variable: (name) => process.env[name],
    passFile: PGPASSFILE ?? join(homedir(), pgpass),
    ask: process.stdin.isTTY === true && process.stderr.isTTY === true ? ask : undefined,
    secret: async (id) => {
      const { readDatabaseSecret } = await import("../aws/secrets/index.ts");
      return readDatabaseSecret(await awsAccessHere({ region }), id);
    },
  };
}

async function ask(question: string): Promise<Password> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({ message: question, output: process.stderr });
  if (!isCancel(answer)) return new Password(answer);
  throw new UserError({
    code: "interrupted",
    message: "Stopped: no password was given.",
    hint: "Run the command again.",
    exitCode: ExitCode.interrupted,
  });
}
