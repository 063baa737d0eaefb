import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./paths.ts";

const main = join(root, "dist", "cli", "main.js");

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command to its end, as a user does. */
export function bisonflow(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

/** Starts the built command in a process group of its own, so that a test can kill all of it. */
export function startBisonflow(
  args: readonly string[],
  options: { env?: Record<string, string> } = {},
): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
  });
}
