import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bisonflow, type Ended, startBisonflow } from "../support/command.ts";
import { noSharedData, sharedFile, temporaryFolder } from "../support/paths.ts";
import { resultContent } from "../support/result-content.ts";
import { sampleRegister, writeSampleRecords } from "../support/sample-records.ts";
import { type Cluster, noSlurm, startCluster } from "../support/slurm.ts";

const folder = temporaryFolder();
const config = join(folder, "config.json");
let cluster: Cluster;
let expected: Record<string, string>;

/** Real records, regions and register where they are; invented ones otherwise. */
async function writeConfig(): Promise<void> {
  await writeSampleRecords({ folder: join(folder, "records"), files: 1, rows: 2600 });
  writeFileSync(join(folder, "register.csv"), sampleRegister);
  const real = {
    occurrences: [
      sharedFile("occurrences/isu-birds.dwca.zip"),
      sharedFile("occurrences/snapshot-schema-2021.parquet"),
      join(folder, "records"),
    ],
    layers: [
      { name: "county", path: sharedFile("regions/cb_2021_us_county_5m.zip") },
      { name: "aiannh", path: sharedFile("regions/cb_2021_us_aiannh_500k.zip") },
    ],
    register: { path: sharedFile("register/US-RIIS_MasterList_2021.csv") },
  };
  const invented = {
    occurrences: [join(folder, "records")],
    register: { path: join(folder, "register.csv") },
  };
  writeFileSync(
    config,
    JSON.stringify({
      ...(noSharedData === false ? real : invented),
      taskRows: 600,
      flags: ["zero_coordinates"],
      cacheFolder: join(folder, "cache"),
      catalog: false,
    }),
  );
}

const args = (out: string, ...more: string[]): string[] => [
  ...["run", "--config", config, "--out", join(folder, out), "--json", ...more],
];
const onSlurm = (out: string, ...more: string[]): string[] => args(out, "--on", "slurm", ...more);

interface Event {
  readonly type: string;
  readonly stage?: string;
  readonly index?: number;
  readonly message?: string;
}

function eventsOf({ stdout }: Pick<Ended, "stdout">): Event[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event);
}

/** Starts a run on the cluster; `events` grows while it goes. */
function start(out: string, ...more: string[]) {
  const run = startBisonflow(onSlurm(out, ...more), { env: cluster.env });
  let stdout = "";
  let stderr = "";
  run.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  run.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    run.once("close", (status) => resolve({ status, stdout, stderr }));
  });
  const until = async (what: (event: Event) => boolean): Promise<void> => {
    const wholeLines = (): string => stdout.slice(0, stdout.lastIndexOf("\n") + 1);
    for (let i = 0; !eventsOf({ stdout: wholeLines() }).some(what); i++) {
      if (i > 3000 || run.exitCode !== null) throw new Error(`It did not come: ${stdout}${stderr}`);
      await wait(20);
    }
  };
  return { run, ended, until };
}

const queue = (): string[] =>
  cluster
    .command("squeue", "--me", "--array", "--noheader", "--format=%F_%K %T %j")
    .split("\n")
    .filter((line) => line !== "");

/** Processes whose command line holds all of these words. */
function processesWith(...words: string[]): number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return /^\d+$/.test(name) && words.every((word) => line.includes(word)) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

async function killWhenSeen(words: string[], which: "task" | "job"): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    const [pid] = processesWith(...words);
    if (pid !== undefined) {
      const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      // The script around a task dies with it when a whole node does.
      if (which === "job") process.kill(Number(parent), "SIGKILL");
      process.kill(pid, "SIGKILL");
      return;
    }
    await wait(10);
  }
  throw new Error(`No process ${words.join(" ")} was seen.`);
}

/** How often each task was begun, by what the tasks printed. */
function begun(out: string): Record<string, number> {
  const logs = join(folder, out, ".bisonflow", "slurm");
  return Object.fromEntries(
    readdirSync(logs)
      .filter((name) => name.endsWith(".out"))
      .map((name) => [name, readFileSync(join(logs, name), "utf8").split('"task-started"').length - 1]),
  );
}

describe.skipIf(noSlurm)("on a Slurm cluster", () => {
  beforeAll(async () => {
    // Shorter arrays than the stage has tasks.
    [cluster] = await Promise.all([startCluster({ maxArraySize: 3 }), writeConfig()]);
    const local = bisonflow(args("local"));
    expect(local.stderr).toBe("");
    expected = resultContent(join(folder, "local"));
    expect(Object.keys(expected).length).toBeGreaterThan(20);
  });
  afterAll(async () => cluster?.stop());

  it("a run leaves what it leaves on this machine, each task begun once, and shows its progress", () => {
    const run = bisonflow(onSlurm("calm", "--workers", "3", "--sbatch", "--comment 'a run'"), {
      env: cluster.env,
    });
    expect(run.stderr).toBe("");
    expect(resultContent(join(folder, "calm"))).toEqual(expected);
    expect(queue()).toEqual([]);
    const starts = begun("calm");
    expect(Object.keys(starts)).toContain("annotate-3-0.out");
    expect([...new Set(Object.values(starts))]).toEqual([1]);
    const finished = eventsOf(run).filter(({ type }) => type === "task-finished");
    expect(finished).toHaveLength(Object.keys(starts).length);
  });

  it("tasks that are killed are taken back into the queue, and jobs that die with them submitted again", async () => {
    const { ended } = start("killed");
    const plan = join(folder, "killed", ".bisonflow", "plan.json");
    await killWhenSeen([plan, "annotate", "1"], "task");
    await killWhenSeen([plan, "annotate", "3"], "job");
    const run = await ended;
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
    expect(resultContent(join(folder, "killed"))).toEqual(expected);
    const logs = join(folder, "killed", ".bisonflow", "slurm");
    expect(readFileSync(join(logs, "annotate-0-1.err"), "utf8")).toContain("DUE TO JOB REQUEUE");
    expect(queue()).toEqual([]);
  });

  it("tasks go on when the run is killed, and the next run follows them to the end", async () => {
    const { run, ended, until } = start("orphaned");
    await until(({ type }) => type === "stage-started");
    process.kill(-(run.pid as number), "SIGKILL");
    await ended;
    const left = queue();
    expect(left.filter((line) => line.includes("count.bisonflow"))).toHaveLength(1);
    const second = bisonflow(onSlurm("orphaned"), { env: cluster.env });
    expect(second.stderr).toBe("");
    expect(resultContent(join(folder, "orphaned"))).toEqual(expected);
    expect([...new Set(Object.values(begun("orphaned")))]).toEqual([1]);
  });

  it("a run that is interrupted takes its tasks out of the queue, and the next goes on", async () => {
    const { run, ended, until } = start("interrupted");
    await until(({ type, stage }) => type === "task-started" && stage === "annotate");
    run.kill("SIGINT");
    const { status, stderr } = await ended;
    expect(stderr).toContain("interrupted");
    expect(status).toBe(130);
    expect(queue()).toEqual([]);
    const scratch = join(folder, "interrupted", ".bisonflow", "scratch");
    expect(existsSync(scratch) ? readdirSync(scratch) : []).toEqual([]);
    // What the first run asked for is not what this one asks for; nothing of it may stay.
    const second = bisonflow(onSlurm("interrupted", "--partition", "work"), { env: cluster.env });
    expect(second.stderr).toBe("");
    expect(resultContent(join(folder, "interrupted"))).toEqual(expected);
  });

  it("a task that fails for good fails the run as it does here, and nothing that waits for it stays", () => {
    const damaged = join(folder, "damaged.csv");
    writeFileSync(damaged, "locality,scientificName\nL48,Genus species\n");
    const failing = (...more: string[]): Ended =>
      bisonflow([...args("failing", "--register", damaged), ...more], { env: cluster.env });
    const here = failing();
    const there = failing("--on", "slurm");
    expect(there.status).toBe(here.status);
    expect(there.stderr).toBe(here.stderr);
    expect(here.status).not.toBe(0);
    expect(queue()).toEqual([]);
  });
});

describe.skipIf(noSlurm)("a cluster that refuses", () => {
  const said = ({
    stderr,
    status,
  }: Ended): { code: string; message: string; hint: string; status: unknown } => ({
    ...(JSON.parse(stderr) as { error: { code: string; message: string; hint: string } }).error,
    status,
  });
  const refused = (...more: string[]) => said(bisonflow(onSlurm("refused", ...more), { env: cluster.env }));

  beforeAll(async () => {
    cluster = await startCluster({ maxArraySize: 1001 });
    await writeConfig();
  });
  afterAll(async () => cluster?.stop());

  it("an unknown partition, and says which there are", () => {
    const { code, hint } = refused("--partition", "gpu");
    expect(code).toBe("slurm-partition-unknown");
    expect(hint).toContain("closed");
    expect(hint).toContain("work");
  });

  it("too much memory, wrong options and options that are the executor's own", () => {
    expect(refused("--memory", "900000").code).toBe("slurm-request-too-big");
    expect(refused("--sbatch", "--bogus").code).toBe("slurm-option-refused");
    expect(refused("--sbatch", "--gres=gpu:1").code).toBe("slurm-option-refused");
    expect(refused("--sbatch", "--array=1-2").code).toBe("sbatch-option-reserved");
    expect(refused("--sbatch", "-o/tmp/x").code).toBe("sbatch-option-reserved");
  });

  it("where Slurm's commands are missing, or its controller does not answer", async () => {
    const missing = bisonflow(onSlurm("refused"), { env: { ...cluster.env, PATH: "/nowhere" } });
    expect(said(missing)).toMatchObject({ code: "slurm-missing", status: 4 });
    const elsewhere = join(folder, "elsewhere.conf");
    const conf = readFileSync(cluster.env.SLURM_CONF ?? "", "utf8");
    writeFileSync(elsewhere, conf.replace(/SlurmctldPort=\d+/, "SlurmctldPort=1\nMessageTimeout=2"));
    const silent = bisonflow(onSlurm("refused"), { env: { SLURM_CONF: elsewhere } });
    expect(said(silent)).toMatchObject({ code: "slurm-unreachable", status: 4 });
  });

  it("to start anything in a partition that is down or on a drained node: says so while it waits", async () => {
    const waiting = async (out: string, ...more: string[]): Promise<string> => {
      const { run, ended } = start(out, ...more);
      for (let i = 0; i < 1500; i++) {
        const path = join(folder, out, "events.ndjson");
        const events = existsSync(path) ? eventsOf({ stdout: readFileSync(path, "utf8") }) : [];
        const note = events.find(({ type, message }) => type === "warning" && message?.includes("queue"));
        if (note?.message !== undefined) {
          run.kill("SIGINT");
          await ended;
          return note.message;
        }
        await wait(20);
      }
      throw new Error("Nothing was said.");
    };
    expect(await waiting("waiting", "--partition", "closed")).toMatch(/set it down \(PartitionDown\)/);
    cluster.command("scontrol", "update", `nodename=${cluster.node}`, "state=drain", "reason=bad disk");
    expect(await waiting("drained")).toContain(`${cluster.node} is drained: bad disk`);
    cluster.command("scontrol", "update", `nodename=${cluster.node}`, "state=resume");
    expect(queue()).toEqual([]);
  });
});
