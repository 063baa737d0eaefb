// Runs a command and says what its whole tree of processes used.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Seconds of processor time that this process's ended children, and theirs, have used. */
export function childrenSeconds() {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
  // cutime and cstime, in clock ticks of a hundredth of a second.
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/**
 * Runs a command to its end: wall and processor seconds of it and all its children, and, with `sampleMemory`, the
 * peak of their memory together (PSS: what processes share counts once), looked at every 100 ms.
 */
export async function runMeasured(command, { sampleMemory = false, env = {} } = {}) {
  const before = childrenSeconds();
  const started = performance.now();
  const child = spawn(command[0], command.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let text = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part) => {
    errors += part;
  });
  let peakMiB = 0;
  let how = "";
  const timer = sampleMemory
    ? setInterval(() => {
        const memory = treeMemory(child.pid);
        if (memory.MiB > peakMiB) peakMiB = memory.MiB;
        if (how !== "RSS") how = memory.how;
      }, 100)
    : undefined;
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  clearInterval(timer);
  if (code !== 0)
    throw new Error(`${command.join(" ").slice(0, 200)} ended with ${code}: ${errors.slice(-2000)}`);
  const wallSeconds = (performance.now() - started) / 1000;
  return { wallSeconds, cpuSeconds: childrenSeconds() - before, peakMiB, memoryHow: how, text };
}

/** Memory of a process and all its descendants together, in MiB. */
function treeMemory(root) {
  const parents = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    if (stat !== "") parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const isOfTree = (pid) => {
    for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (at === root) return true;
    return false;
  };
  let kib = 0;
  let how = "PSS";
  for (const pid of parents.keys()) {
    if (!isOfTree(pid)) continue;
    const pss = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
    const rss = pss === undefined ? /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] : undefined;
    if (rss !== undefined) how = "RSS";
    kib += Number(pss ?? rss ?? 0);
  }
  return { MiB: kib / 1024, how };
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has just ended
  }
}
