import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Store } from "../../src/aws/s3/index.ts";
import { openEngine } from "../../src/engine/index.ts";
import { columnsRead } from "../../src/occurrence/index.ts";
import type { Plan } from "../../src/workflow/index.ts";
import { neededColumns } from "../../src/workflow/needed-columns.ts";
import { bisonflow, startBisonflow } from "../support/command.ts";
import { type FaultProxy, type SeenRequest, startFaultProxy } from "../support/fault-proxy.ts";
import { temporaryFolder } from "../support/paths.ts";
import { readManifest, resultContent } from "../support/result-content.ts";
import { noMoto, type S3Server, startMoto } from "../support/s3-servers.ts";
import { writeSampleRecords } from "../support/sample-records.ts";

const folder = temporaryFolder();
const files = ["000000", "000001", "000002"];
const common = [
  "--workers",
  "1",
  "--no-catalog",
  "--cache",
  join(folder, "cache"),
  "--config",
  join(folder, "run.json"),
];
let server: S3Server;
let proxy: FaultProxy;
/** Bytes of the column chunks that a run needs, and of the footers. */
let needed = 0;
let whole = 0;

/** Records as GBIF's snapshots have them: most of a file is columns that nobody asks for. */
async function writeWideRecords(): Promise<void> {
  await writeSampleRecords({ folder: join(folder, "narrow"), files: files.length, rows: 150_000 });
  const engine = await openEngine();
  const unused = Array.from({ length: 12 }, (_, i) => `md5(gbifid || '${i}') AS unused${i}`).join(", ");
  for (const name of files) {
    await engine.run(`COPY (SELECT *, ${unused} FROM read_parquet('${join(folder, "narrow", name)}'))
      TO '${join(folder, name)}' (FORMAT parquet, ROW_GROUP_SIZE 50000, COMPRESSION zstd)`);
  }
  engine.close();
}

async function measureNeeded(plan: Plan): Promise<void> {
  const engine = await openEngine();
  for (const name of files) {
    const path = join(folder, name);
    const [input] = plan.inputs;
    if (input?.input.kind !== "parquet") throw new Error("no Parquet input");
    const columns = columnsRead(input.input.columns, neededColumns(plan));
    const row = await engine.row<{ chunks: bigint; footer: bigint; bytes: bigint }>(
      `SELECT (SELECT sum(total_compressed_size + coalesce(bloom_filter_length, 0)) FROM parquet_metadata('${path}')
         WHERE split_part(path_in_schema, ',', 1) IN (${columns.map((column) => `'${column}'`).join(", ")}))::BIGINT AS chunks,
         (footer_size + 8)::BIGINT AS footer, file_size_bytes::BIGINT AS bytes FROM parquet_file_metadata('${path}')`,
    );
    needed += Number(row.chunks) + Number(row.footer);
    whole += Number(row.bytes);
  }
  engine.close();
}

describe.skipIf(noMoto)(`what a run moves from S3 ${noMoto || ""}`, () => {
  beforeAll(async () => {
    server = await startMoto();
    proxy = await startFaultProxy(server.endpoint);
    await server.makeBucket("records");
    const store = s3Store(server.access, { stagingFolder: folder });
    await writeWideRecords();
    for (const name of files) await store.publishFile(join(folder, name), `s3://records/wide/${name}`);
    writeFileSync(
      join(folder, "run.json"),
      JSON.stringify({ occurrences: ["s3://records/wide/"], taskRows: 150_000 }),
    );
    const planned = bisonflow(["plan", ...common, "--out", join(folder, "out")], { env: server.env });
    expect(planned.stderr).toBe("");
    const plan = JSON.parse(planned.stdout) as Plan;
    expect(plan.stages.find(({ name }) => name === "annotate")?.tasks).toHaveLength(3);
    await measureNeeded(plan);
    const child = startBisonflow(["run", ...common, "--out", join(folder, "out")], {
      env: { ...server.env, AWS_ENDPOINT_URL: proxy.endpoint },
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    const [stderr] = await Promise.all([
      child.stderr && text(child.stderr),
      child.stdout && text(child.stdout),
    ]);
    expect(stderr).toBe("");
    expect(await ended).toBe(0);
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  const ofRecords = ({ method, path }: SeenRequest): boolean =>
    method === "GET" && path.startsWith("/records/wide/0");

  it("is at most 1.05 times the column chunks that it needs", () => {
    const moved = proxy.seen.filter(ofRecords).reduce((sum, { answeredBytes }) => sum + answeredBytes, 0);
    expect(needed).toBeLessThan(whole * 0.6);
    expect(moved).toBeGreaterThanOrEqual(needed);
    expect(moved).toBeLessThanOrEqual(needed * 1.05);
    // As a ratio in the log of CI.
    console.log(
      `moved ${moved} of ${whole} bytes, ${(moved / needed).toFixed(4)} times the ${needed} needed`,
    );
  });

  it("is what the manifest and the events say", () => {
    const moved = proxy.seen.reduce(
      (sum, { answeredBytes, path }) => (path.startsWith("/records/wide/") ? sum + answeredBytes : sum),
      0,
    );
    const events = readFileSync(join(folder, "out", "events.ndjson"), "utf8")
      .trim()
      .split("\n");
    const last = JSON.parse(events.at(-1) ?? "") as {
      traffic: { bytesRead: number; requests: number; retries: number };
    };
    expect(last.traffic).toMatchObject({ bytesRead: moved, requests: proxy.seen.length, retries: 0 });
    const stages = readManifest(join(folder, "out")).stages as {
      name: string;
      traffic?: { bytesRead: number };
    }[];
    const annotate = stages.find(({ name }) => name === "annotate")?.traffic?.bytesRead ?? 0;
    expect(annotate).toBeGreaterThan(moved * 0.9);
  });

  it("comes ahead: the next task's records while this one's are placed", () => {
    const events = readFileSync(join(folder, "out", "events.ndjson"), "utf8")
      .trim()
      .split("\n");
    const finished = events
      .map((line) => JSON.parse(line) as { time: string; type: string; stage?: string; index?: number })
      .filter(({ type, stage }) => type === "task-finished" && stage === "annotate");
    for (const { index = 0, time } of finished) {
      const next = files[index + 1];
      if (next === undefined) continue;
      const columns = proxy.seen.filter(
        ({ path, range = "" }) => path.startsWith(`/records/wide/${next}`) && /^bytes=\d{3,}-/.test(range),
      );
      expect(columns.length).toBeGreaterThan(0);
      // Asked for while the task before was at work; how much came by then is the machine's affair.
      expect(Math.min(...columns.map(({ at }) => at))).toBeLessThan(Date.parse(time));
    }
  });

  it("gives what the files themselves give", () => {
    const out = join(folder, "local");
    const local = bisonflow([
      "run",
      ...common,
      "--occurrences",
      ...files.map((name) => join(folder, name)),
      "--out",
      out,
    ]);
    expect(local.stderr).toBe("");
    const content = (of: string) =>
      Object.entries(resultContent(of)).filter(([name]) => /^(tables|maps|occurrences)\//.test(name));
    expect(content(join(folder, "out"))).toEqual(content(out));
  });

  it("is the rows of its part alone, where a task reads a part of a file, and gives the same", () => {
    const split = join(folder, "split.json");
    writeFileSync(split, JSON.stringify({ occurrences: ["s3://records/wide/"], taskRows: 50_000 }));
    const options = [...common.slice(0, -1), split];
    const there = bisonflow(["run", ...options, "--out", join(folder, "split-s3")], { env: server.env });
    expect(there.stderr).toBe("");
    const here = bisonflow([
      ...["run", ...options, "--occurrences", ...files.map((name) => join(folder, name))],
      ...["--out", join(folder, "split-local")],
    ]);
    expect(here.stderr).toBe("");
    const content = (of: string) =>
      Object.entries(resultContent(join(folder, of))).filter(([name]) =>
        /^(tables|maps|occurrences)\//.test(name),
      );
    expect(content("split-s3")).toEqual(content("split-local"));
    const stages = readManifest(join(folder, "split-s3")).stages as {
      name: string;
      tasks: number;
      traffic?: { bytesRead: number };
    }[];
    const annotate = stages.find(({ name }) => name === "annotate");
    expect(annotate?.tasks).toBe(9);
    // Not three times as much: only the groups at the borders of parts come twice, and the footers thrice.
    expect(annotate?.traffic?.bytesRead).toBeLessThan(needed * 2);
  });
});
