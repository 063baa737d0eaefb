// `annotate` beside DuckDB filtering and writing the same columns: processor time on one core and on two.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { meanOf, table } from "./figures.mjs";
import { benchFolder, commandLine, layerOptions, snapshot } from "./inputs.mjs";
import { childrenSeconds, runMeasured } from "./process-tree.mjs";

const plainCopy = fileURLToPath(new URL("plain-copy.mjs", import.meta.url));
/** How to run bisonflow over the first `millions` files, for the bench's own result folder. */
export async function annotateRun(millions) {
  const files = await snapshot(millions);
  const out = join(benchFolder, "annotate");
  const run = (workers, ...more) =>
    runMeasured([
      process.execPath,
      commandLine,
      "run",
      "--occurrences",
      ...files,
      ...layerOptions,
      "--out",
      out,
      "--workers",
      String(workers),
      "--no-catalog",
      "--cache",
      join(benchFolder, "cache"),
      ...more,
    ]);
  return { run, out };
}

/** At 100 million rows a repetition takes ten minutes. */
export async function measureAnnotate({ millions = 10, repetitions = millions > 10 ? 2 : 3 } = {}) {
  const { run, out } = await annotateRun(millions);
  const copies = join(benchFolder, "copies");
  rmSync(out, { recursive: true, force: true });
  for (const stage of ["prepare", "acquire", "resolve", "annotate"]) await run(2, "--only", stage);
  const parts = partsOf(out);
  const kept = keptBy(out);

  const copy = async (level, lanes) => {
    rmSync(copies, { recursive: true, force: true });
    mkdirSync(copies);
    const started = performance.now();
    const done = await Promise.all(
      Array.from({ length: lanes }, (_, lane) => parts.filter((_, index) => index % lanes === lane)).map(
        (mine) =>
          runMeasured([
            process.execPath,
            plainCopy,
            copies,
            String(level),
            ...mine.map((part) => part.join(",")),
          ]),
      ),
    );
    const rows = done.reduce((sum, { text }) => sum + Number(text), 0);
    if (rows !== kept) throw new Error(`The plain copy kept ${rows} records, annotate ${kept}.`);
    return { wall: (performance.now() - started) / 1000, rows };
  };
  // Processor time of lanes side by side is counted once, around them all.
  const whole = async (work) => {
    const before = childrenSeconds();
    const { wall } = await work();
    return { cpu: childrenSeconds() - before, wall };
  };

  const figures = { copy1: [], fast1: [], annotate1: [], copy2: [], fast2: [], annotate2: [], plan: [] };
  for (let repetition = 0; repetition < repetitions; repetition++) {
    // In turn, so that whatever else the machine does falls on all alike.
    for (const [lanes, name] of [
      [1, "1"],
      [2, "2"],
    ]) {
      figures[`copy${name}`].push(await whole(() => copy(3, lanes)));
      figures[`fast${name}`].push(await whole(() => copy(1, lanes)));
      const { cpuSeconds, text } = await run(lanes, "--only", "annotate", "--force", "--json");
      figures[`annotate${name}`].push({ cpu: cpuSeconds, wall: stageSeconds(text), tasks: taskSeconds(out) });
    }
    figures.plan.push((await run(1, "--only", "prepare")).cpuSeconds);
  }
  const plan = meanOf(figures.plan).mean;
  const ratio = (lanes, against) =>
    meanOf(
      figures[`annotate${lanes}`].map(
        ({ cpu }, i) => (cpu - figures.plan[i]) / figures[`${against}${lanes}`][i].cpu,
      ),
    ).text;
  const seconds = (name, field) => meanOf(figures[name].map((figure) => figure[field])).text;
  const speedUp = (name) =>
    meanOf(figures[`${name}1`].map(({ wall }, i) => wall / figures[`${name}2`][i].wall)).text;
  rmSync(copies, { recursive: true, force: true });
  const row = (name, what) => [
    what,
    seconds(`${name}1`, "cpu"),
    seconds(`${name}1`, "wall"),
    seconds(`${name}2`, "cpu"),
    seconds(`${name}2`, "wall"),
  ];
  return [
    `## annotate beside a plain copy, ${millions} million rows`,
    `${kept.toLocaleString("en")} records kept; ${parts.length} tasks; ${repetitions} repetitions. Seconds; processor time is that of all processes together. On two cores the copy is two processes of one thread, each with half of the parts.`,
    table(
      ["", "one core: processor", "wall", "two cores: processor", "wall"],
      [
        row("copy", "DuckDB: filter and write, zstd at its default level (3)"),
        row("fast", "DuckDB: the same, zstd at annotate's level (1)"),
        row("annotate", "bisonflow run --only annotate --force (wall: the stage)"),
        [
          "of which tasks, by their results",
          seconds("annotate1", "tasks"),
          "",
          seconds("annotate2", "tasks"),
          "",
        ],
        [
          "of which starting and making the plan (sha256 of the inputs)",
          plan.toFixed(2),
          "",
          plan.toFixed(2),
          "",
        ],
      ],
    ),
    table(
      ["ratio (processor time without making the plan)", "one core", "two cores", "wanted"],
      [
        ["annotate / copy at default level", ratio("1", "copy"), ratio("2", "copy"), "≤ 1.5, aim 1.25"],
        ["annotate / copy at annotate's level", ratio("1", "fast"), ratio("2", "fast"), ""],
      ],
    ),
    `Two workers are ${speedUp("annotate")} times as fast as one (wall time of the stage; wanted ≥ 1.9). The plain copies, two processes that share nothing, are ${speedUp("copy")} and ${speedUp("fast")} times as fast as one; what keeps them from 2 is the machine${parts.length < 20 ? ", and that their halves differ" : ""}.`,
  ].join("\n\n");
}

/** The tasks of annotate in the plan that was run last. */
function annotateTasks(out) {
  const plan = JSON.parse(readFileSync(join(out, ".bisonflow", "plan.json"), "utf8"));
  return plan.stages.find(({ name }) => name === "annotate").tasks;
}

/** The files of each annotate task, in order. */
function partsOf(out) {
  return annotateTasks(out).map(({ work }) => work.sources.map(({ path }) => path));
}

export function annotateResults(out) {
  return annotateTasks(out).map(({ key }) => {
    const folder = join(out, ".bisonflow", "tasks", `annotate-${key}`);
    return { folder, ...JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) };
  });
}

function keptBy(out) {
  return annotateResults(out).reduce((sum, { facts }) => sum + facts.kept, 0);
}

function taskSeconds(out) {
  return annotateResults(out).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

function stageSeconds(events) {
  const finished = events
    .split("\n")
    .filter((line) => line.includes('"stage-finished"'))
    .map((line) => JSON.parse(line));
  return finished.find(({ stage }) => stage === "annotate").seconds;
}
