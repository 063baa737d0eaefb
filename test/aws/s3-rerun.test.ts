import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Store } from "../../src/aws/s3/index.ts";
import type { Store } from "../../src/store/index.ts";
import { bisonflow, startBisonflow } from "../support/command.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noMoto, type S3Server, startMoto } from "../support/s3-servers.ts";
import { sampleRegister, writeSampleRecords } from "../support/sample-records.ts";

const folder = temporaryFolder();
const to = "s3://results/run";
const records = "s3://results/records/";
let server: S3Server;
let store: Store;

const command = (more: readonly string[]): string[] => [
  ...["run", "--occurrences", records, "--to", to, "--no-catalog", "--cache", join(folder, "cache")],
  ...more,
];

async function names(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { uri } of store.list(prefix)) found.push(uri.slice(prefix.length));
  return found;
}

async function manifest(): Promise<{ files: { path: string; bytes: number }[] }> {
  return JSON.parse(Buffer.from(await store.read(`${to}/manifest.json`)).toString());
}

describe.skipIf(noMoto)(`a result in S3 ${noMoto || ""}`, () => {
  beforeAll(async () => {
    server = await startMoto();
    await server.makeBucket("results");
    store = s3Store(server.access, { stagingFolder: folder });
    await writeSampleRecords({ folder: join(folder, "records"), files: 2, rows: 3000 });
    for (const name of ["000000", "000001"])
      await store.publishFile(join(folder, "records", name), records + name);
    writeFileSync(join(folder, "register.csv"), sampleRegister);
  });
  afterAll(async () => server?.stop());

  it("that is interrupted gives its prefix back and goes on when asked again", async () => {
    const child = startBisonflow(command(["--register", join(folder, "register.csv")]), {
      env: { ...server.env, TMPDIR: folder },
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
    const output = Promise.all([child.stdout && text(child.stdout), child.stderr && text(child.stderr)]);
    while (!(await names(`${to}/.bisonflow/tasks/`)).some((name) => name.endsWith("result.json"))) {
      await new Promise((resume) => setTimeout(resume, 20));
    }
    child.kill("SIGINT");
    const [, stderr] = await output;
    expect(await ended).toBe(130);
    expect(stderr).toMatch(/Interrupted: [1-9]\d* of \d+ tasks are done and kept/);
    expect(await names(`${to}/.bisonflow/lock`)).toEqual([]);
    expect(await names(`${to}/manifest.json`)).toEqual([]);
    const again = bisonflow(command(["--register", join(folder, "register.csv")]), { env: server.env });
    expect(again.stderr).toBe("");
    expect(again.stdout).toMatch(/Going on: [1-9]\d* of/);
    const events = Buffer.from(await store.read(`${to}/events.ndjson`))
      .toString()
      .trim()
      .split("\n");
    const types = events.map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types.filter((type) => type === "run-started")).toHaveLength(2);
    expect(types).toContain("run-interrupted");
    expect(types.at(-1)).toBe("run-finished");
  });

  it("that is made again otherwise holds just what its manifest lists, and nothing of the one before", async () => {
    const before = (await manifest()).files.map(({ path }) => path);
    const other = bisonflow(command(["--columns", "gbifid,species", "--format", "parquet"]), {
      env: server.env,
    });
    expect(other.stderr).toBe("");
    const { files } = await manifest();
    expect(before.length).toBeGreaterThan(files.length);
    const installed = (await names(`${to}/`)).filter((name) => !name.startsWith(".bisonflow/"));
    expect(installed.sort()).toEqual(
      [...files.map(({ path }) => path), "manifest.json", "events.ndjson"].sort(),
    );
    for (const { path, bytes } of files) expect((await store.stat(`${to}/${path}`))?.bytes).toBe(bytes);
    // Outputs of the plan before are gone too.
    const plan = JSON.parse(Buffer.from(await store.read(`${to}/.bisonflow/plan.json`)).toString()) as {
      stages: { name: string; tasks: { key: string }[] }[];
    };
    const keys = plan.stages.flatMap(({ name, tasks }) => tasks.map(({ key }) => `${name}-${key}`));
    const kept = new Set((await names(`${to}/.bisonflow/tasks/`)).map((name) => name.split("/")[0] ?? ""));
    expect([...kept].sort()).toEqual(keys.sort());
  });

  it("is looked at beforehand without touching it", async () => {
    const before = await names(`${to}/`);
    const { status, stdout } = bisonflow([...command(["--min-occurrences", "7"]), "--dry-run"], {
      env: server.env,
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/tasks would run; nothing was done/);
    expect(await names(`${to}/`)).toEqual(before);
  });
});
