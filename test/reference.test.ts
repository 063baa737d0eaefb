import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./support/paths.ts";

it("the reference says what the sources say", () => {
  const { stderr, status } = spawnSync(
    process.execPath,
    [join(root, "scripts", "reference.mjs"), "--check"],
    {
      encoding: "utf8",
      cwd: root,
    },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
