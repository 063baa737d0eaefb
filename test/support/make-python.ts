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

/** Makes the environment, once per content of requirements.txt; returns what is missing where it can't. */
export function makePython(): string | undefined {
  if (environmentPython() !== undefined) return undefined;
  const folder = environmentFolder();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(root, ".cache"), { recursive: true });
  const venv = run("python3", ["-m", "venv", folder]);
  if (venv !== undefined) return `Python 3.11 or newer with its venv module is needed (${venv})`;
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
  const installed = run(join(folder, "bin", "python"), pip);
  if (installed !== undefined) return `pip could not install test/support/requirements.txt (${installed})`;
  writeFileSync(join(folder, "ready"), "");
  return undefined;
}

function run(command: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? undefined : (error?.message ?? stderr.slice(-500));
}
