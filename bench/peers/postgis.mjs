// PostGIS in a cluster of the bench's own: a temporary folder, a loopback port, gone afterwards.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const bin = "/usr/lib/postgresql/15/bin";
const password = "bench";

/** Points and polygons in tables; `outer: "points"` looks counties up for points, "polygons" points for counties. */
export async function runPostgis({ wkt, points, count, repetitions, outer }) {
  if (!existsSync(join(bin, "postgres"))) {
    throw new Error(
      "PostgreSQL 15 with PostGIS is not here (apt-get install postgresql-15 postgresql-15-postgis-3)",
    );
  }
  const cluster = await startCluster();
  try {
    cluster.sql(
      "CREATE EXTENSION postgis; CREATE TABLE county (id text, geom geometry); CREATE TABLE points (geom geometry);",
    );
    const lines = readFileSync(wkt, "utf8")
      .split("\n")
      .map((line) => line.replace("\t", "\tSRID=4326;"));
    cluster.copy("county", lines);
    cluster.copy("points", ewkbPoints(points, count));
    cluster.sql("CREATE INDEX ON county USING gist (geom); ANALYZE county; ANALYZE points;");
    if (outer === "polygons") cluster.sql("CREATE INDEX ON points USING gist (geom); ANALYZE points;");
    const query = `SET jit = off; SET max_parallel_workers_per_gather = 0; SET work_mem = '256MB';
      SELECT c.id, count(*) FROM ${outer === "points" ? "points p JOIN county c" : "county c JOIN points p"}
      ON ST_Intersects(c.geom, p.geom) GROUP BY 1`;
    const once = () => {
      const before = cluster.endedSeconds();
      const text = cluster.sql(query);
      const rows = text
        .trim()
        .split("\n")
        .filter((line) => line.includes("|"))
        .map((line) => line.split("|"));
      return {
        seconds: cluster.endedSeconds() - before,
        counts: new Map(rows.map(([id, n]) => [id, Number(n)])),
      };
    };
    once();
    const runs = Array.from({ length: repetitions }, once);
    return { seconds: runs.map(({ seconds }) => seconds), counts: runs[0].counts };
  } finally {
    cluster.stop();
  }
}

async function startCluster() {
  const folder = mkdtempSync(join(tmpdir(), "bench-postgis-"));
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password);
  const isRoot = process.getuid() === 0;
  if (isRoot) {
    const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    chownSync(folder, id("-u"), id("-g"));
    chownSync(passwordFile, id("-u"), id("-g"));
  } else chmodSync(folder, 0o700);
  const asUser = (command, args) =>
    isRoot
      ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", command, ...args]]
      : [command, args];
  const run = (command, args) =>
    execFileSync(...asUser(join(bin, command), args), { stdio: "pipe", cwd: folder });
  run("initdb", ["-D", data, "-U", "bench", "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--no-sync"]);
  const port = await freePort();
  run("pg_ctl", [
    "-D",
    data,
    "-w",
    "-l",
    join(folder, "log"),
    "-o",
    `-c listen_addresses=127.0.0.1 -p ${port} -c unix_socket_directories= -c fsync=off -c shared_buffers=512MB -c autovacuum=off`,
    "start",
  ]);
  const postmaster = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
  const environment = {
    ...process.env,
    PGHOST: "127.0.0.1",
    PGPORT: String(port),
    PGUSER: "bench",
    PGPASSWORD: password,
    PGDATABASE: "postgres",
  };
  const psql = (args, input) => {
    const { status, stdout, stderr } = spawnSync(
      join(bin, "psql"),
      ["-qAtX", "-v", "ON_ERROR_STOP=1", ...args],
      {
        env: environment,
        input,
        encoding: "utf8",
        maxBuffer: 1 << 28,
      },
    );
    if (status !== 0) throw new Error(stderr.trim());
    return stdout;
  };
  return {
    sql: (text) => psql(["-c", text]),
    copy: (table, lines) => psql(["-c", `COPY ${table} FROM STDIN`], `${lines.join("\n")}\n`),
    /** Processor seconds of sessions that have ended: the postmaster waits for its children. */
    endedSeconds: () => {
      spawnSync("sleep", ["0.2"]);
      const fields = readFileSync(`/proc/${postmaster}/stat`, "utf8").split(") ")[1].split(" ");
      return (Number(fields[13]) + Number(fields[14])) / 100;
    },
    stop: () => {
      run("pg_ctl", ["-D", data, "-m", "immediate", "stop"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Points as hexadecimal EWKB, which COPY reads as geometry. */
function ewkbPoints({ lons, lats }, count) {
  const bytes = Buffer.alloc(25);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(0x20000001, 1);
  bytes.writeUInt32LE(4326, 5);
  return Array.from({ length: count }, (_, i) => {
    bytes.writeDoubleLE(lons[i], 9);
    bytes.writeDoubleLE(lats[i], 17);
    return bytes.toString("hex");
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
