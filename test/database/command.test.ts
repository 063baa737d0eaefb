import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bisonflow, type Ended } from "../support/command.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noPostgres, type Postgres, startPostgres } from "../support/postgres.ts";

/** No part of it may be seen anywhere, percent-encoded or not. */
const secret = "hunter2-Zz9";
const folder = temporaryFolder();
const config = join(folder, "config");
let server: Postgres;

function run(args: readonly string[], env: Record<string, string> = {}, cwd = folder): Ended {
  const ended = bisonflow(args, {
    cwd,
    env: {
      BISONFLOW_CONFIG: config,
      BISONFLOW_CATALOG: join(folder, "catalog"),
      PGPASSFILE: join(folder, "none"),
      HOME: folder,
      ...env,
    },
  });
  const everything = `${ended.stdout}${ended.stderr}`;
  expect(everything).not.toMatch(/hunter2|Zz9/);
  expect(everything).not.toContain("this is a bug");
  return ended;
}

/** Everything under the configuration folder, names and content. */
function stored(): string {
  if (!existsSync(config)) return "";
  return readdirSync(config, { recursive: true, withFileTypes: true })
    .map(
      (entry) =>
        `${entry.name} ${entry.isFile() ? readFileSync(join(entry.parentPath, entry.name), "utf8") : ""}`,
    )
    .join("\n");
}

describe("connections on the command line", () => {
  it("are stored without a password, for the user alone", () => {
    const { status, stdout } = run([
      "connection",
      "add",
      "bison",
      "postgres://ada@db.example.org/bison",
      "--secret",
      "env:BISON_PASSWORD",
    ]);
    expect(status).toBe(0);
    expect(stdout).toBe(
      "Stored bison: ada@db.example.org:5432/bison, password from env:BISON_PASSWORD. Try it: bisonflow connection test bison\n",
    );
    const file = join(config, "connections", "bison.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(config, "connections")).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      format: "bisonflow-connection-1",
      name: "bison",
      target: { host: "db.example.org", port: 5432, database: "bison", user: "ada", timeoutSeconds: 10 },
      secret: "env:BISON_PASSWORD",
    });
  });

  it("are listed, and forgotten", () => {
    run([
      "connection",
      "add",
      "second",
      "--host",
      "10.0.0.1",
      "--database",
      "x",
      "--user",
      "u",
      "--sslmode",
      "require",
    ]);
    const { stdout } = run(["connection", "list"]);
    expect(stdout).toMatch(
      /^bison +ada@db\.example\.org:5432\/bison +verify-full +from env:BISON_PASSWORD$/m,
    );
    expect(stdout).toMatch(/^second +u@10\.0\.0\.1:5432\/x +require +from PGPASSWORD/m);
    expect(
      JSON.parse(run(["connection", "list", "--json"]).stdout).map(({ name }: { name: string }) => name),
    ).toEqual(["bison", "second"]);
    expect(run(["connection", "remove", "second"]).stdout).toBe("Forgot second.\n");
    expect(run(["connection", "remove", "second"]).status).toBe(2);
    expect(JSON.parse(run(["connection", "list", "--json"]).stdout)).toHaveLength(1);
  });

  it("keep their names to themselves", () => {
    const again = run(["connection", "add", "bison", "postgres://other/bison"]);
    expect(`${again.status} ${again.stderr}`).toContain(
      "2 bisonflow: bison: a connection of this name is stored already.",
    );
    expect(
      run([
        "connection",
        "add",
        "bison",
        "postgres://ada@db.example.org/bison",
        "--secret",
        "prompt",
        "--replace",
      ]).status,
    ).toBe(0);
  });

  it.each([
    [
      "a URL with a password",
      ["connection", "add", "x", `postgres://ada:${secret}@db/bison`],
      "connection-password-in-url",
    ],
    [
      "a URL with one as a parameter",
      ["connection", "add", "x", `postgres://ada@db/bison?password=${secret}`],
      "connection-password-in-url",
    ],
    [
      "a URL with one behind a slash",
      ["connection", "add", "x", `postgres://ada:1/${secret}@db/bison`],
      "database-url-invalid",
    ],
    [
      "a URL of another kind",
      ["connection", "add", "x", `mysql://ada:${secret}@db/bison`],
      "database-url-invalid",
    ],
    [
      "a URL in place of the name",
      ["connection", "add", `postgres://ada:${secret}@db/bison`],
      "connection-name-invalid",
    ],
    [
      "a password in place of its reference",
      ["connection", "add", "x", "postgres://db/bison", "--secret", secret],
      "secret-reference-invalid",
    ],
    [
      "a URL with one to test, in a wrong shape",
      ["connection", "test", `postgres://ada:${secret}%@db/bison`],
      "database-url-invalid",
    ],
    ["no URL and no name to test", ["connection", "test", `ada:${secret}@db/bison`], "connection-not-found"],
    [
      "a server that is not there",
      ["connection", "test", `postgres://ada:${secret}@127.0.0.1:1/bison`],
      "database-refused",
    ],
    [
      "a server that is not there, to crawl",
      ["crawl", `postgres://ada:${secret}@127.0.0.1:1/bison`],
      "database-refused",
    ],
    [
      "a folder that is no run, to publish",
      ["publish", folder, "--to", `postgres://ada:${secret}@127.0.0.1:1/bison`],
      "result-not-a-run",
    ],
  ])("never say, store or repeat a password: %s", (_what, args, code) => {
    const text = run(args);
    expect(text.status).not.toBe(0);
    const json = run([...args, ...(args[1] === "add" ? [] : ["--json"])]);
    if (args[1] !== "add") expect(json.stderr).toContain(`"code":"${code}"`);
    expect(stored()).not.toMatch(/hunter2|Zz9/);
    expect(existsSync(join(config, "connections", "x.json"))).toBe(false);
  });

  it("need one address, a name that is one, and a file that was not meddled with", () => {
    expect(run(["connection", "add", "x"]).stderr).toContain("no address was given");
    expect(run(["connection", "add", "x", "postgres://db/x", "--host", "db"]).stderr).toContain(
      "several addresses",
    );
    expect(run(["connection", "add", "../x", "postgres://db/x"]).stderr).toContain("name of the connection");
    expect(run(["connection", "add", "x", "--host", "db"]).stderr).toContain("a database is missing");
    mkdirSync(join(config, "connections"), { recursive: true });
    writeFileSync(join(config, "connections", "broken.json"), "{}");
    const { status, stderr } = run(["connection", "test", "broken"]);
    expect(`${status} ${stderr}`).toMatch(/^2 bisonflow: .*broken\.json: .* is not as expected/);
    expect(run(["connection", "test", "nobody"]).stderr).toContain("no connection of this name is stored");
  });
});

describe.skipIf(noPostgres)("a stored connection to a real server", () => {
  beforeAll(async () => {
    server = await startPostgres();
    server.sql(`CREATE ROLE ada LOGIN PASSWORD '${secret}'`);
    server.sql("CREATE DATABASE bison OWNER ada");
    server.sql(
      "CREATE TABLE public.places (id int PRIMARY KEY, name text); INSERT INTO public.places SELECT i, 'p' || i FROM generate_series(1, 1000) i; GRANT SELECT ON public.places TO ada; ANALYZE public.places; CREATE SCHEMA hidden; CREATE TABLE hidden.secrets ()",
      "bison",
    );
    add("plain", []);
  });
  afterAll(() => server?.stop());
  const add = (name: string, reference: readonly string[]): Ended =>
    run([
      "connection",
      "add",
      name,
      `postgres://ada@localhost:${server.port}/bison`,
      "--sslmode",
      "verify-full",
      "--ca",
      server.certificates.ca,
      ...reference,
    ]);

  it("is tested step by step, with its password from a variable", () => {
    expect(add("real", ["--secret", "env:BISON_PASSWORD"]).status).toBe(0);
    const { status, stdout } = run(["connection", "test", "real"], { BISON_PASSWORD: secret });
    expect(status).toBe(0);
    expect(stdout.split("\n").map((line) => line.slice(0, 20).trimEnd())).toEqual([
      `ada@localhost:${server.port}/bison`.slice(0, 20).trimEnd(),
      "name           ok",
      "tcp            ok",
      "tls            ok",
      "authentication ok",
      "query          ok",
      "rights         ok",
      "",
    ]);
    const report = JSON.parse(
      run(["connection", "test", "real", "--json", "--needs", "publish"], { BISON_PASSWORD: secret }).stdout,
    );
    expect(report).toMatchObject({
      ok: true,
      method: "SCRAM-SHA-256",
      isEncrypted: true,
      server: { encoding: "UTF8", isReadOnly: false },
    });
    expect(report.steps).toHaveLength(6);
  });

  it("stops where it fails, with an exit code, the reason and what to do", () => {
    const { status, stdout, stderr } = run(["connection", "test", "real"], {
      BISON_PASSWORD: `not-${secret}`,
    });
    expect(status).toBe(2);
    expect(stdout).toMatch(/^authentication FAILED/m);
    expect(stdout).toMatch(/^query +- +not tried$/m);
    expect(stderr).toMatch(
      /^bisonflow: ada@localhost:\d+\/bison: the password \(variable BISON_PASSWORD\) is not that of ada.*\n {2}Check user and password/,
    );
    const json = run(["connection", "test", "real", "--json"], { BISON_PASSWORD: "wrong" });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false });
    expect(JSON.parse(json.stderr).error.code).toBe("database-password-refused");
    const unset = run(["connection", "test", "real"]);
    expect(`${unset.status} ${unset.stderr}`).toContain("BISON_PASSWORD, which is not set");
  });

  it("can be tried with other TLS than is stored, for the call", () => {
    const other = ["connection", "test", "plain", "--ca", server.certificates.otherCa];
    expect(run(other, { PGPASSWORD: secret }).stderr).toContain(
      "signed by an authority that is not trusted here",
    );
    const lax = run([...other.slice(0, 3), "--sslmode", "disable"], { PGPASSWORD: secret });
    expect(lax.stderr).toContain("rejects this");
    expect(run(["connection", "test", "plain", "--sslmode", "full"]).status).toBe(2);
  });

  it("takes its password from PGPASSWORD, a file of passwords, or a URL, for the call", () => {
    expect(run(["connection", "test", "plain"], { PGPASSWORD: secret }).status).toBe(0);
    const none = run(["connection", "test", "plain"]);
    expect(`${none.status} ${none.stderr}`).toMatch(
      /^2 .*the server asks for a password \(SCRAM-SHA-256\), and there is none/,
    );
    const file = join(folder, "pgpass");
    writeFileSync(file, `# of ada\nother:*:*:*:x\nlocalhost:${server.port}:*:ada:${secret}\n`);
    chmodSync(file, 0o644);
    expect(run(["connection", "test", "plain"], { PGPASSFILE: file }).stderr).toContain("chmod 600");
    chmodSync(file, 0o600);
    expect(run(["connection", "test", "plain"], { PGPASSFILE: file }).status).toBe(0);
    add("filed", ["--secret", `passfile:${file}`]);
    expect(run(["connection", "test", "filed"]).status).toBe(0);
    const url = run([
      "connection",
      "test",
      `postgres://ada:${secret}@localhost:${server.port}/bison?sslmode=require`,
    ]);
    expect(url.status).toBe(0);
    expect(url.stderr).toContain("the password in the URL is used for this call alone");
    add("asked", ["--secret", "prompt"]);
    expect(run(["connection", "test", "asked"]).stderr).toContain("nobody is at a terminal");
  });

  it("is crawled by its name, and the tables are in the catalog", () => {
    const { status, stdout } = run(["crawl", "plain"], { PGPASSWORD: secret });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^bison_public_places +added +~1,000 /m);
    expect(stdout).not.toContain("secrets");
    const shown = JSON.parse(run(["catalog", "show", "bison_public_places", "--json"]).stdout);
    expect(shown).toMatchObject({
      StorageDescriptor: { Location: "bison.public.places" },
      Parameters: { classification: "postgresql", connectionName: "plain" },
    });
    for (const args of [
      ["preview", "bison_public_places"],
      ["sql", "SELECT * FROM bison_public_places"],
    ])
      expect(run(args).stderr).toContain(
        "it is a table of a PostgreSQL database (bison.public.places at localhost:",
      );
    mkdirSync(join(folder, "cwd", "plain"), { recursive: true });
    expect(run(["crawl", "plain"], { PGPASSWORD: secret }, join(folder, "cwd")).stderr).toContain(
      "a folder of this name and a stored connection",
    );
  });

  it("is published to, and says what happened", () => {
    const out = join(folder, "demo");
    bisonflow(["demo", "--out", out, "--records", "3000"]);
    const first = run(["publish", out, "--to", "plain", "--schema", "counts"], { PGPASSWORD: secret });
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(/^Published to schema counts of ada@localhost:\d+\/bison: [\d,]+ rows in /);
    expect(first.stdout).toMatch(/^county_counts +3,231$/m);
    expect(first.stdout).toContain("has no PostGIS");
    const second = run(["publish", out, "--to", "plain", "--schema", "counts", "--json"], {
      PGPASSWORD: secret,
    });
    expect(JSON.parse(second.stdout)).toMatchObject({ change: "unchanged", schema: "counts" });
  });
});
