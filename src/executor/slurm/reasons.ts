import { slurmCommand } from "./slurm-command.ts";

/** Why a task waits, as Slurm's reason has it. */
export interface Waiting {
  readonly message: string;
  /** It will not start unless somebody changes something about the job. */
  readonly hopeless: boolean;
  readonly hint?: string;
}

/** Reasons that are the usual course of things, within seconds or by our own doing. */
const usual = /^(None|Dependency|JobArrayTaskLimit|Cleaning|Prolog)?$/;

const hopeless: readonly [RegExp, string, string][] = [
  [
    /BadConstraints/,
    "no node of the partition has what a task asks for",
    "Ask for less with --memory, or another --partition; see --sbatch.",
  ],
  [
    /PartitionNodeLimit|PartitionTimeLimit|MaxCpuPer|MaxMemPer|MaxNode|MinCpu|MinMem/,
    "a task asks for more than the partition or the account allows at all",
    'Ask for less, for example --sbatch "--time=01:00:00" or a smaller --memory, or choose another --partition.',
  ],
  [
    /InvalidAccount|InvalidQOS|AccountNotAllowed|QOSNotAllowed/,
    "the account or quality of service may not be used",
    'Name another, for example --sbatch "--account=NAME".',
  ],
  [
    /launch failed requeued held|JobHoldMaxRequeue/i,
    "its nodes could not launch it, and it is held",
    "The log of slurmd on the node says why; when that is mended, run the same command again.",
  ],
];

const patient: readonly [RegExp, string][] = [
  [/^Resources/, "the nodes are busy with other jobs, and these come next"],
  [/^Priority/, "jobs of higher priority come first"],
  [
    /BeginTime/,
    "Slurm lets a task that it took back rest for a while (two minutes unless the cluster says otherwise)",
  ],
  [/JobHeld/, "the job is held; `scontrol release ID` lets it go on"],
  [
    /PartitionDown|PartitionInactive/,
    "the partition does not start jobs at present: an administrator has set it down",
  ],
  [/Reservation|ReqNodeNotAvail|DOWN, DRAINED/, "nodes are down, drained or reserved"],
  [/Assoc|QOS|Grp|Max.*Per/, "this user or account has as many jobs or processors as it may"],
  [/Licenses/, "licences are all in use"],
  [/NonZeroExitCode|launch failed|NodeDown|NodeFail/i, "an attempt failed, and Slurm tries again"],
];

/** Puts a reason in words; undefined for those that need none. */
export async function explainWaiting(reason: string): Promise<Waiting | undefined> {
  if (usual.test(reason)) return undefined;
  for (const [words, message, hint] of hopeless) {
    if (words.test(reason)) {
      return { message: `Slurm will not start them: ${message} (${reason}).`, hint, hopeless: true };
    }
  }
  const found = patient.find(([words]) => words.test(reason));
  const nodes = /NotAvail|DOWN|Partition/.test(reason) ? await troubledNodes() : "";
  const words = found === undefined ? "" : ` ${found[1]}`;
  return { message: `Tasks wait in Slurm's queue:${words} (${reason}).${nodes}`, hopeless: false };
}

/** The nodes that take no jobs, with the words that somebody left. */
async function troubledNodes(): Promise<string> {
  const args = ["--noheader", "--list-reasons", "--format=%N is %T: %E"];
  const { stdout } = await slurmCommand("sinfo", args);
  const lines = [...new Set(stdout.split("\n").filter((line) => line !== ""))];
  if (lines.length === 0) return "";
  const more = lines.length > 5 ? ` and ${lines.length - 5} more` : "";
  return ` ${lines.slice(0, 5).join("; ")}${more}.`;
}

/** How a task's end in a state is told, and whether another try may help. */
export function explainEnd(state: string): { message: string; hint?: string; retry: boolean } {
  switch (state) {
    case "TIMEOUT":
    case "DEADLINE":
      return {
        message: "Slurm stopped it at its time limit",
        hint: 'Give tasks longer with --sbatch "--time=HH:MM:SS", or make them smaller with taskRows in the configuration.',
        retry: false,
      };
    case "OUT_OF_MEMORY":
      return {
        message: "Slurm stopped it because it used more memory than it asked for",
        hint: 'Ask for more with --sbatch "--mem=4G", or let DuckDB use less with --memory.',
        retry: false,
      };
    case "CANCELLED":
      return {
        message: "somebody cancelled its job (scancel)",
        hint: "Run the same command again to go on from here.",
        retry: false,
      };
    case "NODE_FAIL":
    case "BOOT_FAIL":
      return { message: "its node failed", retry: true };
    case "PREEMPTED":
      return { message: "jobs of higher priority took its node", retry: true };
    case "COMPLETED":
      return {
        message:
          "Slurm says that it completed, but its output is not here: does the folder of the result stand on a file system that all nodes share?",
        hint: "Choose such a folder with --out.",
        retry: false,
      };
    default:
      return { message: `its job ended without a word (${state || "gone from Slurm's queue"})`, retry: true };
  }
}
