import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, loadavg, release, totalmem } from "node:os";

/** What the figures were taken on, as lines of text. */
export function describeMachine() {
  const require = createRequire(import.meta.url);
  const version = (name) => require(`${name}/package.json`).version;
  const model = /model name\s*:\s*(.*)/.exec(read("/proc/cpuinfo"))?.[1] ?? "unknown processor";
  return [
    `${model}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory, Linux ${release()}`,
    `Node ${process.versions.node} (V8 ${process.versions.v8}), @duckdb/node-api ${version("@duckdb/node-api")}, bisonflow ${JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version}`,
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC; load when it began: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(", ")} (1, 5, 15 minutes)`,
  ];
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
