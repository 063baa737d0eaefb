import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { isAlive } from "../../src/store/index.ts";
import { root } from "../support/paths.ts";

const script = `
  import { localExecutor } from ${JSON.stringify(join(root, "dist/executor/index.js"))};
  const executor = localExecutor({ command: [process.execPath, ${JSON.stringify(join(root, "dist/cli/main.js"))}] });
  executor.warmUp(2);`;

function run(more: string) {
  return spawnSync(process.execPath, ["--input-type=module", "-e", `${script}\n${more}`], {
    encoding: "utf8",
  });
}

it("workers that wait keep the process that started them from nothing, and end with it", async () => {
  const { status, stdout, stderr } = run(`
    import { readdirSync, readFileSync } from "node:fs";
    const parentOf = (pid) => Number(/\\) . (\\d+) /.exec(readFileSync("/proc/" + pid + "/stat", "utf8"))?.[1]);
    for (const pid of readdirSync("/proc")) {
      try {
        if (/^\\d+$/.test(pid) && parentOf(pid) === process.pid) console.log(pid);
      } catch {} // gone since
    }`);
  expect([status, stderr]).toEqual([0, ""]);
  const workers = stdout.trim().split("\n").map(Number);
  expect(workers).toHaveLength(2);
  while (workers.some(isAlive)) await wait(20);
});

it("workers that wait are gone when the executor is released", () => {
  const { status, stdout, stderr } = run('await executor.release(); console.log("released");');
  expect([status, stdout, stderr]).toEqual([0, "released\n", ""]);
});
