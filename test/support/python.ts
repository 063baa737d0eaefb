import { spawnSync } from "node:child_process";
import { environmentPython, makePython } from "./make-python.ts";

// Whoever runs a single test file without the global set-up makes the environment here.
const missing = makePython();

/** Why comparisons with Python libraries are skipped, or false. Use with describe.skipIf(noPython). */
export const noPython: string | false = missing ?? false;

/** Runs a Python script with arguments; returns what it prints, as JSON. Throws with its errors. */
export function runPython<T>(script: string, args: readonly string[] = [], input?: string): T {
  const python = environmentPython();
  if (python === undefined) throw new Error(`No Python environment: ${missing}`);
  const { status, stdout, stderr } = spawnSync(python, ["-c", script, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    ...(input === undefined ? {} : { input }),
  });
  if (status !== 0) throw new Error(`python: ${stderr}`);
  return JSON.parse(stdout) as T;
}
