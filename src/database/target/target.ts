import { z } from "zod";

/**
 * How much TLS is asked for, in libpq's words: `disable` none, `prefer` where the server offers it and unchecked,
 * `require` always and unchecked, `verify-ca` with a certificate of a known authority, `verify-full` also for this host.
 */
export const sslModes = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;

/** One of libpq's words for how much TLS is asked for. */
export type SslMode = (typeof sslModes)[number];

/** A PostgreSQL database as a connection file names it: everything but the secret. */
export const targetSchema = z.strictObject({
  host: z.string().min(1).describe("Name or address; a path is a folder with a Unix socket."),
  port: z.number().int().min(1).max(65_535).default(5432),
  database: z.string().min(1),
  user: z
    .string()
    .min(1)
    .optional()
    .describe("Absent where the secret names it, or the system's user is meant."),
  sslMode: z
    .enum(sslModes)
    .optional()
    .describe("Default: prefer for this machine, verify-full for any other."),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe("PEM file of the authorities to trust instead of the known ones."),
  timeoutSeconds: z.number().positive().max(600).default(10).describe("For each step of connecting."),
});

/** A PostgreSQL database, without its secret. */
export type DatabaseTarget = Readonly<z.output<typeof targetSchema>>;

/**
 * Whether the host is this machine: `localhost`, a loopback address or a Unix socket.
 *
 * @example
 * ```ts
 * import { isLoopback } from "bisonflow/database";
 * console.log(isLoopback("127.0.0.1"), isLoopback("db.example.org")); // true false
 * ```
 */
export function isLoopback(host: string): boolean {
  return host.startsWith("/") || /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

/**
 * The TLS that will be asked for.
 *
 * @example
 * ```ts
 * import { parseDatabaseUrl, sslModeOf } from "bisonflow/database";
 * console.log(sslModeOf(parseDatabaseUrl("postgres://db.example.org/bison").target)); // verify-full
 * ```
 */
export function sslModeOf({ sslMode, host }: Pick<DatabaseTarget, "sslMode" | "host">): SslMode {
  return sslMode ?? (isLoopback(host) ? "prefer" : "verify-full");
}

/**
 * `user@host:port/database`, for people; there is no secret in a target.
 *
 * @example
 * ```ts
 * import { nameOfTarget, parseDatabaseUrl } from "bisonflow/database";
 * console.log(nameOfTarget(parseDatabaseUrl("postgres://ada:secret@db.example.org/bison").target)); // ada@db.example.org:5432/bison
 * ```
 */
export function nameOfTarget({ user, host, port, database }: DatabaseTarget): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  return `${user === undefined ? "" : `${user}@`}${shown}:${port}/${database}`;
}
