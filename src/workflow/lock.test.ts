import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/paths.ts";
import { takeLock } from "./lock.ts";

const folder = temporaryFolder();

it("keeps a second run out while the first one lives", () => {
  const path = join(folder, "lock");
  writeFileSync(path, String(process.ppid));
  expect(() => takeLock(path)).toThrow(expect.objectContaining({ code: "run-under-way" }));
});

it("takes over from a run that was killed", () => {
  const path = join(folder, "stale");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(path, String(pid));
  const giveBack = takeLock(path);
  expect(existsSync(path)).toBe(true);
  giveBack();
  expect(existsSync(path)).toBe(false);
});

it("takes over a lock that was never finished", () => {
  const path = join(folder, "empty");
  writeFileSync(path, "");
  takeLock(path)();
  expect(existsSync(path)).toBe(false);
});
