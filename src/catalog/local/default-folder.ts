import { homedir, platform } from "node:os";
import { join } from "node:path";

/**
 * The folder of the user's own catalog: where each system keeps what programs store for a user.
 *
 * @example
 * ```ts
 * import { defaultCatalogFolder } from "bisonflow/catalog";
 * console.log(defaultCatalogFolder().endsWith("catalog")); // true
 * ```
 */
export function defaultCatalogFolder(): string {
  const folders: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join("Library", "Application Support"),
    win32: join("AppData", "Local"),
  };
  return join(homedir(), folders[platform()] ?? join(".local", "share"), "bisonflow", "catalog");
}
