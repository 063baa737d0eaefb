import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { benchPython } from "./python.mjs";

const script = fileURLToPath(new URL("geopandas-join.py", import.meta.url));

/** GeoPandas in a process of its own. */
export function runGeopandas({ wkt, pointsFile, count, repetitions }) {
  const text = execFileSync(benchPython(), [script, wkt, pointsFile, String(count), String(repetitions)], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const { seconds, counts } = JSON.parse(text);
  return { seconds, counts: new Map(Object.entries(counts)) };
}
