import { createHash, randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive } from "./is-alive.ts";

/** What half-written files begin with: nothing that does is ever listed. */
export const temporaryPrefix = ".tmp-";

const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

/**
 * A name that no other writer chooses, and that says which process of which machine left it.
 *
 * @example
 * ```ts
 * import { temporaryName } from "bisonflow/store";
 * console.log(temporaryName().startsWith(".tmp-")); // true
 * ```
 */
export function temporaryName(): string {
  return `${temporaryPrefix}${host}-${process.pid}-${randomBytes(6).toString("hex")}`;
}

/**
 * Removes what writers that were killed left under a folder, in all that it holds unless `recursive` is false;
 * files of living processes and of other machines stay. Returns how many were removed.
 *
 * @example
 * ```ts
 * import { removeLeftovers } from "bisonflow/store";
 * console.log(await removeLeftovers("no/such/folder")); // 0
 * ```
 */
export async function removeLeftovers(
  folder: string,
  options: { readonly recursive?: boolean } = {},
): Promise<number> {
  const recursive = options.recursive ?? true;
  const entries = await readdir(folder, { recursive, withFileTypes: true }).catch(() => []);
  let removed = 0;
  for (const entry of entries) {
    const [, from, pid] = /^\.tmp-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}$/.exec(entry.name) ?? [];
    if (from !== host || pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(entry.parentPath ?? entry.path, entry.name), { force: true });
    removed++;
  }
  return removed;
}
