// Peak memory of all processes of a whole run with two workers, at 10 and at 100 million rows.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { table } from "./figures.mjs";
import { benchFolder, commandLine, layerOptions, snapshot } from "./inputs.mjs";
import { runMeasured } from "./process-tree.mjs";

export async function measureMemory({ millions }) {
  const rows = [];
  for (const size of millions) {
    const files = await snapshot(size);
    const out = join(benchFolder, "whole");
    rmSync(out, { recursive: true, force: true });
    const command = [
      process.execPath,
      commandLine,
      "run",
      "--occurrences",
      ...files,
      ...layerOptions,
      "--out",
      out,
    ];
    const { peakMiB, memoryHow, wallSeconds, cpuSeconds } = await runMeasured(
      [...command, "--workers", "2", "--no-catalog", "--cache", join(benchFolder, "cache")],
      { sampleMemory: true },
    );
    rows.push([
      `${size} million`,
      `${peakMiB.toFixed(0)} MiB (${memoryHow})`,
      `${largestTask(out)} MiB`,
      wallSeconds.toFixed(0),
      cpuSeconds.toFixed(0),
      ((size * 1e6) / wallSeconds / 1000).toFixed(0),
    ]);
    rmSync(out, { recursive: true, force: true });
  }
  return [
    "## Memory of a whole run, two workers",
    "All processes together, looked at every 100 ms; wanted: under 1.5 GiB (1,536 MiB) and the same at both sizes.",
    table(
      [
        "rows",
        "peak, all processes",
        "largest single task (its result)",
        "wall s",
        "processor s",
        "thousand rows a second",
      ],
      rows,
    ),
  ].join("\n\n");
}

function largestTask(out) {
  const tasks = join(out, ".bisonflow", "tasks");
  const peaks = readdirSync(tasks).map((name) => {
    const { stage, peakMemoryMiB } = JSON.parse(readFileSync(join(tasks, name, "result.json"), "utf8"));
    return { stage, peakMemoryMiB };
  });
  const { stage, peakMemoryMiB } = peaks.sort((a, b) => b.peakMemoryMiB - a.peakMemoryMiB)[0];
  return `${stage}: ${peakMemoryMiB}`;
}
