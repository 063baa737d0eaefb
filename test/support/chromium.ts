import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Flags that keep a headless Chromium from looking outside. */
export const chromiumArgs: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser that tests use: CHROMIUM if set, else Debian's; undefined where there is none. */
export function chromiumPath(): string | undefined {
  return [process.env.CHROMIUM, "/usr/bin/chromium"].find((path) => path !== undefined && existsSync(path));
}

/** Why tests in a browser are skipped, or false. Use with describe.skipIf(noChromium). */
export const noChromium: string | false =
  chromiumPath() === undefined ? "no Chromium: install it, or set CHROMIUM to its path" : false;

/** Installs Debian's Chromium where that can be done without asking; returns what is missing otherwise. */
export function installChromium(): string | undefined {
  const words =
    "there is no Chromium. Install it (Debian: apt-get install chromium) or set CHROMIUM to its path.";
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return words;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update"], { env, encoding: "utf8" });
  const { status, stderr } = spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], {
    env,
    encoding: "utf8",
  });
  return status === 0 && chromiumPath() !== undefined
    ? undefined
    : `${words} apt-get said: ${stderr.slice(-500)}`;
}
