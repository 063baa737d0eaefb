import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PutObjectAclCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3Store } from "../../src/aws/s3/index.ts";
import type { Store } from "../../src/store/index.ts";
import { compose, makePlan, runPlan, runSpec, uploadInputs } from "../../src/workflow/index.ts";
import { bisonflow, type Ended, startBisonflow } from "../support/command.ts";
import { noSharedData, root, sharedFile, temporaryFolder } from "../support/paths.ts";
import { readManifest, resultContent } from "../support/result-content.ts";
import { noMoto, type S3Server, startMoto } from "../support/s3-servers.ts";

const folder = temporaryFolder();
const cache = join(folder, "cache");
const temporary = join(folder, "tmp");
mkdirSync(temporary);
const reason = noMoto || noSharedData;
const gbif = "gbif-open-data-us-east-1";
const snapshots = ["snapshot-schema-2021", "snapshot-schema-2024-03", "snapshot-schema-2024-late"];
const county = sharedFile("regions/cb_2021_us_county_5m.zip");
const aiannh = sharedFile("regions/cb_2021_us_aiannh_500k.zip");
const register = sharedFile("register/US-RIIS_MasterList_2021.csv");
const common = ["--profile", "all", "--no-catalog", "--cache", cache];

let server: S3Server;
let store: Store;
let nobody: Record<string, string>;

function run(args: readonly string[], env: Record<string, string> = server.env): Ended {
  return bisonflow(["run", ...args, ...common], { env: { ...env, TMPDIR: temporary } });
}

/** A result in S3, on disk. */
async function download(prefix: string): Promise<string> {
  const out = join(folder, `copy-of-${prefix.replaceAll(/\W+/g, "-")}`);
  for await (const { uri } of store.list(`${prefix}/`)) {
    const name = uri.slice(prefix.length + 1);
    if (name.startsWith(".bisonflow/")) continue;
    mkdirSync(dirname(join(out, name)), { recursive: true });
    writeFileSync(join(out, name), await store.read(uri));
  }
  return out;
}

async function names(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { uri } of store.list(prefix)) found.push(uri.slice(prefix.length));
  return found;
}

/** Records, tables and maps: all but what tells of the run itself. */
function content(out: string): Record<string, string> {
  const all = Object.entries(resultContent(out));
  return Object.fromEntries(all.filter(([name]) => /^(tables|maps|occurrences)\//.test(name)));
}

describe.skipIf(reason)(`a run with S3 ${reason || ""}`, () => {
  beforeAll(async () => {
    server = await startMoto();
    store = s3Store(server.access, { stagingFolder: join(folder, "staged") });
    for (const bucket of ["records", "results", gbif]) await server.makeBucket(bucket);
    nobody = {
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_REGION: "",
      AWS_PROFILE: "",
      HOME: join(folder, "nobody"),
      AWS_CONFIG_FILE: join(folder, "no-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "no-credentials"),
    };
    await store.publishFile(sharedFile("occurrences/isu-birds.dwca.zip"), "s3://records/birds/isu.zip");
    for (const [index, name] of snapshots.entries()) {
      await store.publishFile(
        sharedFile(`occurrences/${name}.parquet`),
        `s3://records/snapshot/00000${index}`,
      );
    }
    await store.publishBytes(Buffer.from("cite me"), "s3://records/snapshot/citation.txt");
    await store.publishFile(county, "s3://records/layers/county.zip");
    await store.publishFile(register, "s3://records/register.csv");
    await publishSnapshots();
    const local = run([
      ...["--occurrences", sharedFile("occurrences/isu-birds.dwca.zip")],
      ...snapshots.map((name) => sharedFile(`occurrences/${name}.parquet`)),
      ...["--layer", `county=${county}`, "--layer", `aiannh=${aiannh}`, "--register", register],
      ...["--resolve", "names", "--out", join(folder, "local")],
    ]);
    expect(local.stderr).toBe("");
  });
  afterAll(async () => server?.stop());

  /** Three months in GBIF's bucket as GBIF has them, readable by everybody; the newest not whole yet. */
  async function publishSnapshots(): Promise<void> {
    const client = new S3Client({
      region: "us-east-1",
      endpoint: server.endpoint,
      credentials: server.access.credentials,
      forcePathStyle: true,
    });
    for (const [index, date] of ["2026-09-01", "2026-10-01", "2026-11-01"].entries()) {
      const base = `s3://${gbif}/occurrence/${date}`;
      const files = [`${base}/occurrence.parquet/000000`, ...(index === 2 ? [] : [`${base}/citation.txt`])];
      for (const uri of files) {
        const records = sharedFile(`occurrences/${snapshots[index]}.parquet`);
        await putAs(client, uri, uri.endsWith(".txt") ? Buffer.from(citation(date)) : readFileSync(records));
      }
    }
    client.destroy();
  }

  function citation(date: string): string {
    return `GBIF.org (${date}) GBIF Occurrence Data https://doi.org/10.15468/dl.${date.replaceAll("-", "")}`;
  }

  /** By a client of the account: a store is nobody in this bucket. */
  async function putAs(client: S3Client, uri: string, bytes: Buffer): Promise<void> {
    const Key = uri.slice(`s3://${gbif}/`.length);
    await client.send(new PutObjectCommand({ Bucket: gbif, Key, Body: bytes }));
    await client.send(new PutObjectAclCommand({ Bucket: gbif, Key, ACL: "public-read" }));
  }

  it("from S3 to S3 gives what a run on this machine gives, byte for byte", async () => {
    const to = "s3://results/deep/er/run";
    const args = [
      ...["--occurrences", "s3://records/birds/isu.zip", "s3://records/snapshot/"],
      ...["--layer", "county=s3://records/layers/county.zip", "--layer", `aiannh=${aiannh}`],
      ...["--register", "s3://records/register.csv", "--resolve", "names", "--to", to],
    ];
    const { status, stderr, stdout } = run(args);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain(`The report: ${to}/report.html`);
    expect(stdout).toMatch(/Moved [\d.]+ MB from S3 and [\d.]+ MB to it, by \d+ requests/);
    const copy = await download(to);
    expect(content(copy)).toEqual(content(join(folder, "local")));
    const [here, there] = [readManifest(join(folder, "local")), readManifest(copy)];
    expect(there.records).toEqual(here.records);
    for (const { path, bytes, sha256 } of there.files) {
      if (/^(tables|maps|occurrences)\//.test(path)) {
        expect(here.files.find((file) => file.path === path)).toMatchObject({ bytes, sha256 });
      }
    }
    const events = readFileSync(join(copy, "events.ndjson"), "utf8").trim().split("\n");
    expect(JSON.parse(events.at(-1) ?? "")).toMatchObject({
      type: "run-finished",
      traffic: { bytesRead: expect.any(Number), retries: 0 },
    });
    // The lock is given back, nothing is staged any more.
    expect((await names(`${to}/.bisonflow/`)).filter((name) => !name.startsWith("tasks/"))).toEqual([
      "plan.json",
    ]);

    const again = run(args);
    expect(again.status).toBe(0);
    expect(again.stdout).toMatch(/Going on: (\d+) of \1 tasks are done already/);
  });

  it("reads GBIF's newest whole snapshot in place, with no credentials at all", () => {
    const out = join(folder, "from-gbif");
    const { status, stderr } = run(["--occurrences", "gbif:latest", "--out", out], nobody);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const manifest = readManifest(out);
    expect(manifest.records.read).toBeGreaterThan(0);
    expect(manifest.source).toMatchObject({ snapshotDate: "2026-10-01", doi: "10.15468/dl.20261001" });
    const month = join(folder, "of-a-month");
    expect(run(["--occurrences", "gbif:2026-09", "--out", month], nobody).status).toBe(0);
    expect(readManifest(month).source).toMatchObject({ snapshotDate: "2026-09-01" });
  });

  it("does a single task of a plan in S3", () => {
    const plan = "s3://results/deep/er/run/.bisonflow/plan.json";
    const { status, stdout } = bisonflow(["task", "run", plan, "count", "0"], { env: server.env });
    expect(status).toBe(0);
    expect(stdout).toContain('"type":"task-finished"');
    const missing = bisonflow(["task", "run", "s3://results/none/plan.json", "count", "0"], {
      env: server.env,
    });
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain("s3://results/none/plan.json: no such object");
  });

  it("takes uploaded inputs for local ones, with the same keys and the same result", async () => {
    Object.assign(process.env, server.env);
    const services = compose({
      cacheFolder: cache,
      awsAccess: async () => server.access,
      command: [process.execPath, join(root, "dist/cli/main.js")],
    });
    const inputs = join(folder, "inputs");
    mkdirSync(inputs);
    const copies = [
      "occurrences/isu-birds.dwca.zip",
      ...snapshots.map((name) => `occurrences/${name}.parquet`),
    ];
    const occurrences = copies.map((name) => join(inputs, name.replace("occurrences/", "")));
    for (const [index, name] of copies.entries()) {
      writeFileSync(occurrences[index] ?? "", readFileSync(sharedFile(name)));
    }
    writeFileSync(join(inputs, "register.csv"), readFileSync(register));
    writeFileSync(join(inputs, "county.zip"), readFileSync(county));
    writeFileSync(join(inputs, "aiannh.zip"), readFileSync(aiannh));
    const config = runSpec.parse({
      occurrences,
      layers: ["county", "aiannh"].map((name) => ({ name, path: join(inputs, `${name}.zip`) })),
      register: { path: join(inputs, "register.csv"), resolve: "names" },
      profile: "all",
      out: "s3://results/uploaded",
      catalog: false,
    });
    const plan = await makePlan(config, { store: services.store, cacheFolder: cache });
    const uploaded = await uploadInputs(plan, services.store);
    expect(uploaded.key).toBe(plan.key);
    expect(
      uploaded.inputs.every(({ path }) => path.startsWith("s3://results/uploaded/.bisonflow/inputs/")),
    ).toBe(true);
    expect(JSON.stringify(uploaded.stages.map(({ tasks }) => tasks.map(({ work }) => work)))).not.toContain(
      inputs,
    );
    // Nobody needs the local files any more.
    renameSync(inputs, join(folder, "gone"));
    await runPlan(uploaded, { services, onEvent: () => undefined });
    const copy = await download("s3://results/uploaded");
    expect(content(copy)).toEqual(content(join(folder, "local")));
  });

  it("killed anywhere goes on, takes the lock of the dead run over, and refuses a second one", async () => {
    const to = "s3://results/killed";
    const args = [
      "--occurrences",
      "s3://records/snapshot/",
      "--register",
      "s3://records/register.csv",
      "--to",
      to,
    ];
    const firstRun = startBisonflow(["run", ...args, ...common], {
      env: { ...server.env, TMPDIR: temporary },
    });
    while (!(await names(`${to}/`)).some((name) => name.includes("tasks/"))) {
      await new Promise((resume) => setTimeout(resume, 20));
    }
    expect(await names(`${to}/.bisonflow/lock`)).toHaveLength(1);
    const second = run(args);
    expect(second.status).toBe(2);
    expect(second.stderr).toMatch(/Another run \(process \d+ on .*\) is at work on this prefix/);
    const ended = new Promise((resolve) => firstRun.once("exit", resolve));
    process.kill(-(firstRun.pid ?? 0), "SIGKILL");
    await ended;
    expect(await names(`${to}/manifest.json`)).toEqual([]);
    const third = run(args);
    expect(third.stderr).toBe("");
    expect(third.status).toBe(0);
    const whole = join(folder, "never-killed");
    const snapshotFiles = snapshots.map((name) => sharedFile(`occurrences/${name}.parquet`));
    expect(run(["--occurrences", ...snapshotFiles, "--register", register, "--out", whole]).status).toBe(0);
    expect(content(await download(to))).toEqual(content(whole));
  });

  it.each([
    [
      "a snapshot that is not there",
      ["--occurrences", "gbif:2019-01-01"],
      /gbif:2019-01-01: there is no such snapshot .* newest are 2026-11-01/,
    ],
    [
      "a bucket that is not there",
      ["--occurrences", "s3://no-such-bucket-here/x/"],
      /there is no bucket called no-such-bucket-here/,
    ],
    [
      "a prefix with nothing in it",
      ["--occurrences", "s3://records/nothing/"],
      /s3:\/\/records\/nothing\/: no object with records/,
    ],
    [
      "a file that is no table",
      ["--occurrences", "s3://records/snapshot/citation.txt"],
      /s3:\/\/records\/snapshot\/citation\.txt: none of its columns/,
    ],
    [
      "a layer that is not there",
      ["--occurrences", "s3://records/snapshot/", "--layer", "county=s3://records/none.zip"],
      /s3:\/\/records\/none\.zip: no such file/,
    ],
    [
      "what is no name of a bucket",
      ["--occurrences", "s3://No_Bucket/x"],
      /s3:\/\/No_Bucket\/x: no place in S3/,
    ],
  ])("says clearly that it was given %s, and makes nothing", (_what, args, message) => {
    const out = join(folder, "nothing-made");
    const { status, stderr } = run([...args, "--out", out]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("    at ");
    expect(status).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  it("says so when the result's bucket is missing, or --to is no prefix", () => {
    const args = ["--occurrences", "s3://records/snapshot/"];
    const missing = run([...args, "--to", "s3://no-such-bucket-here/run"]);
    expect(missing.status).toBe(2);
    expect(missing.stderr).toMatch(/there is no bucket called no-such-bucket-here/);
    expect(run([...args, "--to", "/data/run"]).stderr).toMatch(/--to \/data\/run: expected a prefix in S3/);
  });

  it("leaves nothing in the temporary folder", () => {
    const files = readdirSync(temporary, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    expect(files.map(({ name }) => name)).toEqual([]);
  });
});
