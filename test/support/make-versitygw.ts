import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const version = "v1.8.0";
const folder = join(root, ".cache", `versitygw-${version}`);

/** The second S3 server of the tests; undefined where it has not been made. */
export function versitygwPath(): string | undefined {
  const path = join(folder, "versitygw");
  return existsSync(path) ? path : undefined;
}

/** Builds it, once (some minutes); returns what is missing where that can't be done. */
export function makeVersitygw(): string | undefined {
  if (versitygwPath() !== undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  const { status, stderr, error } = spawnSync(
    "nice",
    ["go", "install", `github.com/versity/versitygw/cmd/versitygw@${version}`],
    { encoding: "utf8", env: { ...process.env, GOBIN: folder } },
  );
  if (status === 0) return undefined;
  return `versitygw, a second S3 server, could not be built; Go 1.24 or newer is needed (${error?.message ?? stderr.slice(-300)})`;
}
