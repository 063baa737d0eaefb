import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const bin = "/usr/lib/postgresql/15/bin";
const postgis = "/usr/share/postgresql/15/extension/postgis.control";

/** Whether PostgreSQL 15 and PostGIS stand here, with openssl to make certificates. */
function isInstalled(): boolean {
  return existsSync(join(bin, "postgres")) && existsSync(postgis) && existsSync("/usr/bin/openssl");
}

/** Why tests on a PostgreSQL are skipped, or false. Use with describe.skipIf(noPostgres). */
export const noPostgres: string | false = isInstalled()
  ? false
  : "no PostgreSQL 15 with PostGIS (Debian: postgresql-15, postgresql-15-postgis-3, openssl)";

/** Installs Debian's PostgreSQL and PostGIS where that can be done without asking; returns what is missing otherwise. */
export function installPostgres(): string | undefined {
  if (isInstalled()) return undefined;
  const words =
    "there is no PostgreSQL 15 with PostGIS. Install it (Debian: apt-get install postgresql-15 postgresql-15-postgis-3 openssl).";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return words;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // No cluster of Debian's own: tests make theirs.
  mkdirSync("/etc/postgresql-common", { recursive: true });
  if (!existsSync("/etc/postgresql-common/createcluster.conf"))
    writeFileSync("/etc/postgresql-common/createcluster.conf", "create_main_cluster = false\n");
  spawnSync("apt-get", ["update"], { env, encoding: "utf8" });
  const { status, stderr } = spawnSync(
    "apt-get",
    ["install", "-y", "--no-install-recommends", "postgresql-15", "postgresql-15-postgis-3", "openssl"],
    { env, encoding: "utf8" },
  );
  return status === 0 && isInstalled() ? undefined : `${words} apt-get said: ${stderr.slice(-500)}`;
}

/** A certificate authority and what it signed, as files. */
export interface Certificates {
  readonly ca: string;
  /** Signed by `ca` for localhost and 127.0.0.1. */
  readonly good: CertificateFiles;
  /** Signed by `ca` for db.example.org. */
  readonly wrongHost: CertificateFiles;
  /** Signed by `ca`, no longer valid. */
  readonly expired: CertificateFiles;
  /** Signed by itself. */
  readonly selfSigned: CertificateFiles;
  /** An authority that signed none of them. */
  readonly otherCa: string;
}

interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Makes them with openssl. */
export function makeCertificates(folder: string): Certificates {
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const authority = (name: string): string => {
    openssl(
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
      ],
      ...["-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/CN=bisonflow test ${name}`],
    );
    return join(folder, `${name}.pem`);
  };
  const request = (name: string, host: string): void =>
    openssl(
      ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${host}`],
    );
  const files = (name: string): CertificateFiles => ({
    certificate: join(folder, `${name}.pem`),
    key: join(folder, `${name}.key`),
  });
  const ca = authority("ca");
  const otherCa = authority("other-ca");
  // `openssl ca` alone can date a certificate back.
  writeFileSync(join(folder, "index.txt"), "");
  writeFileSync(
    join(folder, "ca.cnf"),
    "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n",
  );
  const signed = (
    name: string,
    options: { names: string; host: string; dates?: readonly string[] },
  ): CertificateFiles => {
    request(name, options.host);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${options.names}\n`);
    openssl(
      ...["ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"],
      ...["-in", `${name}.csr`, "-out", `${name}.pem`, "-extfile", `${name}.ext`],
      ...(options.dates ?? ["-days", "20"]),
    );
    return files(name);
  };
  openssl(
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"],
    ...["-keyout", "self.key", "-out", "self.pem", "-subj", "/CN=localhost"],
    ...[
      "-addext",
      "subjectAltName=DNS:localhost,IP:127.0.0.1",
      "-addext",
      "basicConstraints=critical,CA:FALSE",
    ],
  );
  return {
    ca,
    otherCa,
    good: signed("good", { host: "localhost", names: "DNS:localhost,IP:127.0.0.1" }),
    wrongHost: signed("wrong-host", { host: "db.example.org", names: "DNS:db.example.org" }),
    expired: signed("expired", {
      host: "localhost",
      names: "DNS:localhost,IP:127.0.0.1",
      dates: ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"],
    }),
    selfSigned: files("self"),
  };
}

/** A server of the test's own: a temporary cluster on a free port of 127.0.0.1. */
export interface Postgres {
  readonly port: number;
  /** Superuser `postgres`, whose password this is. */
  readonly password: string;
  readonly certificates: Certificates;
  /** Runs SQL as the superuser with psql and returns what it printed, unaligned, `|` between columns. */
  sql(text: string, database?: string): string;
  /** Takes another certificate, or none (TLS off), and reloads. */
  present(certificate: CertificateFiles | undefined): void;
  /** Kills the server as a crash does; `start` brings it back. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts one: SCRAM passwords, TLS with a certificate of its own authority, connections without TLS rejected but for
 * the superuser. `hba` lines come first; `settings` are given on the command line.
 */
export async function startPostgres(
  options: { hba?: readonly string[]; settings?: Readonly<Record<string, string>> } = {},
): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-postgres-"));
  const data = join(folder, "data");
  const password = `Sup3r-${Math.random().toString(36).slice(2)}`;
  writeFileSync(join(folder, "password"), password);
  const certificateFolder = join(folder, "certificates");
  mkdirSync(certificateFolder);
  const certificates = makeCertificates(certificateFolder);
  const id = process.getuid?.() === 0 ? ownerIds() : undefined;
  const own = (path: string): void => {
    if (id !== undefined) chownSync(path, id.user, id.group);
  };
  for (const path of [folder, join(folder, "password")]) own(path);
  chmodSync(folder, 0o755);
  // The server ends with this process, however that ends.
  const asUser = (command: string, args: readonly string[]): [string, string[]] => [
    "setpriv",
    [
      "--pdeathsig=QUIT",
      ...(id === undefined ? [] : ["--reuid=postgres", "--regid=postgres", "--clear-groups"]),
      command,
      ...args,
    ],
  ];
  const [initdb, initdbArgs] = asUser(join(bin, "initdb"), [
    ...["-D", data, "-U", "postgres", "--auth=scram-sha-256", `--pwfile=${join(folder, "password")}`],
    ...["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
  ]);
  execFileSync(initdb, initdbArgs, { stdio: "pipe", cwd: folder });
  writeFileSync(
    join(data, "pg_hba.conf"),
    [
      ...(options.hba ?? []),
      "host all postgres 127.0.0.1/32 scram-sha-256",
      "hostssl all all 127.0.0.1/32 scram-sha-256",
      "hostnossl all all 127.0.0.1/32 reject",
      "",
    ].join("\n"),
  );
  // In the file, not on the command line, which would win over ALTER SYSTEM.
  appendFileSync(join(data, "postgresql.conf"), "ssl = on\n");
  const install = (pair: CertificateFiles): void => {
    for (const [from, to] of [
      [pair.certificate, "server.crt"],
      [pair.key, "server.key"],
    ] as const) {
      writeFileSync(join(data, to), readFileSync(from));
      own(join(data, to));
      chmodSync(join(data, to), 0o600);
    }
  };
  install(certificates.good);
  const port = await freePort();
  let server: ChildProcess | undefined;
  const psql = (text: string, database = "postgres"): string => {
    const { status, stdout, stderr } = spawnSync(
      join(bin, "psql"),
      [
        "-qAtX",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "-U",
        "postgres",
        "-d",
        database,
      ],
      { input: text, encoding: "utf8", env: { ...process.env, PGPASSWORD: password }, maxBuffer: 1 << 28 },
    );
    if (status !== 0) throw new Error(`psql: ${stderr.trim()}`);
    return stdout.trimEnd();
  };
  const start = async (): Promise<void> => {
    const settings = {
      listen_addresses: "127.0.0.1",
      port: String(port),
      unix_socket_directories: folder,
      fsync: "off",
      ...options.settings,
    };
    const [command, args] = asUser(join(bin, "postgres"), [
      "-D",
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ]);
    const started = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (bytes: Buffer) => {
        log = (log + bytes.toString()).slice(-4000);
      });
    }
    server = started;
    for (let attempt = 0; attempt < 200; attempt++) {
      if (started.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${log}`);
      try {
        psql("SELECT 1");
        return;
      } catch {
        await pause(100);
      }
    }
    throw new Error(`PostgreSQL does not answer:\n${log}`);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    await ended;
  };
  await start();
  return {
    port,
    password,
    certificates,
    sql: psql,
    present: (pair) => {
      if (pair !== undefined) install(pair);
      psql(`ALTER SYSTEM SET ssl = ${pair === undefined ? "off" : "on"}`);
      psql("SELECT pg_reload_conf()");
      spawnSync("sleep", ["0.3"]);
    },
    // SIGQUIT is the server's own immediate shutdown: no checkpoint, every session cut.
    crash: () => end("SIGQUIT"),
    start,
    stop: async () => {
      await end("SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ownerIds(): { user: number; group: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { user: id("-u"), group: id("-g") };
}

/** A port on 127.0.0.1 that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
