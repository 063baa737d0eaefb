import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { s3Store } from "../../src/aws/s3/index.ts";
import type { Store } from "../../src/store/index.ts";
import { type Ended, startBisonflow } from "../support/command.ts";
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from "../support/fault-proxy.ts";
import { temporaryFolder } from "../support/paths.ts";
import { noMoto, type S3Server, startMoto } from "../support/s3-servers.ts";
import { writeSampleRecords } from "../support/sample-records.ts";

const folder = temporaryFolder();
const out = join(folder, "out");
let server: S3Server;
let proxy: FaultProxy;
let store: Store;

/** The command, in a process that the proxy of this one can serve. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return command(["run", ...args, "--no-catalog", "--cache", join(folder, "cache")], env);
}

async function command(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = startBisonflow(args, {
    env: { ...server.env, AWS_ENDPOINT_URL: proxy.endpoint, TMPDIR: folder, ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const [stdout, stderr] = await Promise.all([
    child.stdout === null ? "" : text(child.stdout),
    child.stderr === null ? "" : text(child.stderr),
  ]);
  return { status: await ended, stdout, stderr };
}

const isList = ({ path }: SeenRequest): boolean => path.includes("list-type");
const nobody = {
  AWS_ACCESS_KEY_ID: "",
  AWS_SECRET_ACCESS_KEY: "",
  AWS_CONFIG_FILE: join(folder, "no-config"),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, "no-credentials"),
};

describe.skipIf(noMoto)(`a run that S3 refuses ${noMoto || ""}`, () => {
  beforeAll(async () => {
    server = await startMoto();
    proxy = await startFaultProxy(server.endpoint);
    store = s3Store(server.access, { stagingFolder: folder });
    await server.makeBucket("records");
    await server.makeBucket("results");
    await writeSampleRecords({ folder: join(folder, "sample"), files: 2, rows: 500 });
    for (const name of ["000000", "000001"])
      await store.publishFile(join(folder, "sample", name), `s3://records/sample/${name}`);
  });
  afterEach(() => {
    proxy.onRequest(() => undefined);
    proxy.forget();
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  const refusals: [string, Fault, RegExp, number][] = [
    [
      "an expired token",
      { kind: "error", status: 400, code: "ExpiredToken" },
      /credentials have expired .*\n.*Sign in again/,
      2,
    ],
    [
      "keys that are not known",
      { kind: "error", status: 403, code: "InvalidAccessKeyId" },
      /does not accept the credentials/,
      2,
    ],
    [
      "a right that is missing",
      { kind: "error", status: 403, code: "AccessDenied" },
      /access denied: .* may not perform s3:(ListBucket|GetObject).*\n.*Allow s3:/,
      2,
    ],
    [
      "the wrong region",
      { kind: "error", status: 301, code: "PermanentRedirect" },
      /asked in us-east-1, but it is in another region.*\n.*--region|AWS_REGION/,
      2,
    ],
    ["throttling without end", { kind: "slow-down" }, /asked to slow down, and still did/, 4],
  ];

  it.each(refusals)(
    "says that there is %s, listing or reading, and makes nothing",
    async (_what, fault, message, status) => {
      proxy.onRequest((seen) => (isList(seen) ? fault : undefined));
      const listing = await run(["--occurrences", "s3://records/sample/", "--out", out]);
      expect(listing.stderr).toMatch(message);
      expect(listing.stderr).not.toContain("    at ");
      expect(listing.stderr).not.toContain("testing");
      expect(listing.status).toBe(status);
      proxy.onRequest(() => fault);
      const reading = await run(["--occurrences", "s3://records/sample/000000", "--out", out]);
      expect(reading.stderr).toMatch(message);
      expect(reading.status).toBe(status);
      expect(existsSync(out)).toBe(false);
    },
  );

  it.each(refusals.slice(2, 3))(
    "says that there is %s for writing, and leaves nothing",
    async (_what, fault) => {
      proxy.onRequest(({ method }) => (method === "PUT" ? fault : undefined));
      const { status, stderr } = await run([
        "--occurrences",
        "s3://records/sample/",
        "--to",
        "s3://results/refused",
      ]);
      expect(stderr).toMatch(/s3:PutObject/);
      expect(status).toBe(2);
      const names: string[] = [];
      for await (const { uri } of store.list("s3://results/refused")) names.push(uri);
      expect(names).toEqual([]);
    },
  );

  it("says in which region the bucket is, where S3 says it", async () => {
    proxy.onRequest(() => ({
      kind: "error",
      status: 301,
      code: "PermanentRedirect",
      headers: { "x-amz-bucket-region": "eu-central-1" },
    }));
    const { stderr } = await run(["--occurrences", "s3://records/sample/", "--out", out]);
    expect(stderr).toContain("it is in eu-central-1");
    expect(stderr).toContain("AWS_REGION");
  });

  it("says that there are no credentials, before anything is sent", async () => {
    const { status, stderr } = await run(["--occurrences", "s3://records/sample/", "--out", out], nobody);
    expect(stderr).toMatch(/there are no AWS credentials on this machine/);
    expect(status).toBe(2);
    expect(proxy.seen).toEqual([]);
    expect(existsSync(out)).toBe(false);
  });

  it("signs nothing in GBIF's buckets, even with credentials at hand", async () => {
    const { stderr } = await run(["--occurrences", "gbif:latest", "--out", out]);
    expect(stderr).toMatch(/gbif-open-data-us-east-1/);
    expect(proxy.seen.length).toBeGreaterThan(0);
    for (const { headers } of proxy.seen) expect(headers.authorization).toBeUndefined();
  });

  it.each([
    ["eu-central-1", "gbif-open-data-eu-central-1"],
    ["eu-west-1", "gbif-open-data-us-east-1"],
  ])(
    "looks for snapshots in GBIF's bucket of the region, %s, or in the first where there is none",
    async (region, bucket) => {
      const { stderr, status } = await run(["--occurrences", "gbif:latest", "--out", out], {
        AWS_REGION: region,
      });
      expect(stderr).toContain(`there is no bucket called ${bucket}`);
      expect(status).toBe(2);
    },
  );

  it("tells an executor that a task may be tried again when S3 asks to slow down", async () => {
    const plan = "s3://records/plan.json";
    const args = [
      "plan",
      "--occurrences",
      "s3://records/sample/000000",
      "--to",
      "s3://results/slow",
      "--write",
      plan,
    ];
    const written = await command(args);
    expect(written.stderr).toBe("");
    // The plan comes; what the task writes does not go.
    proxy.onRequest(({ method }) => (method === "PUT" ? { kind: "slow-down" } : undefined));
    const { status, stdout } = await command(["task", "run", plan, "prepare", "0"]);
    expect(status).toBe(75);
    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as object;
    expect(last).toMatchObject({ type: "task-failed", code: "aws-throttled", retry: true });
  });

  it("keeps what is done when the records of a task are refused, and goes on once they are not", async () => {
    // Footers come; the columns are refused.
    proxy.onRequest(({ range = "", path }) =>
      path.startsWith("/records/sample/") && !/^bytes=-|^bytes=0-3$/.test(range) && range !== ""
        ? { kind: "error", status: 403, code: "AccessDenied" }
        : undefined,
    );
    await writeSampleRecords({ folder: join(folder, "wide"), files: 1, rows: 20_000 });
    await store.publishFile(join(folder, "wide", "000000"), "s3://records/sample/wide");
    const refused = await run(["--occurrences", "s3://records/sample/wide", "--out", out]);
    expect(refused.stderr).toMatch(/access denied.*s3:GetObject/);
    expect(refused.status).toBe(2);
    expect(readdirSync(out)).not.toContain("manifest.json");
    proxy.onRequest(() => undefined);
    const done = await run(["--occurrences", "s3://records/sample/wide", "--out", out]);
    expect(done.stderr).toBe("");
    expect(done.stdout).toContain("Going on: 1 of");
    expect(readdirSync(out)).toContain("manifest.json");
  });
});
