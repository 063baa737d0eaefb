import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ended } from "./command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const packages = ["podman", "runc", "buildah", "debootstrap"];
const programs = ["/usr/bin/podman", "/usr/sbin/runc", "/usr/bin/buildah", "/usr/sbin/debootstrap"];
/** What the bases hold; a change makes them anew. */
const nodeVersion = "24.21.0";
const npmVersion = "11.19.1";
const store = join(root, ".cache", "containers");

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
  const words = `there is no podman. Install it (Debian: apt-get install ${packages.join(" ")}).`;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return words;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update"], { env, encoding: "utf8" });
  const { status, stderr } = spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...packages], {
    env,
    encoding: "utf8",
  });
  return status === 0 && isInstalled() ? undefined : `${words} apt-get said: ${stderr.slice(-500)}`;
}

/** Runs podman on a store of the tests' own, kept between runs in .cache. */
export function podman(args: readonly string[], options: { input?: Buffer } = {}): Ended {
  mkdirSync(store, { recursive: true });
  const config = join(store, "containers.conf");
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
  const places = ["--root", join(store, "root"), "--runroot", join(tmpdir(), "bisonflow-podman")];
  const { status, stdout, stderr, error } = spawnSync("podman", [...places, ...args], {
    encoding: "utf8",
    env: { ...process.env, CONTAINERS_CONF: config },
    maxBuffer: 1 << 28,
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return { status, stdout: stdout ?? "", stderr: error?.message ?? stderr ?? "" };
}

function must(program: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    ...options,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr.slice(-2000)}`);
  return stdout;
}

function mustPodman(...args: string[]): string {
  const { status, stdout, stderr } = podman(args);
  if (status !== 0) throw new Error(`podman ${args.join(" ")}: ${stderr.slice(-3000)}`);
  return stdout;
}

/** Where Debian's qemu for arm64 is; mounted into a container it is what runs the container's Node. */
export const qemuPath = "/usr/bin/qemu-aarch64-static";

/** Why tests of the arm64 image are skipped, or false. They take many minutes: everything runs under qemu. */
export const noArm64: string | false =
  process.env.BISONFLOW_TEST_ARM64 !== "1"
    ? "slow: set BISONFLOW_TEST_ARM64=1"
    : existsSync(qemuPath)
      ? false
      : "no qemu for arm64 (Debian: qemu-user-static)";

/**
 * Builds the image of this checkout on a base that is made here: Debian's smallest, and Node from npm. No image
 * is fetched from anywhere. Returns the names of the image and of its base.
 */
export function buildImage(architecture: "native" | "arm64" = "native"): { image: string; base: string } {
  const native = `localhost/bisonflow-base:node-${nodeVersion}`;
  const base = architecture === "native" ? native : `${native}-arm64`;
  const withNpm = `localhost/bisonflow-build:node-${nodeVersion}-npm-${npmVersion}`;
  const image = `localhost/bisonflow:${architecture}`;
  if (podman(["image", "exists", native]).status !== 0) importBase(native, process.arch);
  if (podman(["image", "exists", base]).status !== 0) importBase(base, architecture);
  if (podman(["image", "exists", withNpm]).status !== 0) addNpm(native, withNpm);
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-image-"));
  const npmrc = join(folder, "npmrc");
  const certificates = "/etc/ssl/certs/ca-certificates.crt";
  const registry = must("npm", ["config", "get", "registry"]).trim();
  writeFileSync(npmrc, `registry=${registry}\n${existsSync(certificates) ? `cafile=${certificates}\n` : ""}`);
  mustPodman(
    ...["build", "--pull=never", "--layers=false", "--tag", image],
    ...["--build-arg", `BASE_IMAGE=${base}`, "--build-arg", `BUILD_IMAGE=${withNpm}`],
    ...(architecture === "native" ? [] : ["--build-arg", `TARGETARCH=${architecture}`]),
    ...["--secret", `id=npmrc,src=${npmrc}`],
    ...["--volume", `${must("npm", ["config", "get", "cache"]).trim()}:/root/.npm`],
    ...(existsSync(certificates) ? ["--volume", `${certificates}:${certificates}:ro`] : []),
    root,
  );
  rmSync(folder, { recursive: true, force: true });
  return { image, base };
}

/** For another architecture packages are only unpacked: none of their scripts could run. */
function importBase(name: string, architecture: string): void {
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-base-"));
  const tree = join(folder, "tree");
  const foreign = architecture === process.arch ? [] : ["--foreign", `--arch=${architecture}`];
  must("debootstrap", [...foreign, "--variant=minbase", "--include=libstdc++6", codename(), tree, mirror()]);
  if (foreign.length > 0) {
    rmSync(join(tree, "proc")); // a link to this machine's own
    mkdirSync(join(tree, "proc"));
  }
  const node = fetchFromNpm(`node-linux-${architecture}@${nodeVersion}`, folder);
  mkdirSync(join(tree, "usr/local/bin"), { recursive: true });
  must("cp", [join(node, "bin/node"), join(tree, "usr/local/bin/node")]);
  chmodSync(join(tree, "usr/local/bin/node"), 0o755);
  for (const path of [
    "debootstrap",
    "var/cache",
    "var/lib/apt/lists",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
  ]) {
    rmSync(join(tree, path), { recursive: true, force: true });
  }
  const tar = join(folder, "base.tar");
  must("tar", ["-C", tree, "-cf", tar, "."]);
  mustPodman("import", ...(foreign.length > 0 ? ["--arch", architecture] : []), tar, name);
  rmSync(folder, { recursive: true, force: true });
}

function addNpm(base: string, name: string): void {
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-base-"));
  fetchFromNpm(`npm@${npmVersion}`, folder);
  writeFileSync(
    join(folder, "Containerfile"),
    `FROM ${base}
COPY package /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
`,
  );
  mustPodman("build", "--pull=never", "--layers=false", "--tag", name, folder);
  rmSync(folder, { recursive: true, force: true });
}

/** Unpacks a package of npm's registry into `folder`/package. */
function fetchFromNpm(what: string, folder: string): string {
  const name = must("npm", ["pack", "--silent", what], { cwd: folder }).trim().split("\n").at(-1) ?? "";
  must("tar", ["-xzf", join(folder, name), "-C", folder]);
  rmSync(join(folder, name));
  return join(folder, "package");
}

function codename(): string {
  return /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "bookworm";
}

/** Where this machine takes its own packages from. */
function mirror(): string {
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
