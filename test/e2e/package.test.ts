import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root, temporaryFolder } from "../support/paths.ts";

const folder = temporaryFolder();

function must(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return stdout;
}

it("the packed package installs in an empty folder, and its command and rooms work there", {
  timeout: 600_000,
}, () => {
  const [packed] = JSON.parse(
    must("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], root),
  ) as { filename: string; files: { path: string }[] }[];
  const paths = packed?.files.map(({ path }) => path) ?? [];
  expect(paths).toContain("dist/cli/main.js");
  expect(paths).toContain("dist/report/report.css");
  expect(paths.filter((path) => /^(src|test|docs|bench)\//.test(path))).toEqual([]);

  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "empty", private: true, type: "module" }),
  );
  must(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", join(folder, packed?.filename ?? "")],
    folder,
  );
  expect(must("npx", ["bisonflow", "--version"], folder).trim()).toMatch(/^\d+\.\d+\.\d+$/);

  writeFileSync(
    join(folder, "try.mjs"),
    `import { createRequire } from "node:module";
     import { compileLayer, createLocator, loadLayer } from "bisonflow/region";
     import { defineConfig } from "bisonflow";
     import * as occurrence from "bisonflow/occurrence";
     import * as register from "bisonflow/register";
     import * as summary from "bisonflow/summary";
     import * as report from "bisonflow/report";
     import * as workflow from "bisonflow/workflow";
     const own = createRequire(createRequire(import.meta.url).resolve("bisonflow/package.json"));
     const path = own.resolve("us-atlas/counties-10m.json");
     const { layer } = await loadLayer({ name: "county", path }, { cacheFolder: "cache" });
     const rooms = [occurrence, register, summary, report, workflow].map((room) => Object.keys(room).length > 3);
     console.log(layer.names[createLocator(layer).locate(-119.55, 37.74)], typeof compileLayer, defineConfig({ occurrences: ["x"] }).occurrences[0], rooms.every(Boolean));
     process.exit(0);`,
  );
  expect(must(process.execPath, ["try.mjs"], folder).trim()).toBe("Mariposa function x true");
});
