import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { bisonflow, startBisonflow } from "../support/command.ts";
import { temporaryFolder } from "../support/paths.ts";
import { readManifest, resultContent } from "../support/result-content.ts";
import { sampleRegister, writeSampleRecords } from "../support/sample-records.ts";

/** How often a run is killed; every kill hits at another moment. */
const kills = 54;

const folder = temporaryFolder();
const args = (out: string): string[] => [
  ...["run", "--occurrences", join(folder, "records"), "--register", join(folder, "register.csv")],
  ...[
    "--out",
    out,
    "--cache",
    join(folder, "cache"),
    "--catalog",
    join(folder, "catalog"),
    "--config",
    join(folder, "config.json"),
  ],
];

/** The processes of a run: the one that was started and its workers. */
function processesOf(run: ChildProcess): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // One that has ended and waits to be counted by its new parent (Z) is gone for us.
      if (Number(group) === run.pid && state !== "Z") found.push(Number(name));
    } catch {
      // gone between listing and reading
    }
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // already gone
  }
}

it(`a run killed ${kills} times at any moment, in any of its processes, then finished, leaves what an undisturbed run leaves`, {
  timeout: 2_400_000,
}, async () => {
  await writeSampleRecords({ folder: join(folder, "records"), files: 3, rows: 4000 });
  writeFileSync(join(folder, "register.csv"), sampleRegister);
  // A text input besides, so that acquire is killed too, and small tasks, so that there are many moments.
  writeFileSync(
    join(folder, "more.csv"),
    `gbifID,countryCode,decimalLatitude,decimalLongitude,taxonRank,basisOfRecord,taxonKey,speciesKey,species\n${Array.from(
      { length: 3000 },
      (_, i) =>
        `${900000 + i},US,${30 + (i % 150) / 10},${-120 + (i % 400) / 10},SPECIES,HUMAN_OBSERVATION,${9000 + (i % 30)},${9000 + (i % 30)},Genus species${i % 30}`,
    ).join("\n")}\n`,
  );
  writeFileSync(
    join(folder, "config.json"),
    JSON.stringify({
      occurrences: [join(folder, "records"), join(folder, "more.csv")],
      taskRows: 1500,
      flags: ["zero_coordinates"],
    }),
  );
  const withConfig = (out: string): string[] => {
    const all = args(out);
    all.splice(1, 2); // the configuration names the occurrences
    return all;
  };

  const calm = join(folder, "calm");
  const first = bisonflow(withConfig(calm));
  expect(first.stderr).toBe("");
  expect(first.status).toBe(0);
  const expected = resultContent(calm);
  expect(Object.keys(expected).length).toBeGreaterThan(20);

  // Timed with the layers compiled, as the runs that are killed find them: a time too long would let most of
  // them end before the kill.
  const started = performance.now();
  expect(bisonflow(withConfig(join(folder, "timed"))).status).toBe(0);
  const milliseconds = performance.now() - started;

  let hitWorkers = 0;
  let draws = 0;
  let killed = 0;
  let round = 0;
  while (killed < kills) {
    const out = join(folder, `killed-${round++}`);
    // Several kills in a row on the same folder, then a run that is left alone.
    const inARow = 1 + (round % 4);
    for (let i = 0; i < inARow && killed < kills; i++) {
      const run = startBisonflow(withConfig(out));
      const ended = new Promise((resolve) => run.once("close", resolve));
      await wait(((draws++ * 0.618034) % 1) * milliseconds);
      const alone = killed % 3 === 1;
      const processes = alone ? await withWorker(run) : processesOf(run);
      const [worker] = processes.filter((pid) => pid !== run.pid);
      // Only a kill that hits something counts; a run that had ended by then is checked like any other.
      if (alone && worker !== undefined) {
        kill(worker); // one worker: the run itself goes on with another
        hitWorkers++;
        killed++;
      } else if (!alone && processes.length > 0) {
        if (killed % 3 === 2 && run.pid !== undefined) {
          kill(run.pid); // the run alone: its workers must end by themselves
        } else for (const pid of processes) kill(pid);
        killed++;
      }
      await ended;
      if (killed % 7 === 0) await noneLeft(run);
      // With a manifest the result is whole; only the name that it was written under may still stand beside it.
      if (existsSync(join(out, "manifest.json"))) {
        const content = Object.entries(resultContent(out)).filter(([name]) => !name.includes(".tmp-"));
        expect(Object.fromEntries(content)).toEqual(expected);
      }
    }
    const finished = bisonflow(withConfig(out));
    expect(finished.stderr).toBe("");
    expect(finished.status).toBe(0);
    expect(resultContent(out)).toEqual(expected);
    expect(
      readdirSync(join(out, ".bisonflow")).filter((name) => name === "lock" || name === "scratch"),
    ).toEqual([]);
    const { read, kept, dropped } = readManifest(out).records;
    expect(read).toBe(kept + dropped.reduce((sum, { occ_count }) => sum + occ_count, 0));
    for (const line of readFileSync(join(out, "events.ndjson"), "utf8").trimEnd().split("\n"))
      JSON.parse(line);
    rmSync(out, { recursive: true, force: true });
  }
  expect(hitWorkers).toBe(Math.floor((kills + 1) / 3));
});

/** The processes of a run, as soon as a worker is among them; none when the run ends before. */
async function withWorker(run: ChildProcess): Promise<number[]> {
  for (;;) {
    const processes = processesOf(run);
    if (processes.length === 0 || processes.some((pid) => pid !== run.pid)) return processes;
    await wait(5);
  }
}

/** Workers whose run was killed notice it and end within seconds. */
async function noneLeft(run: ChildProcess): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (processesOf(run).length === 0) return;
    await wait(100);
  }
  expect(processesOf(run)).toEqual([]);
}
