import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Installs Debian's packages where that can be done without asking. Returns why it could not be done, or undefined;
 * whether what was wanted is there then, is for the caller to look at.
 */
export function installPackages(packages: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return "only root may install it";
  if (!existsSync("/usr/bin/apt-get")) return "there is no apt-get";
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update"], { env, encoding: "utf8" });
  const { status, stderr } = spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...packages], {
    env,
    encoding: "utf8",
  });
  return status === 0 ? undefined : `apt-get said: ${stderr.slice(-500)}`;
}

/** The name of this machine's release, as its mirror knows it. */
export function codename(): string {
  const about = "/etc/os-release";
  const text = existsSync(about) ? readFileSync(about, "utf8") : "";
  return /^VERSION_CODENAME=(\w+)/m.exec(text)?.[1] ?? "bookworm";
}

/** Where this machine takes its own packages from. */
export function mirror(): string {
  const folder = "/etc/apt/sources.list.d";
  const files = [
    "/etc/apt/sources.list",
    ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []),
  ];
  for (const path of files.filter((one) => existsSync(one))) {
    const found = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(https?:\S+)/m.exec(readFileSync(path, "utf8"))?.[1];
    if (found !== undefined) return found;
  }
  throw new Error("No mirror of Debian stands in /etc/apt/sources.list or sources.list.d.");
}
