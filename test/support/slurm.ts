import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

function isInstalled(): boolean {
  return existsSync("/usr/sbin/slurmctld") && existsSync("/usr/sbin/slurmd") && existsSync("/usr/bin/sbatch");
}

/** Why tests on a Slurm are skipped, or false. Use with describe.skipIf(noSlurm). */
export const noSlurm: string | false = !isInstalled()
  ? "no Slurm (Debian: slurm-wlm)"
  : process.getuid?.() !== 0
    ? "slurmd needs root"
    : false;

/** Installs Debian's Slurm where that can be done without asking; returns what is missing otherwise. */
export function installSlurm(): string | undefined {
  if (isInstalled()) return undefined;
  const words = "there is no Slurm. Install it (Debian: apt-get install slurm-wlm).";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return words;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update"], { env, encoding: "utf8" });
  const { status, stderr } = spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "slurm-wlm"], {
    env,
    encoding: "utf8",
  });
  return status === 0 && isInstalled() ? undefined : `${words} apt-get said: ${stderr.slice(-500)}`;
}

/** A cluster of one node: a real slurmctld and a real slurmd, on this machine alone. */
export interface Cluster {
  /** What Slurm's commands need in their environment. */
  readonly env: Record<string, string>;
  /** Its node. */
  readonly node: string;
  /** Runs one of Slurm's commands; throws when it refuses. */
  command(program: string, ...args: string[]): string;
  /** Ends every job and both daemons. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster with a partition `work` and one, `closed`, that starts nothing. Arrays are short
 * (`maxArraySize`), cancelled tasks have two seconds to end, and one that was requeued starts again after five
 * instead of 120 seconds (cred_expire).
 */
export async function startCluster(options: { maxArraySize: number }): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-slurm-"));
  const node = hostname().split(".", 1)[0] ?? "localhost";
  const path = join(folder, "slurm.conf");
  mkdirSync(join(folder, "state"));
  mkdirSync(join(folder, "spool"));
  writeFileSync(
    path,
    `ClusterName=bisonflow
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
SlurmUser=root
AuthType=auth/none
AuthInfo=cred_expire=5
CredType=cred/none
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=2
MinJobAge=10
MaxArraySize=${options.maxArraySize}
NodeName=${node} NodeAddr=127.0.0.1 CPUs=4 RealMemory=16000 State=UNKNOWN
PartitionName=work Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=closed Nodes=ALL MaxTime=INFINITE State=DOWN
`,
  );
  const env = { SLURM_CONF: path };
  const command = (program: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const daemons = ["slurmctld", "slurmd"].map((program) =>
    spawn(`/usr/sbin/${program}`, ["-D", "-c", "-f", path], {
      stdio: "ignore",
      env: { ...process.env, ...env },
    }),
  );
  const stop = async (): Promise<void> => {
    try {
      command("scancel", "--me");
      for (let i = 0; i < 100 && command("squeue", "--me", "--noheader") !== ""; i++) await wait(100);
    } finally {
      await Promise.all([...daemons].reverse().map(end));
      rmSync(folder, { recursive: true, force: true });
    }
  };
  for (let i = 0; i < 150; i++) {
    const { stdout } = spawnSync("sinfo", ["--noheader", "--partition=work", "--format=%T"], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    if (stdout?.trim() === "idle") return { env, node, command, stop };
    await wait(200);
  }
  const logs = ["slurmctld.log", "slurmd.log"].map((name) =>
    readFileSync(join(folder, name), "utf8").slice(-2000),
  );
  await stop().catch(() => undefined);
  throw new Error(`Slurm did not come up in 30 s:\n${logs.join("\n")}`);
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = new Promise((resolve) => daemon.once("close", resolve));
  daemon.kill("SIGTERM");
  const late = setTimeout(() => daemon.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
