import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { UserError } from "../../trouble/index.ts";
import { parseDatabaseUrl } from "./parse-database-url.ts";
import { sslModeOf } from "./target.ts";

describe("an address of a database", () => {
  it("is read as libpq reads it", () => {
    const { target, password } = parseDatabaseUrl(
      "postgresql://ada%40home:p%2Fw%3A%25@db.example.org:6543/bi%20son?sslmode=verify-ca&sslrootcert=/tmp/ca.pem&connect_timeout=3",
    );
    expect(target).toEqual({
      host: "db.example.org",
      port: 6543,
      database: "bi son",
      user: "ada@home",
      sslMode: "verify-ca",
      caFile: "/tmp/ca.pem",
      timeoutSeconds: 3,
    });
    expect(password?.reveal()).toBe("p/w:%");
  });

  it("has defaults for what it does not say", () => {
    const { target, password } = parseDatabaseUrl("postgres://db.example.org/bison");
    expect(target).toEqual({ host: "db.example.org", port: 5432, database: "bison", timeoutSeconds: 10 });
    expect(password).toBeUndefined();
  });

  it("may name an IPv6 address, or a Unix socket", () => {
    expect(parseDatabaseUrl("postgres://ada@[::1]:5433/bison").target).toMatchObject({
      host: "::1",
      port: 5433,
    });
    expect(parseDatabaseUrl("postgres:///bison?host=/run/postgresql").target.host).toBe("/run/postgresql");
    expect(parseDatabaseUrl("postgres://%2Frun%2Fpostgresql/bison").target.host).toBe("/run/postgresql");
  });

  it("takes a password with @ and : in it, as libpq does", () => {
    const { target, password } = parseDatabaseUrl("postgres://ada:p@s:s@db/bison?password=other");
    expect(target.host).toBe("db");
    expect(password?.reveal()).toBe("p@s:s");
  });

  it("asks for checked TLS everywhere but on this machine", () => {
    const mode = (url: string) => sslModeOf(parseDatabaseUrl(url).target);
    expect(mode("postgres://db.example.org/b")).toBe("verify-full");
    expect(mode("postgres://10.0.0.1/b")).toBe("verify-full");
    expect(mode("postgres://127.0.0.1.example.org/b")).toBe("verify-full");
    for (const host of ["localhost", "127.0.0.1", "[::1]", "%2Frun"])
      expect(mode(`postgres://${host}/b`)).toBe("prefer");
    expect(mode("postgres://localhost/b?sslmode=require")).toBe("require");
  });
});

describe("an address that cannot be read", () => {
  const secret = "hunter2";
  it.each([
    ["another scheme", `mysql://ada:${secret}@db/bison`],
    ["no scheme", `ada:${secret}@db/bison`],
    ["a password with a slash", `postgres://ada:12/${secret}@db/bison`],
    ["a password with a question mark", `postgres://ada:12?${secret}@db/bison`],
    ["a password with a hash", `postgres://ada:12#${secret}@db/bison`],
    ["a password with a bad escape", `postgres://ada:${secret}%zz@db/bison`],
    ["a password where the port stands", `postgres://ada:${secret}/bison`],
    ["a password where the host stands", `postgres://${secret}!/bison`],
    ["a password where the query stands", `postgres://db/bison?${secret}`],
    ["a password where a parameter stands", `postgres://db/bison?${secret}=x`],
    ["two hosts", `postgres://ada:${secret}@one,two/bison`],
    ["no database", `postgres://ada:${secret}@db`],
    ["no host", `postgres://ada:${secret}@/bison`],
    ["a port out of range", `postgres://ada:${secret}@db:70000/bison`],
    ["an sslmode that is none", `postgres://ada:${secret}@db/bison?sslmode=${secret}`],
    ["a broken IPv6 address", `postgres://ada:x@[${secret}]/bison`],
  ])("(%s) is said without repeating it", (_what, url) => {
    let thrown: unknown;
    try {
      parseDatabaseUrl(url);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UserError);
    expect((thrown as UserError).code).toBe("database-url-invalid");
    if (!url.startsWith("postgres://db/bison?hunter2=")) expect(everything(thrown)).not.toContain(secret);
  });
});

function everything(error: unknown): string {
  const { stack, message, hint } = error as UserError;
  return [stack, message, hint, inspect(error, { depth: 9, showHidden: true })].join("\n");
}
