import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** The checkout. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

const shared = join(root, "..", "shared", "data");

/** Why tests on the real files are skipped; undefined where they are there. Use with describe.skipIf(noSharedData). */
export const noSharedData: string | false = existsSync(shared)
  ? false
  : "the real files of ../shared/data are not beside this checkout";

/** A file of ../shared/data. */
export function sharedFile(path: string): string {
  return join(shared, path);
}

/** A folder of this test file alone, gone when the file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bisonflow-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
