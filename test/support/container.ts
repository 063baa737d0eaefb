import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ended } from "./command.ts";
import { installPackages } from "./debian.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const packages = ["podman", "runc", "buildah", "debootstrap"];
const programs = ["/usr/bin/podman", "/usr/sbin/runc", "/usr/bin/buildah", "/usr/sbin/debootstrap"];
/** What of containers is kept between runs. */
export const containers: string = join(root, ".cache", "containers");

function isInstalled(): boolean {
  return programs.every((path) => existsSync(path));
}

function whatIsMissing(): string | false {
  if (!isInstalled()) return `no podman (Debian: ${packages.join(" ")})`;
  if (process.getuid?.() !== 0) return "podman is used as root here";
  const { status } = spawnSync("unshare", ["--mount", "--net", "--pid", "--fork", "true"]);
  return status === 0 ? false : "this machine lets nobody make namespaces";
}

/** Why tests in a container are skipped, or false. Use with describe.skipIf(noPodman). */
export const noPodman: string | false = whatIsMissing();

/** Installs Debian's podman where that can be done without asking; returns what is missing otherwise. */
export function installPodman(): string | undefined {
  if (isInstalled()) return undefined;
  const trouble = installPackages(packages);
  return isInstalled()
    ? undefined
    : `there is no podman. Install it (Debian: apt-get install ${packages.join(" ")}). ${trouble ?? ""}`;
}

/** Runs podman on a store of the tests' own, kept between runs in .cache. */
export function podman(args: readonly string[], options: { input?: Buffer } = {}): Ended {
  mkdirSync(containers, { recursive: true });
  const config = join(containers, "containers.conf");
  // No systemd, no crun, no limits above those of this process, no bridge to set up.
  writeFileSync(
    config,
    `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`,
  );
  const places = ["--root", join(containers, "root"), "--runroot", join(tmpdir(), "bisonflow-podman")];
  const { status, stdout, stderr, error } = spawnSync("podman", [...places, ...args], {
    encoding: "utf8",
    env: { ...process.env, CONTAINERS_CONF: config },
    maxBuffer: 1 << 28,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return { status, stdout: stdout ?? "", stderr: error?.message ?? stderr ?? "" };
}
