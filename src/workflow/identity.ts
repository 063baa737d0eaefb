import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A short, stable name for a value: sha256 of its JSON with sorted keys, 32 hexadecimal digits. */
export function identityOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 32);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

const sourceRoot = fileURLToPath(new URL("..", import.meta.url));
const known = new Map<string, string>();

/**
 * Identity of the code of some rooms, so that a task done by other code is done again and one whose code did
 * not change is not: a mended report does not annotate three billion records anew.
 */
export function codeIdentity(rooms: readonly string[]): string {
  const key = rooms.join(" ");
  const found = known.get(key);
  if (found !== undefined) return found;
  const hash = createHash("sha256");
  for (const room of [...rooms].sort()) {
    for (const file of filesUnder(join(sourceRoot, room))) {
      if (/\.test\.ts$|\.d\.ts$|\.md$/.test(file)) continue;
      hash
        .update(relative(sourceRoot, file).replace(extname(file), ""))
        .update("\0")
        .update(readFileSync(file))
        .update("\0");
    }
  }
  const identity = hash.digest("hex").slice(0, 32);
  known.set(key, identity);
  return identity;
}

function filesUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/**
 * The package's version, from its package.json.
 *
 * @example
 * ```ts
 * import { packageVersion } from "bisonflow/workflow";
 * console.log(/^\d+\.\d+\.\d+/.test(packageVersion())); // true
 * ```
 */
export function packageVersion(): string {
  const text = readFileSync(join(sourceRoot, "..", "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
