import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { literal, openEngine } from "../../src/engine/index.ts";
import { packagedCounties } from "../../src/workflow/index.ts";
import { noArm64 } from "../support/arm64.ts";
import { bisonflow } from "../support/command.ts";
import { noPodman, podman } from "../support/container.ts";
import { type BuiltImage, buildImage, native } from "../support/image.ts";
import { environmentPython, makePython } from "../support/make-python.ts";
import { noSharedData, root, sharedFile, temporaryFolder } from "../support/paths.ts";
import { readManifest, resultContent } from "../support/result-content.ts";
import { sampleRegister, writeSampleRecords } from "../support/sample-records.ts";
import { itHoldsWhatItShould } from "./image-contents.ts";

const folder = temporaryFolder();
/** What containers write into, as a user that this machine does not know. */
const work = join(folder, "work");
const config = join(folder, "config.json");
const shared = sharedFile(".");
const noEmulator = makePython();
let here: BuiltImage;
let expected: Record<string, unknown>;

/** What a run left; of the manifest what does not tell which Node it was. */
function contentOf(out: string): Record<string, unknown> {
  const { generatedAt: _when, stages: _times, versions, files, ...manifest } = readManifest(out);
  const { node: _node, ...others } = versions as Record<string, string>;
  const data = files.filter(({ path }) => !/^(report\.html|datapackage\.json)$/.test(path));
  return { ...resultContent(out), "manifest.json": { ...manifest, files: data, versions: others } };
}

/** A container that may do nothing but what it must: no network, no rights, nothing to write to but its scratch. */
const locked = (...more: string[]): string[] => [
  ...["run", "--rm", "--pull=never", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all"],
  ...["--security-opt", "no-new-privileges", "--user", "12345:23456"],
  ...["--tmpfs", "/scratch:rw,mode=1777,size=1g"],
  ...["--volume", `${folder}:${folder}:ro`, "--volume", `${work}:${work}`],
  ...(noSharedData === false ? ["--volume", `${shared}:${shared}:ro`] : []),
  ...more,
];
const isolated = (...words: string[]): string[] => locked("--network", "none", ...words);

/** What a program of Node's, run in an image, prints as JSON. */
function inside<T>(built: BuiltImage, script: string): T {
  const { stdout, stderr } = podman(
    isolated(...built.node, "-e", `(${script})().then((found) => console.log(JSON.stringify(found)))`),
  );
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** What every image does, on its own architecture or under qemu. */
function itRunsLocked(built: () => BuiltImage): void {
  it("says its version", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    const said = podman(isolated(...built().command, "--version"));
    expect(said).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("is its architecture's Node and DuckDB, without rights or a place to write but its scratch", () => {
    const found = inside<{ arch: string; platform: string; status: string; tried: Record<string, string> }>(
      built(),
      `async () => {
        const fs = require("fs");
        const { DuckDBInstance } = require("/opt/bisonflow/node_modules/@duckdb/node-api");
        const connection = await (await DuckDBInstance.create(":memory:")).connect();
        const [[platform]] = (await connection.runAndReadAll("PRAGMA platform")).getRows();
        const tried = ["/x", "/opt/bisonflow/x", "/tmp/x", ${JSON.stringify(join(folder, "x"))}, "/scratch/x"].map((path) => {
          try { fs.writeFileSync(path, ""); return [path, "written"]; } catch (error) { return [path, error.code]; } });
        return { arch: process.arch, platform, status: fs.readFileSync("/proc/self/status", "utf8"), tried: Object.fromEntries(tried) }; }`,
    );
    const { architecture } = built();
    expect(found.arch).toBe(architecture === "amd64" ? "x64" : architecture);
    expect(found.platform).toBe(`linux_${architecture}`);
    expect(Object.values(found.tried)).toEqual(["EROFS", "EROFS", "EROFS", "EROFS", "written"]);
    expect(found.status).toMatch(/^CapBnd:\s*0+$/m);
    expect(found.status).toMatch(/^Uid:\s*12345\s/m);
  });
}

/** Does a plan's tasks in an image, each in a container of its own, and lets a run here end it. */
function runTasks(built: BuiltImage, configuration: string, name: string): string {
  const [path, out] = [join(folder, `${name}-plan.json`), join(work, name)];
  const planned = bisonflow(["plan", "--config", configuration, "--out", out, "--write", path]);
  expect(planned.stderr).toBe("");
  for (const [stage, index] of tasksOf(path)) {
    // As AWS Batch tells a child of an array which one it is.
    const env = ["--env", `AWS_BATCH_JOB_ARRAY_INDEX=${index}`];
    const task = podman(isolated(...env, ...built.command, "task", "run", path, stage));
    expect(task.stderr).toBe("");
    expect(task.stdout).toContain(`{"type":"task-finished","index":${index}`);
  }
  const finish = bisonflow(["run", "--config", configuration, "--out", out]);
  for (const stage of new Set(tasksOf(path).map(([each]) => each))) {
    expect(finish.stdout).toMatch(new RegExp(`${stage} +done already`));
  }
  return out;
}

/** The tasks of a plan, in their order: stage and index. */
function tasksOf(path: string): [string, number][] {
  const plan = JSON.parse(readFileSync(path, "utf8")) as { stages: { name: string; tasks: unknown[] }[] };
  return plan.stages.flatMap(({ name, tasks }) =>
    [...tasks.keys()].map((index): [string, number] => [name, index]),
  );
}

/** Writes a configuration, runs it here, and tells what that left. */
function runHere(path: string, spec: object): Record<string, unknown> {
  const [name, out] = [basename(path, ".json"), path.replace(/\.json$/, "-here")];
  const cacheFolder = join(work, `${name}-cache`);
  writeFileSync(path, JSON.stringify({ taskRows: 2000, catalog: false, workers: 2, cacheFolder, ...spec }));
  const run = bisonflow(["run", "--config", path, "--cache", join(folder, `${name}-cache`), "--out", out]);
  expect(run.stderr).toBe("");
  return contentOf(out);
}

const realSpec = {
  occurrences: [
    sharedFile("occurrences/isu-birds.dwca.zip"),
    sharedFile("occurrences/snapshot-schema-2021.parquet"),
  ],
  layers: [{ name: "county", path: sharedFile("regions/cb_2021_us_county_5m.zip") }],
  register: { path: sharedFile("register/US-RIIS_MasterList_2021.csv") },
};
const inventedSpec = {
  occurrences: [join(folder, "records")],
  // The package's own counties stand elsewhere in the image than here.
  layers: [{ ...packagedCounties(), path: join(folder, "counties-10m.json") }],
  register: { path: join(folder, "register.csv") },
};

beforeAll(async () => {
  mkdirSync(work);
  await writeSampleRecords({ folder: join(folder, "records"), files: 1, rows: 3000 });
  writeFileSync(join(folder, "register.csv"), sampleRegister);
  copyFileSync(packagedCounties().path, join(folder, "counties-10m.json"));
  chmodSync(folder, 0o755);
  chmodSync(work, 0o777);
});

describe.skipIf(noPodman)(`the image ${noPodman || ""}`, () => {
  beforeAll(() => {
    expected = runHere(config, noSharedData === false ? realSpec : inventedSpec);
    here = buildImage(native);
  }, 900_000);

  itHoldsWhatItShould(() => here);
  itRunsLocked(() => here);

  it("does a whole run without network, rights or a place to write but its scratch and its result", () => {
    const out = join(work, "isolated");
    const run = podman(
      isolated(...here.command, "run", "--config", config, "--cache", "/scratch/cache", "--out", out),
    );
    expect(run.stderr).toBe("");
    expect(contentOf(out)).toEqual(expected);
  });

  it("does each task of a plan in a container of its own, as a queue does", () => {
    expect(contentOf(runTasks(here, config, "tasks"))).toEqual(expected);
  });

  it("stops cleanly at once when it is told to", async () => {
    await writeSampleRecords({ folder: join(folder, "many"), files: 4, rows: 300_000 });
    const out = join(work, "stopped");
    const args = ["run", "--occurrences", join(folder, "many"), "--out", out, "--no-catalog"];
    const detached = isolated(...here.command, ...args).filter((word) => word !== "--rm");
    const name = `bisonflow-stop-${process.pid}`;
    expect(podman([detached[0] ?? "", "--detach", "--name", name, ...detached.slice(1)]).stderr).toBe("");
    try {
      const log = join(out, "events.ndjson");
      for (
        let i = 0;
        !(existsSync(log) && readFileSync(log, "utf8").includes('"stage":"annotate","title"'));
        i++
      ) {
        if (i > 1500) throw new Error(podman(["logs", name]).stdout);
        await wait(20);
      }
      const started = performance.now();
      expect(podman(["stop", "--time", "60", name]).status).toBe(0);
      expect(performance.now() - started).toBeLessThan(30_000);
      expect(podman(["inspect", "--format", "{{.State.ExitCode}}", name]).stdout.trim()).toBe("130");
      expect(podman(["logs", name]).stderr).toMatch(/Interrupted: \d+ of \d+ tasks are done and kept/);
    } finally {
      podman(["rm", "--force", name]);
    }
  });

  describe.skipIf(noEmulator)("with S3 as its only network", () => {
    const pause = `bisonflow-network-${process.pid}`;
    let server: ChildProcess | undefined;
    let enter: string[] = [];

    /** Runs Python inside the network that has nothing but the emulator. */
    const python = (script: string): void => {
      const [program = "", ...args] = [...enter, environmentPython() ?? "", "-c", script];
      const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
    };
    const client = `import boto3, os, sys
s3 = boto3.client("s3", endpoint_url="http://127.0.0.1:5000", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
`;

    beforeAll(async () => {
      const idle = [...here.node, "-e", "setInterval(() => {}, 1e9)"];
      podman(["run", "--detach", "--pull=never", "--name", pause, "--network", "none", ...idle]);
      const pid = podman(["inspect", "--format", "{{.State.Pid}}", pause]).stdout.trim();
      enter = ["nsenter", `--net=/proc/${pid}/ns/net`];
      const [program = "", ...args] = [
        ...enter,
        environmentPython() ?? "",
        "-m",
        "moto.server",
        "-H",
        "127.0.0.1",
        "-p",
        "5000",
      ];
      server = spawn(program, args, { stdio: "ignore" });
      const files =
        noSharedData === false
          ? [
              sharedFile("occurrences/isu-birds.dwca.zip"),
              sharedFile("occurrences/snapshot-schema-2021.parquet"),
            ]
          : [join(folder, "records", "000000")];
      python(`${client}
import time
for attempt in range(200):
    try:
        s3.create_bucket(Bucket="records"); break
    except Exception:
        time.sleep(0.2)
s3.create_bucket(Bucket="results")
for path in ${JSON.stringify(files)}:
    s3.upload_file(path, "records", "in/" + os.path.basename(path))
`);
    });
    afterAll(() => {
      server?.kill("SIGTERM");
      podman(["rm", "--force", "--time", "0", pause]);
    });

    it("reads records there and leaves there what a run leaves here", () => {
      const spec = JSON.parse(readFileSync(config, "utf8")) as { occurrences: string[] };
      const there = spec.occurrences.map((path) =>
        noSharedData === false ? `s3://records/in/${path.split("/").at(-1)}` : "s3://records/in/",
      );
      const env = {
        AWS_ENDPOINT_URL: "http://127.0.0.1:5000",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_EC2_METADATA_DISABLED: "true",
      };
      const settings = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
      const args = ["run", "--config", config, "--cache", "/scratch/cache", "--occurrences", ...there];
      const run = podman(
        locked(
          ...["--network", `container:${pause}`, ...settings],
          ...[...here.command, ...args, "--to", "s3://results/run"],
        ),
      );
      expect(run.stderr).toBe("");
      const copy = join(folder, "copy");
      python(`${client}
for page in s3.get_paginator("list_objects_v2").paginate(Bucket="results", Prefix="run/"):
    for entry in page["Contents"]:
        path = os.path.join(${JSON.stringify(copy)}, entry["Key"][4:])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        s3.download_file("results", entry["Key"], path)
`);
      const data = (content: Record<string, unknown>) =>
        Object.fromEntries(
          Object.entries(content).filter(([name]) => /^(tables|maps|occurrences)\//.test(name)),
        );
      expect(Object.keys(data(expected)).length).toBeGreaterThan(20);
      expect(data(resultContent(copy))).toEqual(data(expected));
    });
  });
});

describe.skipIf(noArm64)(`the image for arm64 ${noArm64 || ""}`, () => {
  let arm: BuiltImage;
  beforeAll(() => {
    arm = buildImage("arm64");
  }, 900_000);

  itHoldsWhatItShould(() => arm);
  itRunsLocked(() => arm);

  // Under qemu everything takes ten times as long: few records, but every stage, and text besides Parquet.
  it("does each task of a plan as the same code does it here", async () => {
    const more = join(folder, "more");
    await writeSampleRecords({ folder: more, files: 1, rows: 300 });
    const engine = await openEngine();
    await engine.run(`COPY (SELECT * EXCLUDE issue FROM read_parquet(${literal(join(more, "000000"))}))
      TO ${literal(join(folder, "more.csv"))} (HEADER)`);
    engine.close();
    const path = join(folder, "arm64.json");
    const here = runHere(path, {
      ...inventedSpec,
      occurrences: [...inventedSpec.occurrences, join(folder, "more.csv")],
      taskRows: 5000,
    });
    const there = runTasks(arm, path, "arm64");
    expect(contentOf(there)).toEqual(here);
  });
});
