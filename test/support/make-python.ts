import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const requirements = join(root, "test", "support", "requirements.txt");

/** The folder of the environment for the requirements as they are. */
function environmentFolder(): string {
  const key = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  return join(root, ".cache", `python-${key}`);
}

/** The interpreter of the environment; undefined where it has not been made. */
export function environmentPython(): string | undefined {
  const folder = environmentFolder();
  return existsSync(join(folder, "ready")) ? join(folder, "bin", "python") : undefined;
}

/**
 * Makes the environment, once per content of requirements.txt; returns what is missing where it can't. Where
 * another process is making it, waits for that one.
 */
export function makePython(): string | undefined {
  if (environmentPython() !== undefined) return undefined;
  mkdirSync(join(root, ".cache"), { recursive: true });
  const folder = environmentFolder();
  const giveBack = takeTurn(`${folder}.lock`);
  try {
    return environmentPython() === undefined ? makeIn(folder) : undefined;
  } finally {
    giveBack();
  }
}

function makeIn(folder: string): string | undefined {
  rmSync(folder, { recursive: true, force: true });
  const venv = run("python3", ["-m", "venv", folder]);
  if (venv !== undefined) return `Python 3.11 or newer with its venv module is needed (${venv})`;
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  const installed = run(join(folder, "bin", "python"), pip);
  if (installed !== undefined) return `pip could not install test/support/requirements.txt (${installed})`;
  writeFileSync(join(folder, "ready"), "");
  return undefined;
}

/** Waits until no living process holds the file, then holds it; returns how to give it back. */
function takeTurn(path: string): () => void {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (!holderLives(path)) rmSync(path, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  }
}

function holderLives(path: string): boolean {
  try {
    const holder = Number(readFileSync(path, "utf8"));
    // An empty file: its writer is about to write.
    if (holder === 0) return true;
    process.kill(holder, 0);
    return true;
  } catch {
    return false;
  }
}

function run(command: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? undefined : (error?.message ?? stderr.slice(-500));
}
