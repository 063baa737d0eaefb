import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import pg from "pg";
import { UserError } from "../../trouble/index.ts";
import type { Credentials } from "../secret/find-credentials.ts";
import { type DatabaseTarget, isLoopback, nameOfTarget } from "../target/target.ts";
import { cut, notPostgres, silent } from "./secure.ts";
import { isServerError, loginTrouble, type ServerError } from "./server-trouble.ts";
import { type Found, outside } from "./step.ts";

/** How the server asked for the password. */
export type LoginMethod = "SCRAM-SHA-256" | "MD5" | "clear text" | "none asked";

/** A login that succeeded. */
export interface Login {
  readonly client: pg.Client;
  readonly method: LoginMethod;
}

/** pg's connection, of which its types know only the stream. */
interface Wire {
  on(event: string, listener: (message: ServerError) => void): void;
}

/** Logs in over a socket that is connected (and encrypted, where it is to be). */
export async function authenticate(
  target: DatabaseTarget,
  socket: Socket,
  credentials: Credentials,
): Promise<Found<Login>> {
  const who = { ...target, user: credentials.user };
  const where = `${target.host}:${target.port}`;
  const isEncrypted = socket instanceof TLSSocket;
  let method = "none asked" as LoginMethod;
  const timer = patience(target.timeoutSeconds, () => socket.destroy(silent(where, target.timeoutSeconds)));
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    database: target.database,
    user: who.user,
    ssl: false,
    stream: () => asConnected(socket),
    enableChannelBinding: isEncrypted,
    application_name: "bisonflow",
    // pg would look into the environment itself for what is absent.
    options: "",
    password: async () => {
      if (method === "clear text" && !isEncrypted && !isLoopback(target.host)) throw clearText(who);
      timer.stop();
      const password = await credentials.password();
      timer.start();
      if (password === undefined) throw missing(who, method);
      return password.reveal();
    },
  } as pg.ClientConfig);
  const wire = (client as unknown as { connection: Wire }).connection;
  wire.on("authenticationSASL", () => {
    method = "SCRAM-SHA-256";
  });
  wire.on("authenticationMD5Password", () => {
    method = "MD5";
  });
  wire.on("authenticationCleartextPassword", () => {
    method = "clear text";
  });
  const foreign = new Promise<never>((_, reject) => {
    socket.once("data", (bytes: Buffer) => {
      // R(equest), E(rror) and v(ersion) are all that a PostgreSQL can begin with.
      if (![0x52, 0x45, 0x76].includes(bytes[0] ?? 0)) reject(notPostgres(where, bytes));
    });
  });
  // A session that is cut later (a server that stops) must not end the process: whoever queries learns of it.
  client.on("error", () => undefined);
  try {
    const connected = client.connect();
    socket.resume();
    await Promise.race([connected, foreign]);
  } catch (error) {
    socket.destroy();
    throw translated(error, { who, isEncrypted, origin: credentials.origin, where });
  } finally {
    timer.stop();
  }
  return {
    value: { client, method },
    seen: `${who.user} is in (${method === "none asked" ? "no password was asked for" : `${method}, password ${credentials.origin}`})`,
    ...(method === "MD5"
      ? {
          hint: "MD5 passwords are weak and leave with PostgreSQL 19: set password_encryption to scram-sha-256 and the password anew.",
        }
      : {}),
  };
}

function translated(
  error: unknown,
  facts: { who: DatabaseTarget & { user: string }; isEncrypted: boolean; origin: string; where: string },
): unknown {
  const { who, where } = facts;
  if (error instanceof UserError) return error;
  if (isServerError(error)) {
    return (
      loginTrouble(error, who, facts) ??
      outside({
        code: "database-login-failed",
        message: `${nameOfTarget(who)}: the login did not succeed. The server says: ${error.message}.`,
        hint: "Ask the server's administrator; its log says more.",
        cause: error,
      })
    );
  }
  const { message = "", code } = error as NodeJS.ErrnoException;
  if (/^SASL|authenticationOk|SCRAM/.test(message)) {
    return outside({
      code: "database-login-method",
      message: `${nameOfTarget(who)}: the server and bisonflow did not agree on a way to log in (${message}).`,
      hint: "bisonflow knows SCRAM-SHA-256, MD5, and passwords in clear text over TLS; Kerberos, LDAP by SSPI and certificates of clients it does not.",
      cause: error,
    });
  }
  if (code === "ECONNRESET" || code === "EPIPE" || /terminated/i.test(message))
    return cut(where, error instanceof Error ? error : undefined);
  return error;
}

function missing(who: DatabaseTarget & { user: string }, method: LoginMethod): UserError {
  return new UserError({
    code: "database-password-missing",
    message: `${nameOfTarget(who)}: the server asks for a password (${method}), and there is none.`,
    hint: "Set PGPASSWORD for this call, write a line in ~/.pgpass, or store the connection with --secret env:VARIABLE, secretsmanager:ARN or prompt.",
  });
}

function clearText(who: DatabaseTarget & { user: string }): UserError {
  return new UserError({
    code: "database-password-in-clear",
    message: `${nameOfTarget(who)}: the server asks for the password in clear text over a connection that is not encrypted; it was not sent.`,
    hint: "Connect with --sslmode verify-full, or let pg_hba.conf ask for scram-sha-256.",
  });
}

/** pg connects its stream itself: this one is, and says so. */
function asConnected(socket: Socket): Socket {
  return Object.assign(socket, {
    connect: () => {
      setImmediate(() => socket.emit("connect"));
      return socket;
    },
  });
}

/** A clock that is stopped while a person types. */
function patience(seconds: number, lost: () => void): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearTimeout(timer);
  const start = (): void => {
    stop();
    timer = setTimeout(lost, seconds * 1000);
  };
  start();
  return { start, stop };
}
