import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagedCounties } from "../../src/workflow/index.ts";
import { bisonflow, type Ended } from "../support/command.ts";
import { buildImage, noArm64, noPodman, podman, qemuPath } from "../support/container.ts";
import { environmentPython, makePython } from "../support/make-python.ts";
import { noSharedData, root, sharedFile, temporaryFolder } from "../support/paths.ts";
import { readManifest, resultContent } from "../support/result-content.ts";
import { sampleRegister, writeSampleRecords } from "../support/sample-records.ts";

const folder = temporaryFolder();
/** What containers write into, as a user that this machine does not know. */
const work = join(folder, "work");
const config = join(folder, "config.json");
const shared = sharedFile(".");
const noEmulator = makePython();
let image = "";
let base = "";
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
const isolated = (...more: string[]): Ended => podman(locked("--network", "none", image, ...more));

/** What a program of Node's, run in the image, prints as JSON. */
function inside<T>(script: string): T {
  const { stdout, stderr } = podman(
    locked(
      "--network",
      "none",
      "--entrypoint",
      "node",
      image,
      "-e",
      `console.log(JSON.stringify((${script})()))`,
    ),
  );
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** The tasks of a plan, in their order: stage and index. */
function tasksOf(path: string): [string, number][] {
  const plan = JSON.parse(readFileSync(path, "utf8")) as { stages: { name: string; tasks: unknown[] }[] };
  return plan.stages.flatMap(({ name, tasks }) =>
    [...tasks.keys()].map((index): [string, number] => [name, index]),
  );
}

async function writeConfig(): Promise<void> {
  await writeSampleRecords({ folder: join(folder, "records"), files: 1, rows: 3000 });
  writeFileSync(join(folder, "register.csv"), sampleRegister);
  const counties = packagedCounties();
  copyFileSync(counties.path, join(folder, "counties-10m.json"));
  const real = {
    occurrences: [
      sharedFile("occurrences/isu-birds.dwca.zip"),
      sharedFile("occurrences/snapshot-schema-2021.parquet"),
    ],
    layers: [{ name: "county", path: sharedFile("regions/cb_2021_us_county_5m.zip") }],
    register: { path: sharedFile("register/US-RIIS_MasterList_2021.csv") },
  };
  const invented = {
    occurrences: [join(folder, "records")],
    // The package's own counties stand elsewhere in the image than here.
    layers: [{ ...counties, path: join(folder, "counties-10m.json") }],
    register: { path: join(folder, "register.csv") },
  };
  const spec = noSharedData === false ? real : invented;
  writeFileSync(
    config,
    JSON.stringify({ ...spec, taskRows: 2000, catalog: false, workers: 2, cacheFolder: join(work, "cache") }),
  );
}

describe.skipIf(noPodman)(`the image ${noPodman || ""}`, () => {
  beforeAll(async () => {
    mkdirSync(work);
    await writeConfig();
    const local = bisonflow([
      "run",
      "--config",
      config,
      "--cache",
      join(folder, "cache"),
      "--out",
      join(folder, "local"),
    ]);
    expect(local.stderr).toBe("");
    expected = contentOf(join(folder, "local"));
    chmodSync(folder, 0o755);
    chmodSync(work, 0o777);
    ({ image, base } = buildImage());
  }, 900_000);

  it("says its version, runs as nobody in particular, and is small", () => {
    const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string })
      .version;
    expect(podman(["run", "--rm", "--pull=never", image, "--version"]).stdout.trim()).toBe(version);
    const inspect = (name: string) =>
      (
        JSON.parse(podman(["image", "inspect", name]).stdout) as [
          { Size: number; User: string; Architecture: string },
        ]
      )[0];
    expect(inspect(image).User).toBe("10001:10001");
    expect((inspect(image).Size - inspect(base).Size) / 1e6).toBeLessThan(200);
    const found = inside<string[]>(`() => ["npm", "typescript", "vitest", "@biomejs"].filter((name) =>
      ["/opt/bisonflow/node_modules", "/usr/local/lib/node_modules"].some((folder) => require("fs").existsSync(folder + "/" + name)))`);
    expect(found).toEqual([]);
    expect(inside("() => require('fs').readdirSync('/opt/bisonflow').sort()")).toEqual([
      "LICENSE",
      "dist",
      "node_modules",
      "package.json",
      "sbom.cdx.json",
    ]);
  });

  it("says of what it is made: every package in it, at its version, and none that is not", () => {
    const { stdout } = podman([
      "run",
      "--rm",
      "--pull=never",
      "--entrypoint",
      "cat",
      image,
      "/opt/bisonflow/sbom.cdx.json",
    ]);
    const bom = JSON.parse(stdout) as {
      bomFormat: string;
      metadata: { component: { name: string } };
      components: { name: string; version: string; purl: string; licenses?: unknown[] }[];
    };
    expect(bom.bomFormat).toBe("CycloneDX");
    expect(bom.metadata.component.name).toBe("bisonflow");
    const installed = inside<string[]>(`() => { const fs = require("fs"); const found = new Set();
      const look = (folder) => { for (const name of fs.readdirSync(folder)) { const path = folder + "/" + name;
        if (name.startsWith(".")) continue;
        if (name.startsWith("@")) { look(path); continue; }
        const { name: full, version } = JSON.parse(fs.readFileSync(path + "/package.json", "utf8"));
        found.add(full + "@" + version);
        if (fs.existsSync(path + "/node_modules")) look(path + "/node_modules"); } };
      look("/opt/bisonflow/node_modules"); return [...found].sort(); }`);
    expect(installed.length).toBeGreaterThan(50);
    expect([...new Set(bom.components.map(({ name, version }) => `${name}@${version}`))].sort()).toEqual(
      installed,
    );
    expect(bom.components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
  });

  it("does a whole run without network, rights or a place to write but its scratch and its result", () => {
    const out = join(work, "isolated");
    const run = isolated("run", "--config", config, "--cache", "/scratch/cache", "--out", out);
    expect(run.stderr).toBe("");
    expect(contentOf(out)).toEqual(expected);
    const tried = inside<Record<string, string>>(`() => Object.fromEntries(
      ["/x", "/opt/bisonflow/x", "/tmp/x", ${JSON.stringify(join(folder, "x"))}, "/scratch/x"].map((path) => {
        try { require("fs").writeFileSync(path, ""); return [path, "written"]; } catch (error) { return [path, error.code]; } }))`);
    expect(Object.values(tried)).toEqual(["EROFS", "EROFS", "EROFS", "EROFS", "written"]);
    const status = inside<string>("() => require('fs').readFileSync('/proc/self/status', 'utf8')");
    expect(status).toMatch(/^CapBnd:\s*0+$/m);
    expect(status).toMatch(/^Uid:\s*12345\s/m);
  });

  it("does each task of a plan in a container of its own, as a queue does", () => {
    const path = join(folder, "plan.json");
    const out = join(work, "tasks");
    const planned = bisonflow(["plan", "--config", config, "--out", out, "--write", path]);
    expect(planned.stderr).toBe("");
    for (const [name, index] of tasksOf(path)) {
      // As AWS Batch tells a child of an array which one it is.
      const env = ["--env", `AWS_BATCH_JOB_ARRAY_INDEX=${index}`];
      const task = podman(locked("--network", "none", ...env, image, "task", "run", path, name));
      expect(task.stderr).toBe("");
      expect(task.stdout).toContain(`{"type":"task-finished","index":${index}`);
    }
    const finish = bisonflow(["run", "--config", config, "--out", out]);
    expect(finish.stdout).toMatch(/annotate {2}done already/);
    expect(contentOf(out)).toEqual(expected);
  });

  it.skipIf(noArm64)(`does them on arm64 too ${noArm64 || ""}`, { timeout: 3_600_000 }, () => {
    const arm = buildImage("arm64").image;
    const [path, out] = [join(folder, "arm64.json"), join(work, "arm64")];
    expect(bisonflow(["plan", "--config", config, "--out", out, "--write", path]).stderr).toBe("");
    const node = ["--volume", `${qemuPath}:/qemu:ro`, "--entrypoint", "/qemu", arm, "/usr/local/bin/node"];
    const command = [...node, "/opt/bisonflow/dist/cli/main.js"];
    expect(podman(locked("--network", "none", ...node, "-p", "process.arch")).stdout.trim()).toBe("arm64");
    for (const [name, index] of tasksOf(path)) {
      const task = podman(locked("--network", "none", ...command, "task", "run", path, name, String(index)));
      expect(task.stdout).toContain(`{"type":"task-finished","index":${index}`);
    }
    expect(bisonflow(["run", "--config", config, "--out", out]).stderr).toBe("");
    expect(contentOf(out)).toEqual(expected);
  });

  it("stops cleanly at once when it is told to", async () => {
    await writeSampleRecords({ folder: join(folder, "many"), files: 4, rows: 300_000 });
    const out = join(work, "stopped");
    const args = ["run", "--occurrences", join(folder, "many"), "--out", out, "--no-catalog"];
    const detached = locked("--network", "none", image, ...args).filter((word) => word !== "--rm");
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
      const idle = ["--entrypoint", "node", image, "-e", "setInterval(() => {}, 1e9)"];
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
        locked("--network", `container:${pause}`, ...settings, image, ...args, "--to", "s3://results/run"),
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
