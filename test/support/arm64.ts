import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { containers, noPodman } from "./container.ts";
import { codename, installPackages, mirror } from "./debian.ts";

/** Where Debian's qemu for arm64 is; mounted into a container it is what runs the container's Node. */
export const qemuPath = "/usr/bin/qemu-aarch64-static";

/** Node's own needs on Linux, and the folders of a system: all that an arm64 base holds besides Node. */
const packages = ["base-files", "libc6", "libgcc-s1", "libstdc++6"];

/** Debian's packages for arm64, kept between runs. */
export const arm64Packages: string = join(containers, `arm64-${codename()}`);

function whatIsMissing(): string | false {
  if (noPodman !== false) return noPodman;
  if (process.arch === "arm64") return "this machine is arm64 itself, and so is the image above";
  if (process.arch !== "x64") return `there is no image for ${process.arch}`;
  if (!existsSync(qemuPath)) return "no qemu for arm64 (Debian: qemu-user-static)";
  return existsSync(arm64Packages) ? false : `this machine's mirror gave no ${packages.join(", ")} for arm64`;
}

/** Why tests of the arm64 image are skipped, or false. Use with describe.skipIf(noArm64). */
export const noArm64: string | false = whatIsMissing();

/**
 * Has ready what runs an arm64 image here: qemu, installed where that can be done without asking, and Debian's few
 * packages for arm64 that a base is made of. Returns what is missing. Nothing is registered with the kernel
 * (binfmt_misc), so that it works in a container too, and leaves the machine as it is.
 */
export function installArm64(): string | undefined {
  if (process.arch !== "x64") return undefined;
  if (!existsSync(qemuPath)) {
    const trouble = installPackages(["qemu-user-static"]);
    if (!existsSync(qemuPath)) {
      return `there is no qemu for arm64. Install it (Debian: apt-get install qemu-user-static). ${trouble ?? ""}`;
    }
  }
  if (existsSync(arm64Packages)) return undefined;
  try {
    fetchPackages();
    return undefined;
  } catch (error) {
    return `Debian's packages for arm64 cannot be had: ${(error as Error).message}`;
  }
}

/** Fetches them by an apt of its own, which knows arm64 alone: the machine's stays as it is. */
function fetchPackages(): void {
  mkdirSync(containers, { recursive: true });
  const folder = mkdtempSync(join(containers, "apt-"));
  try {
    const [state, debs] = [join(folder, "state"), join(folder, "debs")];
    for (const path of [debs, join(state, "lists/partial"), join(folder, "cache/archives/partial")]) {
      mkdirSync(path, { recursive: true });
    }
    const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    const trust = existsSync(keyring) ? ` [signed-by=${keyring}]` : "";
    writeFileSync(join(folder, "sources.list"), `deb${trust} ${mirror()} ${codename()} main\n`);
    writeFileSync(join(folder, "status"), "");
    const settings = {
      "APT::Architecture": "arm64",
      "APT::Architectures::": "arm64",
      "APT::Sandbox::User": "root",
      "APT::Update::Error-Mode": "any",
      "Acquire::Languages": "none",
      "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
      "Dir::Cache": join(folder, "cache"),
      "Dir::Etc::sourcelist": join(folder, "sources.list"),
      "Dir::Etc::sourceparts": "/dev/null",
      "Dir::State": state,
      "Dir::State::status": join(folder, "status"),
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    for (const args of [["update"], ["download", ...packages]]) {
      const { status, stderr } = spawnSync("apt-get", [...options, ...args], { cwd: debs, encoding: "utf8" });
      if (status !== 0) throw new Error(`apt-get said: ${stderr.slice(-500)}`);
    }
    renameSync(debs, arm64Packages);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
