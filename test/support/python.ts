import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.ts";

const requirements = join(root, "test", "support", "requirements.txt");

/**
 * The interpreter of a Python environment with the pinned libraries that tests compare with
 * (GEOS, NumPy, GeoPandas, frictionless). Made once per content of requirements.txt.
 */
export function pythonPath(): string {
  const key = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const folder = join(root, ".cache", `python-${key}`);
  const python = join(folder, "bin", "python");
  if (existsSync(join(folder, "ready"))) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(root, ".cache"), { recursive: true });
  must("python3", ["-m", "venv", folder], "Python 3.11 or newer with its venv module is needed for the tests");
  must(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements], "pip could not install test/support/requirements.txt");
  mkdirSync(join(folder, "ready.new"));
  renameSync(join(folder, "ready.new"), join(folder, "ready"));
  return python;
}

/** Runs a Python script text with arguments; returns what it prints, as JSON. Throws with its errors. */
export function runPython<T>(script: string, args: readonly string[] = [], input?: string): T {
  const { status, stdout, stderr } = spawnSync(pythonPath(), ["-c", script, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    ...(input === undefined ? {} : { input }),
  });
  if (status !== 0) throw new Error(`python: ${stderr}`);
  return JSON.parse(stdout) as T;
}

function must(command: string, args: readonly string[], otherwise: string): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${otherwise}: ${error?.message ?? stderr}`);
}
