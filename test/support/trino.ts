import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTrino, trinoInstall } from "./make-trino.ts";

const missing = makeTrino();
if (missing !== undefined && process.env.CI === "true")
  throw new Error(`CI reads every table with Trino, and that is missing: ${missing}`);

/** Why tests with Trino are skipped, or false. Use with describe.skipIf(noTrino). */
export const noTrino: string | false = missing ?? false;

/** A column of an answer, its type in Trino's words. */
export interface TrinoColumn {
  readonly name: string;
  readonly type: string;
}

/** What a statement answered. */
export interface TrinoAnswer {
  readonly columns: readonly TrinoColumn[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A running Trino; `query` throws with Trino's own words. */
export interface Trino {
  query(sql: string): Promise<TrinoAnswer>;
  stop(): Promise<void>;
}

/** What Trino's catalog `awsdatacatalog` stands on: the emulator's Glue and S3. */
export interface TrinoOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Starts Trino, the engine that Athena is made of, on 127.0.0.1, with the Glue catalog and S3 of an emulator as
 * `awsdatacatalog` (Athena's own name for it), and waits until it answers: 15 to 60 seconds on two cores.
 */
export async function startTrino(options: TrinoOptions): Promise<Trino> {
  const install = trinoInstall();
  if (install === undefined) throw new Error(`No Trino: ${missing}`);
  const port = await freePort();
  const home = mkdtempSync(join(tmpdir(), "bisonflow-trino-"));
  writeSettings(home, { ...options, port, plugins: join(install.server, "plugin") });
  const log = join(home, "server.log");
  const out = openSync(log, "w");
  // It ends when its input does: with this process, however that ends.
  const script = 'set -m; "$@" </dev/null & read -r _; kill -9 $!; wait';
  const command = ["-c", script, "bash", install.java, ...javaArguments(home, install.server)];
  const server = spawn("bash", command, { cwd: home, stdio: ["pipe", out, out] });
  closeSync(out);
  const stop = () => end(server, home);
  const url = `http://127.0.0.1:${port}`;
  try {
    await answering(url, server, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { query: (sql) => askWhenReady(url, sql), stop };
}

function javaArguments(home: string, server: string): string[] {
  return [
    "-Xmx1500M",
    "-Dlog.enable-console=true",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    `-Dconfig=${join(home, "etc", "config.properties")}`,
    `-Dlog.levels-file=${join(home, "etc", "log.properties")}`,
    "-cp",
    `${join(server, "lib")}/*`,
    "io.trino.server.TrinoServer",
  ];
}

function writeSettings(home: string, options: TrinoOptions & { port: number; plugins: string }): void {
  const { endpoint, region, accessKeyId, secretAccessKey, port, plugins } = options;
  const write = (name: string, settings: Record<string, string | number | boolean>): void => {
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    writeFileSync(join(home, "etc", name), lines.join(""));
  };
  mkdirSync(join(home, "etc", "catalog"), { recursive: true });
  write("config.properties", {
    coordinator: true,
    "node-scheduler.include-coordinator": true,
    "http-server.http.port": port,
    "discovery.uri": `http://127.0.0.1:${port}`,
    "catalog.management": "static",
    "catalog.config-dir": join(home, "etc", "catalog"),
    "plugin.dir": plugins,
    "query.max-memory": "512MB",
    "query.max-memory-per-node": "512MB",
    "memory.heap-headroom-per-node": "300MB",
    "node.environment": "test",
    "node.id": "one",
    "node.bind-ip": "127.0.0.1",
    "node.internal-address": "127.0.0.1",
  });
  write("log.properties", { "io.trino": "WARN", "": "WARN" });
  write(join("catalog", "awsdatacatalog.properties"), {
    "connector.name": "hive",
    "hive.metastore": "glue",
    "hive.metastore.glue.region": region,
    "hive.metastore.glue.endpoint-url": endpoint,
    "hive.metastore.glue.aws-access-key": accessKeyId,
    "hive.metastore.glue.aws-secret-key": secretAccessKey,
    "hive.metastore.glue.partitions-segments": 1,
    "hive.table-statistics-enabled": false,
    "hive.collect-column-statistics-on-write": false,
    "hive.non-managed-table-writes-enabled": true,
    "fs.native-s3.enabled": true,
    "s3.endpoint": endpoint,
    "s3.region": region,
    "s3.path-style-access": true,
    "s3.aws-access-key": accessKeyId,
    "s3.aws-secret-key": secretAccessKey,
    "hive.parquet.time-zone": "UTC",
    // As Athena does: what lies in folders below a table's is the table's.
    "hive.recursive-directories": true,
  });
}

async function answering(url: string, server: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + 240_000;
  let last: unknown;
  while (Date.now() < deadline && server.exitCode === null) {
    try {
      const { rows } = await ask(url, "SELECT state FROM system.runtime.nodes");
      if (rows.length > 0) return;
    } catch (error) {
      last = error;
    }
    await pause(500);
  }
  const words = readFileSync(log, "utf8").slice(-3000);
  throw new Error(`Trino does not answer (${String(last)}); its log ends:\n${words}`);
}

/** A node that answers is not yet one that takes work. */
async function askWhenReady(url: string, sql: string): Promise<TrinoAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(url, sql);
    } catch (error) {
      if (attempt > 60 || !(error as Error).message.startsWith("NO_NODES_AVAILABLE")) throw error;
      await pause(500);
    }
  }
}

interface Page {
  readonly nextUri?: string;
  readonly columns?: readonly TrinoColumn[];
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: { readonly message: string; readonly errorName: string };
}

async function ask(url: string, sql: string): Promise<TrinoAnswer> {
  const headers = { "X-Trino-User": "test", "X-Trino-Catalog": "awsdatacatalog", "X-Trino-Time-Zone": "UTC" };
  let columns: readonly TrinoColumn[] = [];
  const rows: (readonly unknown[])[] = [];
  let answer = await fetch(`${url}/v1/statement`, { method: "POST", body: sql, headers });
  for (;;) {
    if (answer.status === 503) {
      await pause(100);
    } else if (!answer.ok) {
      throw new Error(`Trino answered ${answer.status}: ${await answer.text()}`);
    }
    const page = answer.status === 503 ? { nextUri: answer.url } : ((await answer.json()) as Page);
    if (page.error !== undefined) throw new Error(`${page.error.errorName}: ${page.error.message}`);
    columns = page.columns ?? columns;
    rows.push(...(page.data ?? []));
    if (page.nextUri === undefined) return { columns, rows };
    answer = await fetch(page.nextUri, { headers });
  }
}

async function end(server: ChildProcess, home: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.stdin?.end();
    await ended;
  }
  rmSync(home, { recursive: true, force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address ? resolve(address.port) : reject()));
    });
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
