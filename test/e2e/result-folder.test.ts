import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bisonflow } from "../support/command.ts";
import { root, temporaryFolder } from "../support/paths.ts";
import { readManifest } from "../support/result-content.ts";
import { writeSmallRun } from "../support/small-run.ts";

const folder = temporaryFolder();
const config = join(folder, "bisonflow.config.json");

beforeAll(() => writeSmallRun(folder, config));

const args = (out: string, more: readonly string[] = []): string[] => [
  ...["run", "--config", config, "--out", out, "--no-catalog"],
  ...more,
];

describe("a run into a folder", () => {
  it.each(["occurrences", "tables", "maps"])("leaves somebody's %s there alone, and refuses", (name) => {
    const out = join(folder, `foreign-${name}`);
    mkdirSync(join(out, name), { recursive: true });
    writeFileSync(join(out, name, "mine.csv"), "a\n1\n");
    const { status, stderr } = bisonflow(args(out));
    expect(status).toBe(2);
    expect(stderr).toContain(`mine.csv: it is of no run of bisonflow, and a run keeps ${name}/ for its own`);
    expect(readdirSync(join(out, name))).toEqual(["mine.csv"]);
  });

  it("in which its input stands is refused, whoever made the folder", () => {
    const out = join(folder, "with-input");
    expect(bisonflow(args(out)).status).toBe(0);
    const input = join(out, "occurrences", "records.csv");
    copyFileSync(join(folder, "records.csv"), input);
    const { status, stderr } = bisonflow(args(out, ["--occurrences", input]));
    expect(status).toBe(2);
    expect(stderr).toContain(`records.csv: it stands in ${out}, among what the run writes there`);
    expect(existsSync(input)).toBe(true);
  });

  it("comes to its end where nobody reads on what it prints", () => {
    const out = join(folder, "unread");
    const command = [process.execPath, join(root, "dist/cli/main.js"), ...args(out)];
    const quoted = command.map((word) => `'${word}'`).join(" ");
    const { status } = spawnSync("bash", ["-c", `set -o pipefail; ${quoted} | head -1`], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(readManifest(out).records).toMatchObject({ read: 3, kept: 3 });
  });
});
