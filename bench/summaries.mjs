// The summaries' share of annotate: counting the parts while they are made, and merging the counts afterwards.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { annotateResults, annotateRun } from "./annotate.mjs";
import { meanOf, table } from "./figures.mjs";
import { benchFolder } from "./inputs.mjs";

const { openEngine, literal } = await import("../dist/engine/index.js");
const { writePartials } = await import("../dist/summary/index.js");

export async function measureSummaries({ millions = 10 } = {}) {
  const { run, out } = await annotateRun(millions);
  for (const stage of ["prepare", "acquire", "resolve", "annotate"]) await run(2, "--only", stage);
  const results = annotateResults(out);
  const annotate = results.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  const partials = [];
  const merging = [];
  for (let repetition = 0; repetition < 3; repetition++) {
    partials.push(await countAgain(results));
    const idle = (await run(1, "--only", "prepare")).cpuSeconds;
    merging.push((await run(1, "--only", "count", "--force")).cpuSeconds - idle);
  }
  const [counting, merged] = [meanOf(partials), meanOf(merging)];
  const percent = (seconds) => `${((100 * seconds) / annotate).toFixed(1)} %`;
  return [
    `## Summaries, ${millions} million rows`,
    table(
      ["processor seconds", "", "of annotate"],
      [
        ["annotate's tasks, with counting their parts", annotate.toFixed(2), ""],
        [
          "counting the parts (writePartials, run again on the parts alone)",
          counting.text,
          percent(counting.mean),
        ],
        [
          "merging into the tables, with matrix and statistics (stage count)",
          merged.text,
          percent(merged.mean),
        ],
        [
          "together (wanted: at most 10 %)",
          (counting.mean + merged.mean).toFixed(2),
          percent(counting.mean + merged.mean),
        ],
      ],
    ),
  ].join("\n\n");
}

async function countAgain(results) {
  const folder = join(benchFolder, "partials");
  const before = process.cpuUsage();
  for (const { folder: task, facts } of results) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const engine = await openEngine({ threads: 1, memoryLimitMiB: 1024 });
    await writePartials(engine, {
      relation: `read_parquet(${literal(join(task, "part.parquet"))})`,
      layers: facts.layers,
      outFolder: folder,
    });
    engine.close();
  }
  rmSync(folder, { recursive: true, force: true });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
