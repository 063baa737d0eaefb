import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arm64Packages, qemuPath } from "./arm64.ts";
import { podman } from "./container.ts";
import { codename, mirror } from "./debian.ts";
import { root } from "./paths.ts";

/** What the bases hold; a change makes them anew. */
const nodeVersion = "24.21.0";
const npmVersion = "11.19.1";

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

export type Architecture = "amd64" | "arm64";

/** The architecture of this machine, as images say of it. */
export const native: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

/** An image, and how to start it here. */
export interface BuiltImage {
  readonly architecture: Architecture;
  readonly image: string;
  readonly base: string;
  /** What to give `podman run` before the arguments of bisonflow: its entry point is run. */
  readonly command: readonly string[];
  /** The same for the arguments of its Node. */
  readonly node: readonly string[];
}

/**
 * Builds the image of this checkout on a base that is made here: Debian's smallest, and Node from npm. No image
 * is fetched from anywhere.
 */
export function buildImage(architecture: Architecture): BuiltImage {
  const base = baseOf(architecture);
  const withNpm = `localhost/bisonflow-build:node-${nodeVersion}-npm-${npmVersion}`;
  const image = `localhost/bisonflow:${architecture}`;
  for (const each of new Set([native, architecture])) {
    if (podman(["image", "exists", baseOf(each)]).status !== 0) importBase(each);
  }
  if (podman(["image", "exists", withNpm]).status !== 0) addNpm(baseOf(native), withNpm);
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-image-"));
  const npmrc = join(folder, "npmrc");
  const certificates = "/etc/ssl/certs/ca-certificates.crt";
  const registry = must("npm", ["config", "get", "registry"]).trim();
  writeFileSync(npmrc, `registry=${registry}\n${existsSync(certificates) ? `cafile=${certificates}\n` : ""}`);
  mustPodman(
    ...["build", "--pull=never", "--layers=false", "--tag", image],
    ...["--build-arg", `BASE_IMAGE=${base}`, "--build-arg", `BUILD_IMAGE=${withNpm}`],
    ...["--build-arg", `TARGETARCH=${architecture}`, "--secret", `id=npmrc,src=${npmrc}`],
    ...["--volume", `${must("npm", ["config", "get", "cache"]).trim()}:/root/.npm`],
    ...(existsSync(certificates) ? ["--volume", `${certificates}:${certificates}:ro`] : []),
    root,
  );
  rmSync(folder, { recursive: true, force: true });
  podman(["image", "prune", "--force"]); // the image of this name that was there before
  return { architecture, image, base, ...startOf(image, architecture) };
}

/**
 * Under qemu the kernel is asked for nothing: qemu is the program that is started, and Node its first argument. So
 * it works wherever podman does; but what runs cannot start another program of its own architecture.
 */
function startOf(image: string, architecture: Architecture): Pick<BuiltImage, "command" | "node"> {
  if (architecture === native) return { command: [image], node: ["--entrypoint", "node", image] };
  const [, ...rest] = JSON.parse(
    mustPodman("image", "inspect", "--format", "{{json .Config.Entrypoint}}", image),
  ) as string[];
  const qemu = ["--volume", `${qemuPath}:/qemu:ro`, "--entrypoint", "/qemu"];
  const node = [...["--arch", architecture], ...qemu, image, nodePath];
  return { command: [...node, ...rest], node };
}

const nodePath = "/usr/local/bin/node";

function baseOf(architecture: Architecture): string {
  return `localhost/bisonflow-base:node-${nodeVersion}-${architecture}`;
}

function importBase(architecture: Architecture): void {
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-base-"));
  const tree = join(folder, "tree");
  if (architecture === native) {
    must("debootstrap", ["--variant=minbase", "--include=libstdc++6", codename(), tree, mirror()]);
  } else {
    // No script of a package could run, so they are only unpacked: no shell, nothing but what Node needs.
    mkdirSync(tree);
    for (const deb of readdirSync(arm64Packages)) must("dpkg-deb", ["-x", join(arm64Packages, deb), tree]);
  }
  const cpu = architecture === "amd64" ? "x64" : architecture;
  const node = fetchFromNpm(`node-linux-${cpu}@${nodeVersion}`, folder);
  mkdirSync(join(tree, "usr/local/bin"), { recursive: true });
  must("cp", [join(node, "bin/node"), join(tree, nodePath)]);
  chmodSync(join(tree, nodePath), 0o755);
  for (const path of [
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
  mustPodman("import", "--arch", architecture, tar, baseOf(architecture));
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
