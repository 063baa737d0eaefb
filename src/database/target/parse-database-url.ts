import { isIPv6 } from "node:net";
import { UserError } from "../../trouble/index.ts";
import { Password } from "../secret/password.ts";
import { type DatabaseTarget, sslModes, targetSchema } from "./target.ts";

/** What a URL says. */
export interface ParsedUrl {
  readonly target: DatabaseTarget;
  /** The password that stood in it, if one did: for this call alone, never to be stored. */
  readonly password?: Password | undefined;
}

/**
 * Reads `postgres://[user[:password]@]host[:port]/database[?sslmode=…&sslrootcert=FILE&connect_timeout=SECONDS]`,
 * as libpq does. What is wrong is a UserError `database-url-invalid`, which never repeats the text: a password may
 * stand anywhere in a URL that is not well formed.
 *
 * @example
 * ```ts
 * import { parseDatabaseUrl } from "bisonflow/database";
 * const { target, password } = parseDatabaseUrl("postgres://ada:s3cret@db.example.org/bison?sslmode=require");
 * console.log(target.host, target.port, target.database, String(password)); // db.example.org 5432 bison [secret]
 * ```
 */
export function parseDatabaseUrl(text: string): ParsedUrl {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== "postgres" && scheme !== "postgresql") {
    throw invalid(
      scheme === undefined
        ? "it does not begin with postgres://"
        : `it begins with ${scheme}://, and postgres:// was expected`,
    );
  }
  const rest = text.slice(scheme.length + 3);
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  const behind = rest.slice(authority.length);
  // A password with / ? # or @ in it ends the authority early, and what is left of it would pass for a database.
  if (/[@#]/.test(behind))
    throw invalid("there is an @ or # behind the host; in a password, / ? # @ are written %2F %3F %23 %40");
  const at = authority.lastIndexOf("@");
  const [user, password] = at < 0 ? [] : userInfo(authority.slice(0, at));
  const { host, port } = hostAndPort(authority.slice(at + 1));
  const [path = "", query = ""] = behind.split(/\?(.*)/s);
  const parameters = readQuery(query);
  const database = parameters.get("dbname") ?? decoded(path.replace(/^\//, ""), "the database");
  if (database.includes("/")) throw invalid("there is a / in the database's name; write %2F if it is meant");
  if (database === "") throw invalid("it names no database; postgres://host/DATABASE was expected");
  const secret = password ?? parameters.get("password");
  return {
    target: checked({
      host: parameters.get("host") ?? host,
      port: asNumber(parameters.get("port"), "port") ?? port,
      database,
      user: parameters.get("user") ?? user,
      sslMode: parameters.get("sslmode"),
      caFile: parameters.get("sslrootcert"),
      timeoutSeconds: asNumber(parameters.get("connect_timeout"), "connect_timeout"),
    }),
    ...(secret === undefined || secret === "" ? {} : { password: new Password(secret) }),
  };
}

/**
 * A target from its parts, as options or a URL give them; what is wrong is said without the values.
 *
 * @example
 * ```ts
 * import { databaseTarget } from "bisonflow/database";
 * console.log(databaseTarget({ host: "db.example.org", database: "bison" }).port); // 5432
 * ```
 */
export function checked(parts: Readonly<Record<string, unknown>>): DatabaseTarget {
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  const parsed = targetSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = String(issue?.path[0] ?? "it");
  const expected: Record<string, string> = {
    host: "a host is missing",
    port: "the port is no whole number from 1 to 65535",
    database: "a database is missing",
    sslMode: `sslmode is none of ${sslModes.join(", ")}`,
    timeoutSeconds: "the time-out is no number of seconds from 1 to 600",
  };
  throw invalid(expected[field] ?? `${field} is not as expected`);
}

function userInfo(text: string): [user: string | undefined, password: string | undefined] {
  const colon = text.indexOf(":");
  const user = decoded(colon < 0 ? text : text.slice(0, colon), "the user");
  return [
    user === "" ? undefined : user,
    colon < 0 ? undefined : decoded(text.slice(colon + 1), "the password"),
  ];
}

function hostAndPort(text: string): { host: string | undefined; port: number | undefined } {
  const [, six, name, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text) ?? [];
  if (six === undefined && name === undefined) throw invalid("host and port cannot be told apart");
  if (six !== undefined && !isIPv6(six)) throw invalid("what stands in [ ] is no IPv6 address");
  if (name?.includes(",")) throw invalid("it names several hosts; one was expected");
  const host = six ?? decoded(name ?? "", "the host");
  // Not repeated: where a password holds a colon or a slash, its pieces stand here.
  if (six === undefined && !/^([A-Za-z0-9._-]*|\/.*)$/.test(host))
    throw invalid("the host holds other characters than letters, digits, dots and hyphens");
  return { host: host === "" ? undefined : host, port: asNumber(port === "" ? undefined : port, "port") };
}

const known = new Set([
  ...["host", "port", "dbname", "user", "password"],
  ...["sslmode", "sslrootcert", "connect_timeout"],
  // Harmless words of other programs' URLs.
  ...["application_name", "client_encoding", "target_session_attrs"],
]);

function readQuery(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of text === "" ? [] : text.split("&")) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (!known.has(name)) {
      throw invalid(
        /^[a-z_]{1,40}$/.test(name) && equals > 0
          ? `bisonflow does not know its parameter ${name}; it knows ${[...known].join(", ")}`
          : "what stands behind its ? is no list of name=value",
      );
    }
    found.set(name, decoded(pair.slice(equals + 1), name));
  }
  return found;
}

function asNumber(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,6}$/.test(text)) throw invalid(`its ${what} is no whole number`);
  return Number(text);
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(`${what} holds a % that is no %XX; a % itself is written %25`);
  }
}

function invalid(seen: string): UserError {
  return new UserError({
    code: "database-url-invalid",
    message: `The database's address cannot be read: ${seen}.`,
    hint: "Write postgres://USER@HOST:PORT/DATABASE, or --host, --port, --database and --user. (It is not repeated here: it may hold a password.)",
  });
}
