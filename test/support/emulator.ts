import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { environmentPython, makePython } from "./make-python.ts";
import { root } from "./paths.ts";

// Whoever runs a single test file without the global set-up makes the environment here.
const missing = makePython();

/** Why tests on the emulator are skipped, or false. Use with describe.skipIf(noEmulator). */
export const noEmulator: string | false = missing ?? false;

/** A process that a Batch job started. */
export interface JobProcess {
  /** The job's id; of an array's child `ID:INDEX`. */
  readonly job: string;
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
  readonly pid: number;
  /** False when it has just been started, true when its first line has come: then it listens to signals. */
  readonly spoke: boolean;
}

/** A call that somebody's rights did not allow, as CloudTrail would record it. */
export interface Refusal {
  /** The action as IAM names it. */
  readonly refused: string;
  /** The ARN of the user or of the role's session. */
  readonly by: string;
}

/** Environment variables with which the SDK and the command line find an emulator. */
export type AwsEnvironment = Record<
  "AWS_ENDPOINT_URL" | "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY",
  string
> &
  Record<string, string>;

/** An AWS on 127.0.0.1, for the tests of one file. */
export interface Emulator {
  readonly endpoint: string;
  readonly region: string;
  /** The administrator's; also AWS_EC2_METADATA_DISABLED, and no files of the user's own. */
  readonly env: AwsEnvironment;
  /** From now on every call needs the right for it. Make users and roles first. */
  enforce(): Promise<void>;
  /** Everything is allowed again. */
  relax(): Promise<void>;
  /** Called for each process that a Batch job starts, and again when it first speaks; returns how to stop listening. */
  onJobProcess(listener: (process: JobProcess) => void): () => void;
  /** What was refused until now: some services tell nobody else of what they may not do. */
  readonly refusals: readonly Refusal[];
  /** Ends it, with the processes of its jobs. */
  stop(): Promise<void>;
}

/** How an emulator is started; all of it has defaults. */
export interface EmulatorOptions {
  /** Rights are enforced from the start: only the administrator may do anything. */
  readonly enforce?: boolean;
  /** What stands in place of images: patterns of image names to the commands that are their entry points. */
  readonly entrypoints?: Readonly<Record<string, readonly string[]>>;
  /** More variables for the server; its jobs inherit none but PATH, HOME and BISONFLOW_CACHE. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts moto with its mendings (test/aws/emulator) on a free port and waits until it answers. It ends with this
 * process. Images called bisonflow run the built command line.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const python = environmentPython();
  if (python === undefined) throw new Error(`No Python environment: ${missing}`);
  const entrypoints = options.entrypoints ?? {
    "*bisonflow*": [process.execPath, join(root, "dist", "cli", "main.js")],
  };
  const child = spawn(python, [join(root, "test", "aws", "emulator", "serve.py")], {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      ...(process.env.BISONFLOW_CACHE === undefined ? {} : { BISONFLOW_CACHE: process.env.BISONFLOW_CACHE }),
      EMULATOR_ENTRYPOINTS: JSON.stringify(entrypoints),
      // moto's own clients and the SDK's defaults must not find the user's account.
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: region,
      ...options.env,
    },
  });
  const said = lastWords(child);
  const listeners = new Set<(process: JobProcess) => void>();
  const refusals: Refusal[] = [];
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The emulator ended (${code}): ${said()}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const fact = JSON.parse(line) as Ready | Refusal | JobProcess;
      if ("port" in fact) resolve(fact);
      else if ("refused" in fact) refusals.push(fact);
      else for (const listener of listeners) listener(fact);
    });
  });
  const endpoint = `http://127.0.0.1:${ready.port}`;
  const refuseAfter = async (calls: string): Promise<void> => {
    await fetch(`${endpoint}/moto-api/reset-auth`, { method: "POST", body: calls });
  };
  if (options.enforce === true) await refuseAfter("0");
  return {
    endpoint,
    region,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: ready.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ready.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    },
    enforce: () => refuseAfter("0"),
    relax: () => refuseAfter("inf"),
    refusals,
    onJobProcess: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => end(child),
  };
}

const region = "us-east-1";

interface Ready {
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

function lastWords(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (more: string) => {
    text = (text + more).slice(-4000);
  });
  return () => text;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end();
  const late = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(late);
}
