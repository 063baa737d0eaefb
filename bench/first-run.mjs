// A first run of the isu-birds download, start to report, with the layers compiled before.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { meanOf, medianOf } from "./figures.mjs";
import { benchFolder, birds, commandLine, layerOptions } from "./inputs.mjs";
import { runMeasured } from "./process-tree.mjs";

const repetitions = 5;

export async function measureFirstRun() {
  if (birds === undefined) return "## First run\n\nNot run: isu-birds.dwca.zip is not in ../shared/data.";
  const out = join(benchFolder, "birds");
  const seconds = [];
  const stages = [];
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    rmSync(out, { recursive: true, force: true });
    const { wallSeconds, text } = await runMeasured([
      process.execPath,
      commandLine,
      "run",
      "--occurrences",
      birds,
      ...layerOptions,
      "--out",
      out,
      "--no-catalog",
      "--cache",
      join(benchFolder, "cache"),
      "--json",
    ]);
    if (repetition === 0) continue; // fills the cache of layers
    seconds.push(wallSeconds);
    stages.push(
      text
        .split("\n")
        .filter((line) => line.includes('"stage-finished"'))
        .map((line) => JSON.parse(line)),
    );
  }
  rmSync(out, { recursive: true, force: true });
  const names = stages[0].map(({ stage }) => stage);
  const each = names.map(
    (name, at) => `${name} ${medianOf(stages.map((run) => run[at].seconds)).toFixed(2)}`,
  );
  return [
    "## First run of isu-birds",
    `Start to report, layers compiled before, median of ${repetitions}: **${medianOf(seconds).toFixed(2)} s** (mean ${meanOf(seconds).text}; wanted < 5). Stages: ${each.join(", ")} s.`,
  ].join("\n\n");
}
