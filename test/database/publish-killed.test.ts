import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  findCredentials,
  Password,
  type PublishEvent,
  parseDatabaseUrl,
  publishResult,
} from "../../src/database/index.ts";
import { localStore } from "../../src/store/index.ts";
import { root, temporaryFolder } from "../support/paths.ts";
import { noPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { makeLargeResult, makeResult } from "./make-result.ts";
import { password, publisher } from "./publisher.ts";

const folder = temporaryFolder();
let server: Postgres;
const { url, publish, state } = publisher(() => server);

describe.skipIf(noPostgres)("publishing a million rows", () => {
  let large: string;
  let small: string;
  beforeAll(async () => {
    server = await startPostgres({
      hba: ["hostnossl all bob 127.0.0.1/32 scram-sha-256"],
      settings: { max_wal_size: "4GB", shared_buffers: "128MB" },
    });
    server.sql(`CREATE ROLE ada LOGIN PASSWORD '${password}'`);
    server.sql("CREATE DATABASE bison OWNER ada");
    large = await makeLargeResult(join(folder, "large"), 1_000_000);
    small = await makeResult(join(folder, "small"), {
      plan: "small",
      tables: [{ name: "county_counts", query: "SELECT 'x' AS region_id" }],
    });
  });
  afterAll(() => server?.stop());

  const start = (out: string, schema: string): ChildProcess =>
    spawn(
      process.execPath,
      [join(root, "dist", "cli", "main.js"), "publish", out, "--to", url("bison"), "--schema", schema],
      { env: { ...process.env, PGPASSWORD: password }, stdio: ["ignore", "pipe", "pipe"] },
    );
  const ended = (child: ChildProcess): Promise<{ code: number | null; text: string }> =>
    new Promise((resolve) => {
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream?.on("data", (bytes: Buffer) => (text += bytes));
      child.once("close", (code) => resolve({ code, text }));
    });
  /** Resolves when no session of bisonflow is left on the server. */
  const alone = async (): Promise<void> => {
    const sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bisonflow'";
    for (let i = 0; i < 400 && server.sql(sessions) !== "0"; i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const copying = async (): Promise<void> => {
    for (let i = 0; i < 400; i++) {
      if (
        server.sql("SELECT count(*) FROM pg_stat_progress_copy WHERE tuples_processed > 50000", "bison") ===
        "1"
      )
        return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("no COPY was seen under way");
  };

  it("takes seconds", async () => {
    const report = await publish(large, { schema: "large" });
    expect(report.rows).toBeGreaterThan(1_000_000);
    expect(report.seconds).toBeLessThan(60);
    expect(server.sql("SELECT count(*), sum(occ_count) FROM large.county_x_species_matrix", "bison")).toBe(
      "1000000|499500000",
    );
  });

  it("takes no more memory for more rows", async () => {
    const peak = async (out: string, schema: string): Promise<number> => {
      const child = start(out, schema);
      let most = 0;
      const look = setInterval(() => {
        try {
          const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
          most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
        } catch {
          // It has just ended.
        }
      }, 10);
      const { code, text } = await ended(child);
      clearInterval(look);
      expect(`${code} ${text}`).toMatch(/^0 Published/);
      return most;
    };
    const few = await peak(await makeLargeResult(join(folder, "few"), 250_000), "few");
    const many = await peak(await makeLargeResult(join(folder, "many"), 3_000_000), "many");
    expect(many).toBeLessThan(few + 120);
  });

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "leaves all as it was when ended by %s in the middle",
    async (signal) => {
      await publish(small, { schema: "killed" });
      const before = state("killed");
      const child = start(large, "killed");
      const end = ended(child);
      await copying();
      child.kill(signal);
      const { code, text } = await end;
      expect(text).not.toContain(password);
      if (signal === "SIGTERM") expect(`${code} ${text}`).toMatch(/^130 .*is as it was/s);
      await alone();
      expect(state("killed")).toBe(before);
    },
  );

  it("is whole or not there at all, whenever it is killed", async () => {
    const out = await makeLargeResult(join(folder, "short"), 60_000);
    const seen = new Set<string>();
    // A start takes about a second; the publish itself a few tenths.
    for (let i = 0; i < 12; i++) {
      const child = start(out, "any");
      const end = ended(child);
      await new Promise((resolve) => setTimeout(resolve, 300 + 150 * i));
      child.kill("SIGKILL");
      await end;
      await alone();
      const tables = server.sql(
        "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace('any')",
        "bison",
      );
      seen.add(tables);
      if (tables === "5") {
        expect(server.sql(`SELECT count(*) FROM "any".county_x_species_matrix`, "bison")).toBe("60000");
        server.sql(`DROP SCHEMA "any" CASCADE`, "bison");
      }
    }
    expect([...seen].filter((tables) => tables !== "0" && tables !== "5")).toEqual([]);
    expect((await publish(out, { schema: "any" })).rows).toBeGreaterThan(60_000);
  });

  it("leaves all as it was when the server is killed, says so, and goes through the next time", async () => {
    await publish(small, { schema: "killed" });
    const before = state("killed");
    const child = start(large, "killed");
    const end = ended(child);
    await copying();
    await server.crash();
    const { code, text } = await end;
    expect(`${code} ${text}`).toMatch(
      /^4 .*(the connection was lost; schema killed is as it was|did not succeed)/s,
    );
    expect(text).not.toContain(password);
    await server.start();
    expect(state("killed")).toBe(before);
    expect((await publish(large, { schema: "killed" })).change).toBe("replaced");
  });

  it("lets the second of two wait for the first, and find its work done", async () => {
    const waited: string[] = [];
    const observe = (event: PublishEvent): void => {
      if (event.type === "waiting") waited.push(event.message);
    };
    const reports = await Promise.all([
      publish(large, { schema: "two", observe }),
      publish(large, { schema: "two", observe }),
    ]);
    expect(reports.map(({ change }) => change).sort()).toEqual(["published", "unchanged"]);
    expect(waited).toHaveLength(1);
  });

  it("lets readers read the old tables until the new ones are whole", async () => {
    await publish(small, { schema: "read" });
    const seen = new Set<string>();
    let done = false;
    const published = publish(large, { schema: "read" }).finally(() => {
      done = true;
    });
    // Not by psql, which would hold this process up, and the publish with it.
    const reader = new pg.Client({
      host: "127.0.0.1",
      port: server.port,
      user: "postgres",
      password: server.password,
      database: "bison",
    });
    await reader.connect();
    while (!done) {
      const { rows } = await reader.query<{ n: string }>("SELECT count(*) AS n FROM read.county_counts");
      seen.add(rows[0]?.n ?? "");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await reader.end();
    await published;
    expect([...seen].filter((rows) => rows !== "1" && rows !== "500")).toEqual([]);
    expect(seen.has("1")).toBe(true);
  });

  it("does not know what became of it when the connection is lost at the very end, says so, and finds out", async () => {
    server.sql(`CREATE ROLE bob LOGIN PASSWORD '${password}'; CREATE SCHEMA ends AUTHORIZATION bob`, "bison");
    const credentials = (port: number) => {
      const { target } = parseDatabaseUrl(`postgres://bob@127.0.0.1:${port}/bison?sslmode=disable`);
      return findCredentials(target, { password: new Password(password), sources: {} }).then((found) => ({
        target,
        credentials: found,
      }));
    };
    const options = { out: small, store: localStore(), schema: "ends" };
    for (const [passesOn, change] of [
      [false, "published"],
      [true, "unchanged"],
    ] as const) {
      server.sql("DROP SCHEMA ends CASCADE; CREATE SCHEMA ends AUTHORIZATION bob", "bison");
      const proxy = await cutAtCommit(server.port, passesOn);
      await expect(publishResult({ ...options, ...(await credentials(proxy.port)) })).rejects.toMatchObject({
        code: "publish-unknown",
        exitCode: 4,
      });
      await alone();
      expect((await publishResult({ ...options, ...(await credentials(server.port)) })).change).toBe(change);
      proxy.close();
    }
  });

  it("stops when asked to while it still connects", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { target } = parseDatabaseUrl(
      `postgres://ada@127.0.0.1:${(silent.address() as AddressInfo).port}/bison`,
    );
    const credentials = await findCredentials(target, { sources: {} });
    const options = {
      out: small,
      store: localStore(),
      target,
      credentials,
      signal: AbortSignal.timeout(100),
    };
    const start = Date.now();
    await expect(publishResult(options)).rejects.toMatchObject({ code: "interrupted" });
    expect(Date.now() - start).toBeLessThan(5000);
    silent.close();
  });

  it("stops when asked to, and changes nothing", async () => {
    await publish(small, { schema: "stopped" });
    const before = state("stopped");
    const controller = new AbortController();
    const observe = (event: PublishEvent): void => {
      if (event.type === "rows" && event.rows > 100_000) controller.abort();
    };
    await expect(
      publish(large, { schema: "stopped", signal: controller.signal, observe }),
    ).rejects.toMatchObject({
      code: "interrupted",
      exitCode: 130,
    });
    expect(state("stopped")).toBe(before);
  });
});

/** A way to the server that is cut when COMMIT comes along, before or after the server has it. */
async function cutAtCommit(port: number, passesOn: boolean): Promise<{ port: number; close(): void }> {
  const proxy = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) socket.on("error", () => undefined);
    far.pipe(near);
    near.on("data", (bytes) => {
      if (!bytes.includes("COMMIT")) {
        far.write(bytes);
        return;
      }
      far.unpipe(near);
      if (passesOn) far.write(bytes);
      near.destroy();
      setTimeout(() => far.destroy(), passesOn ? 500 : 0);
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return { port: (proxy.address() as AddressInfo).port, close: () => proxy.close() };
}
