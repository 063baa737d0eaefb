import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/paths.ts";
import { TaskLog } from "./task-log.ts";

const folder = temporaryFolder();
const started = (index: number): string => `{"type":"task-started","index":${index}}`;

describe("what tasks print", () => {
  it("is read as it grows, each event once, half a line not before it is whole", async () => {
    const log = new TaskLog(folder, "annotate");
    const path = join(folder, "annotate-0-3.out");
    writeFileSync(path, `${started(3)}\n{"type":"task-pro`);
    writeFileSync(join(folder, "annotate-1000-1.out"), `${started(1001)}\n`);
    writeFileSync(join(folder, "count-0-0.out"), `${started(0)}\n`);
    const all = (): boolean => true;
    expect(await log.events(all)).toEqual([JSON.parse(started(3)), JSON.parse(started(1001))]);
    expect(await log.events(all)).toEqual([]);
    appendFileSync(path, 'gress","index":3,"rows":1,"totalRows":2}\n');
    expect(await log.events(all)).toEqual([{ type: "task-progress", index: 3, rows: 1, totalRows: 2 }]);
  });

  it("by an attempt after one that was killed within a line is not lost with that line", async () => {
    const log = new TaskLog(folder, "resolve");
    writeFileSync(join(folder, "resolve-0-0.out"), `${started(0)}\n{"type":"task-prog${started(0)}\nnoise\n`);
    expect(await log.events(() => true)).toHaveLength(2);
  });

  it("besides events is kept without Slurm's own words", async () => {
    const log = new TaskLog(folder, "count");
    writeFileSync(
      join(folder, "count-0-0.err"),
      "slurmstepd-n1: error: *** JOB 2 ON n1 CANCELLED ***\nKilled\nnode: cannot open shared object file\n",
    );
    expect(await log.printed(0, 0)).toBe("node: cannot open shared object file");
    expect(await log.printed(0, 1)).toBe("");
  });
});
