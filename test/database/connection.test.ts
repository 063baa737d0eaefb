import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type DatabaseTest,
  findCredentials,
  Password,
  parseDatabaseUrl,
  testDatabase,
} from "../../src/database/index.ts";
import { temporaryFolder } from "../support/paths.ts";
import { freePort, noPostgres, type Postgres, startPostgres } from "../support/postgres.ts";

const secret = "s3cr3t-of-ada";
let server: Postgres;
const folder = temporaryFolder();

/** The test of a URL on the server's port; ada's password unless another is given. */
async function probe(
  rest: string,
  options: { password?: string; purpose?: "read" | "publish"; schema?: string } = {},
): Promise<DatabaseTest> {
  const { target } = parseDatabaseUrl(`postgres://${rest}`);
  const password = options.password === "" ? undefined : new Password(options.password ?? secret);
  const credentials = await findCredentials(target, { password, sources: {} });
  const outcome = await testDatabase(target, credentials, options);
  expect(inspect([outcome, outcome.trouble?.stack], { depth: 12, showHidden: true })).not.toContain(secret);
  expect(outcome.steps.map(({ step }) => step)).toEqual([
    "name",
    "tcp",
    "tls",
    "authentication",
    "query",
    "rights",
  ]);
  return outcome;
}

/** `name tcp tls!` – the steps that passed, and the one that failed. */
function path({ steps }: DatabaseTest): string {
  return steps
    .filter(({ status, seen }) => status === "failed" || seen !== "not tried")
    .map(({ step, status }) => `${step}${status === "failed" ? "!" : ""}`)
    .join(" ");
}

describe.skipIf(noPostgres)("a test of a connection to PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres({
      hba: [
        "hostssl all banned 127.0.0.1/32 reject",
        "hostssl bison nodb 127.0.0.1/32 scram-sha-256",
        "hostssl all trusted 127.0.0.1/32 trust",
        "hostssl all ghost 127.0.0.1/32 trust",
        "hostssl all old 127.0.0.1/32 md5",
        "hostssl all clear 127.0.0.1/32 password",
        "hostnossl all open 127.0.0.1/32 scram-sha-256",
        "hostssl all kerberos 127.0.0.1/32 pam",
      ],
      settings: { max_connections: "12", superuser_reserved_connections: "3" },
    });
    server.sql(`CREATE ROLE ada LOGIN PASSWORD '${secret}'; CREATE ROLE banned LOGIN PASSWORD '${secret}';
      CREATE ROLE trusted LOGIN; CREATE ROLE locked NOLOGIN PASSWORD '${secret}'; CREATE ROLE "open" LOGIN PASSWORD '${secret}';
      CREATE ROLE clear LOGIN PASSWORD '${secret}'; CREATE ROLE reader LOGIN PASSWORD '${secret}';
      SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD '${secret}';`);
    server.sql("CREATE DATABASE bison OWNER ada");
    server.sql("CREATE DATABASE closed; ");
    server.sql("REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
  });
  afterAll(() => server?.stop());

  const at = (user: string, rest = "bison"): string => `${user}@localhost:${server.port}/${rest}`;
  const verified = (user: string, rest = "bison"): string =>
    at(user, `${rest}?sslmode=verify-full&sslrootcert=${server.certificates.ca}`);

  it("goes all the way with SCRAM over TLS that is checked", async () => {
    const outcome = await probe(verified("ada"), { purpose: "publish" });
    expect(path(outcome)).toBe("name tcp tls authentication query rights");
    expect(outcome).toMatchObject({ ok: true, method: "SCRAM-SHA-256", isEncrypted: true });
    const [name, tcp, tls, login, query, rights] = outcome.steps.map(({ seen }) => seen);
    expect(name).toMatch(/^localhost is .*127\.0\.0\.1/);
    expect(tcp).toContain(`127.0.0.1:${server.port}`);
    expect(tls).toMatch(
      /^TLSv1\.[23], certificate from bisonflow test ca until 20\d\d-\d\d-\d\d, checked for localhost$/,
    );
    expect(login).toBe("ada is in (SCRAM-SHA-256, password given with the call)");
    expect(query).toMatch(/^PostgreSQL 15\.\d+.*without PostGIS, encoding UTF8$/);
    expect(rights).toBe("may read 0 of 0 tables; may publish into schema bison");
    for (const { milliseconds } of outcome.steps) expect(milliseconds).toBeLessThan(5000);
  });

  it("says what was not checked where TLS is only required", async () => {
    const outcome = await probe(at("ada", "bison?sslmode=require"));
    expect(outcome.ok).toBe(true);
    expect(outcome.steps[2]).toMatchObject({
      seen: expect.stringContaining("not checked (sslmode=require)"),
    });
    expect(outcome.steps[2]?.hint).toContain("UNABLE_TO_");
  });

  it("tells certificate troubles apart", async () => {
    const { certificates } = server;
    const code = async (query: string): Promise<string | undefined> => {
      const outcome = await probe(at("ada", `bison?${query}`));
      if (!outcome.ok) expect(path(outcome)).toBe("name tcp tls!");
      return outcome.trouble?.code;
    };
    expect(await code("sslmode=verify-full")).toBe("database-certificate-unknown-authority");
    expect(await code(`sslmode=verify-ca&sslrootcert=${certificates.otherCa}`)).toBe(
      "database-certificate-unknown-authority",
    );
    server.present(certificates.selfSigned);
    expect(await code("sslmode=verify-full")).toBe("database-certificate-self-signed");
    // The same certificate as the authority: trusted, as libpq has it.
    expect(
      await code(`sslmode=verify-full&sslrootcert=${certificates.selfSigned.certificate}`),
    ).toBeUndefined();
    server.present(certificates.wrongHost);
    expect(await code(`sslmode=verify-full&sslrootcert=${certificates.ca}`)).toBe(
      "database-certificate-other-host",
    );
    expect(await code(`sslmode=verify-ca&sslrootcert=${certificates.ca}`)).toBeUndefined();
    server.present(certificates.expired);
    expect(await code(`sslmode=verify-ca&sslrootcert=${certificates.ca}`)).toBe(
      "database-certificate-expired",
    );
    // libpq's rule: with a file of authorities, require checks them.
    expect(await code(`sslmode=require&sslrootcert=${certificates.ca}`)).toBe("database-certificate-expired");
    expect(await code("sslmode=require")).toBeUndefined();
    server.present(certificates.good);
  });

  it("names the certificate's facts, and the file that is no certificate", async () => {
    server.present(server.certificates.wrongHost);
    const outcome = await probe(verified("ada"));
    expect(outcome.trouble?.message).toMatch(
      /is for other names: db\.example\.org\. .*SHA-256 [0-9A-F:]{95}/,
    );
    server.present(server.certificates.good);
    const file = join(folder, "no.pem");
    expect(
      (await probe(at("ada", `bison?sslmode=verify-full&sslrootcert=${file}`))).trouble?.message,
    ).toContain("no such file");
    writeFileSync(file, "hello");
    expect((await probe(at("ada", `bison?sslmode=verify-full&sslrootcert=${file}`))).trouble?.code).toBe(
      "ca-file-invalid",
    );
  });

  it("says that the server offers no TLS", async () => {
    server.present(undefined);
    expect((await probe(at("open", "bison?sslmode=require"))).trouble?.code).toBe("database-tls-not-offered");
    const open = await probe(at("open", "bison?sslmode=prefer"));
    expect(open).toMatchObject({ ok: true, isEncrypted: false });
    server.present(server.certificates.good);
  });

  it.each([
    ["a wrong password", "ada", { password: "wrong" }, "database-password-refused"],
    ["a user who is not there", "nobody", {}, "database-password-refused"],
    ["a user who is not there, where no password is asked", "ghost", {}, "database-user-not-there"],
    ["a role that may not log in", "locked", {}, "database-user-no-login"],
    ["a rule that rejects", "banned", {}, "database-hba-rejects"],
    ["no password", "ada", { password: "" }, "database-password-missing"],
  ] as const)("stops at authentication for %s", async (_what, user, options, code) => {
    const outcome = await probe(verified(user), options);
    expect(path(outcome)).toBe("name tcp tls authentication!");
    expect(outcome.trouble?.code).toBe(code);
    expect(outcome.trouble?.hint).not.toBe("");
  });

  it("stops at authentication where unencrypted connections are rejected, and says that TLS is missing", async () => {
    const outcome = await probe(at("ada", "bison?sslmode=disable"));
    expect(path(outcome)).toBe("name tcp tls authentication!");
    expect(outcome.trouble?.code).toBe("database-hba-rejects");
    expect(outcome.trouble?.hint).toContain("try sslmode=verify-full");
  });

  it("says that a database is not there, or closed to the user, or takes no connections", async () => {
    expect((await probe(verified("ada", "nowhere"))).trouble?.code).toBe("database-not-there");
    expect((await probe(verified("ada", "closed"))).trouble?.code).toBe("database-connect-denied");
    expect((await probe(verified("ada", "template0"))).trouble?.code).toBe("database-closed-to-logins");
  });

  it("knows how the password was asked for", async () => {
    expect(await probe(verified("old"))).toMatchObject({ ok: true, method: "MD5" });
    expect(await probe(verified("clear"))).toMatchObject({ ok: true, method: "clear text" });
    expect(await probe(verified("trusted"))).toMatchObject({ ok: true, method: "none asked" });
  });

  it("says which rights are missing, and what to grant", async () => {
    const reads = await probe(verified("reader"));
    expect(reads.ok).toBe(true);
    expect(reads.steps[5]?.seen).toContain("may not publish into schema bison");
    const publishes = await probe(verified("reader"), { purpose: "publish" });
    expect(path(publishes)).toBe("name tcp tls authentication query rights!");
    expect(publishes.trouble?.hint).toBe(
      `The database's owner says: CREATE SCHEMA "bison" AUTHORIZATION "reader";`,
    );
    // What the hint says helps.
    server.sql(`CREATE SCHEMA "bison" AUTHORIZATION "reader";`, "bison");
    expect((await probe(verified("reader"), { purpose: "publish" })).ok).toBe(true);
    const other = await probe(verified("clear"), { purpose: "publish" });
    expect(other.trouble?.hint).toBe(`Its owner says: GRANT USAGE, CREATE ON SCHEMA "bison" TO "clear";`);
    server.sql(`GRANT USAGE, CREATE ON SCHEMA "bison" TO "clear"; CREATE TABLE bison.theirs ()`, "bison");
    expect((await probe(verified("clear"), { purpose: "publish" })).trouble?.message).toContain("theirs");
  });

  it("says that all connections are taken, then that the server is down", async () => {
    const { target } = parseDatabaseUrl(`postgres://${verified("ada")}`);
    const { openSession } = await import("../../src/database/connect/open-session.ts");
    const credentials = await findCredentials(target, { password: new Password(secret), sources: {} });
    const sessions = [];
    for (let i = 0; i < 9; i++) sessions.push(await openSession(target, credentials));
    expect((await probe(verified("ada"))).trouble?.code).toBe("database-too-many-connections");
    for (const session of sessions) await session.close();
    await server.crash();
    expect((await probe(verified("ada"))).trouble?.code).toBe("database-refused");
    await server.start();
    expect((await probe(verified("ada"))).ok).toBe(true);
  });
});

describe("a test of a connection to something else", () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const one of servers) one.close();
  });
  const listen = async (answer: (socket: Socket) => void): Promise<number> => {
    const one = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => undefined);
      answer(socket);
    });
    servers.push(one);
    one.listen(0, "127.0.0.1");
    await once(one, "listening");
    return (one.address() as { port: number }).port;
  };
  const code = async (port: number, query = ""): Promise<string> => {
    const outcome = await probe(`ada@127.0.0.1:${port}/bison?connect_timeout=1${query}`);
    return `${path(outcome)} ${outcome.trouble?.code}`;
  };

  it("gives up on a server that accepts and says nothing, within its time-out", async () => {
    const port = await listen(() => undefined);
    const start = Date.now();
    expect(await code(port)).toBe("name tcp tls! database-silent");
    expect(await code(port, "&sslmode=disable")).toBe("name tcp tls authentication! database-silent");
    expect(Date.now() - start).toBeLessThan(4000);
  });

  it("gives up on a server that agrees to TLS and then says nothing", async () => {
    expect(await code(await listen((socket) => socket.once("data", () => socket.write("S"))))).toBe(
      "name tcp tls! database-silent",
    );
  });

  it("knows a server that is no PostgreSQL", async () => {
    const web = await listen((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const ssh = await listen((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
    expect(await code(web)).toBe("name tcp tls! database-not-postgresql");
    expect(await code(web, "&sslmode=disable")).toBe("name tcp tls authentication! database-not-postgresql");
    expect(await code(ssh)).toBe("name tcp tls! database-not-postgresql");
  });

  it("believes nothing that comes with the agreement to TLS", async () => {
    const port = await listen((socket) => socket.once("data", () => socket.write("SELECT")));
    expect(await code(port)).toBe("name tcp tls! database-not-postgresql");
  });

  it("knows a connection that is closed or reset at once, and a port where nothing listens", async () => {
    expect(await code(await listen((socket) => socket.end()))).toBe("name tcp tls! database-closed");
    expect(await code(await listen((socket) => socket.resetAndDestroy()))).toMatch(
      /^name tcp( tls)?! database-closed$/,
    );
    expect(await code(await freePort())).toBe("name tcp! database-refused");
  });

  it("passes on what a server says that is not ready", async () => {
    const fields =
      "SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0Fpostmaster.c\0L2339\0RProcessStartupPacket\0\0";
    const message = Buffer.alloc(5 + fields.length);
    message.write("E", 0);
    message.writeInt32BE(4 + fields.length, 1);
    message.write(fields, 5, "latin1");
    const port = await listen((socket) => socket.once("data", () => socket.end(message)));
    expect(await code(port, "&sslmode=disable")).toBe("name tcp tls authentication! database-starting");
  });

  it("says that a name has no address", async () => {
    const outcome = await probe("ada@no-such-host.invalid/bison?connect_timeout=5");
    expect(path(outcome)).toBe("name!");
    expect(outcome.trouble?.code).toMatch(/^database-name-(not-found|unanswered)$/);
  });

  it("can be stopped", async () => {
    const port = await listen(() => undefined);
    const { target } = parseDatabaseUrl(`postgres://ada@127.0.0.1:${port}/bison`);
    const credentials = await findCredentials(target, { sources: {} });
    const signal = AbortSignal.timeout(200);
    const start = Date.now();
    await testDatabase(target, credentials, { signal }).catch(() => undefined);
    expect(Date.now() - start).toBeLessThan(3000);
  });
});
