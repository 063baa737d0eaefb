import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.ts";

const infra = join(root, "infra");

/**
 * Installs what infra/ needs (the CDK, 200 MB), once for a lock file; returns what is missing where that cannot be
 * done. Nothing but its own tests needs it.
 */
export function installInfra(): string | undefined {
  const key = createHash("sha256")
    .update(readFileSync(join(infra, "package-lock.json")))
    .digest("hex")
    .slice(0, 12);
  const mark = join(root, ".cache", `infra-${key}`);
  if (existsSync(mark) && existsSync(join(infra, "node_modules", "aws-cdk-lib"))) return undefined;
  const { status, stderr } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--prefix", infra], {
    encoding: "utf8",
    cwd: infra,
  });
  if (status !== 0) return `npm ci --prefix infra failed: ${stderr.slice(-500)}`;
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(mark, "");
  return undefined;
}

/** Runs a script of infra/ as its package does. */
export function runInfra(args: readonly string[]): { status: number | null; output: string } {
  const jiti = join(infra, "node_modules", "jiti", "lib", "jiti-cli.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [jiti, ...args], {
    encoding: "utf8",
    cwd: infra,
    maxBuffer: 1 << 26,
  });
  return { status, output: stdout + stderr };
}
